package org.archipelago.node.configuration;

import java.net.URI;
import java.util.HashSet;
import java.util.Set;
import org.archipelago.contract.AeTitle;
import org.archipelago.contract.ArchiveException;

/** What a configuration must satisfy beyond its types. */
final class ConfigurationCheck {
    private static final int MAX_PORT = 65535;

    private ConfigurationCheck() {}

    static void check(Configuration c, String name) {
        require(
                c.site().label().matches("[a-z][a-z0-9-]{0,30}"),
                name,
                "site.label",
                "must be a word of a-z, 0-9 and hyphen, at most 31 characters");
        require(!c.site().defaultIssuer().isBlank(), name, "site.defaultIssuer", "must not be empty");
        port(c.http().port(), name, "http.port");
        positive(c.blobs().smallObjectBytes(), name, "blobs.smallObjectBytes");
        require(c.log().reserveBytes() >= 0, name, "log.reserveBytes", "must not be negative");
        positive(c.blobs().orphanCheckSeconds(), name, "blobs.orphanCheckSeconds");
        require(
                c.blobs().bufferBytes() >= 4L * c.blobs().smallObjectBytes(),
                name,
                "blobs.bufferBytes",
                "must be at least four times blobs.smallObjectBytes");
        positive(c.ingest().maxHeaderBytes(), name, "ingest.maxHeaderBytes");
        positive(c.ingest().maxNesting(), name, "ingest.maxNesting");
        positive(c.ingest().maxBatch(), name, "ingest.maxBatch");
        positive(c.ingest().quietTimeSeconds(), name, "ingest.quietTimeSeconds");
        require(c.headers().cacheBytes() > 0, name, "headers.cacheBytes", "must be positive");
        require(c.headers().recentBytes() > 0, name, "headers.recentBytes", "must be positive");
        require(c.dicom().maxPduBytes() >= 4096, name, "dicom.maxPduBytes", "must be at least 4096");
        positive(c.dicom().maxAssociations(), name, "dicom.maxAssociations");
        http(c.http(), name);
        elasticsearch(c.elasticsearch(), name);
        positive(c.access().sessionMinutes(), name, "access.sessionMinutes");
        dicom(c.dicom(), name);
    }

    private static void http(Configuration.Http http, String name) {
        positive(http.maxQueryResults(), name, "http.maxQueryResults");
        positive(http.maxQueryKeys(), name, "http.maxQueryKeys");
        positive(http.maxQueryOffset(), name, "http.maxQueryOffset");
        positive(http.maxFrames(), name, "http.maxFrames");
        positive(http.maxListed(), name, "http.maxListed");
        positive(http.maxConnections(), name, "http.maxConnections");
        positive(http.maxHeaderBytes(), name, "http.maxHeaderBytes");
        positive(http.idleTimeoutMs(), name, "http.idleTimeoutMs");
        positive(http.shutdownTimeoutMs(), name, "http.shutdownTimeoutMs");
    }

    private static void elasticsearch(Configuration.Elasticsearch elasticsearch, String name) {
        positive(elasticsearch.requestTimeoutMs(), name, "elasticsearch.requestTimeoutMs");
        String scheme = String.valueOf(elasticsearch.url().getScheme());
        require(
                scheme.equals("http") || scheme.equals("https"),
                name,
                "elasticsearch.url",
                "is neither http nor https: " + elasticsearch.url());
        require(
                scheme.equals("https") || elasticsearch.plainHttpBeyondLoopback() || isLoopback(elasticsearch.url()),
                name,
                "elasticsearch.url",
                "would carry patient data and the API key over the network in clear; use https, or set"
                        + " elasticsearch.plainHttpBeyondLoopback: true");
    }

    private static boolean isLoopback(URI url) {
        String host = String.valueOf(url.getHost());
        return host.equals("localhost") || host.matches("127\\.\\d+\\.\\d+\\.\\d+") || host.equals("[::1]");
    }

    private static void dicom(Configuration.Dicom dicom, String name) {
        positive(dicom.maxIdentifierBytes(), name, "dicom.maxIdentifierBytes");
        positive(dicom.pendingIntervalMs(), name, "dicom.pendingIntervalMs");
        positive(dicom.pendingEverySubOperations(), name, "dicom.pendingEverySubOperations");
        Configuration.Commitment commitment = dicom.commitment();
        positive(commitment.quietMs(), name, "dicom.commitment.quietMs");
        positive(commitment.retryMs(), name, "dicom.commitment.retryMs");
        require(
                commitment.retryMaxMs() >= commitment.retryMs(),
                name,
                "dicom.commitment.retryMaxMs",
                "must be at least dicom.commitment.retryMs");
        positive(commitment.giveUpMinutes(), name, "dicom.commitment.giveUpMinutes");
        positive(commitment.maxPendingReports(), name, "dicom.commitment.maxPendingReports");
        require(
                !dicom.unknownOnLoopback().contains(Permission.MOVE_DESTINATION),
                name,
                "dicom.unknownOnLoopback",
                "cannot have move-destination: such an AE has no address");
        Set<String> titles = new HashSet<>();
        for (Configuration.Listener listener : dicom.listeners()) {
            port(listener.port(), name, "dicom.listeners.port");
            require(!listener.aeTitles().isEmpty(), name, "dicom.listeners.aeTitles", "needs at least one AE title");
            listener.aeTitles().forEach(title -> title(title, name));
        }
        for (Configuration.Remote remote : dicom.remotes()) {
            port(remote.port(), name, "dicom.remotes.port");
            title(remote.title(), name);
            require(titles.add(remote.title()), name, "dicom.remotes", "names " + remote.title() + " twice");
        }
    }

    private static void title(String title, String name) {
        try {
            require(new AeTitle(title).value().equals(title), name, "AE title " + title, "has spaces around it");
        } catch (ArchiveException e) {
            throw new ConfigurationException(
                    name + ": AE title '" + title + "': " + e.error().advice(), e);
        }
    }

    private static void port(int port, String name, String place) {
        require(port >= 0 && port <= MAX_PORT, name, place, "is a port from 0 to 65535");
    }

    private static void positive(int value, String name, String place) {
        require(value > 0, name, place, "must be more than 0");
    }

    private static void require(boolean condition, String name, String place, String what) {
        if (!condition) {
            throw new ConfigurationException(name + ": " + place + " " + what);
        }
    }
}
