package org.archipelago.node.configuration;

import java.net.URI;
import java.util.HashSet;
import java.util.Set;
import org.archipelago.blobstore.BlobStoreOptions;
import org.archipelago.contract.AeTitle;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.federation.CopyEvent;
import org.archipelago.contract.patient.IssuerDomain;
import org.archipelago.federation.member.PeerAddress;

/** What a configuration must satisfy beyond its types. */
final class ConfigurationCheck {
    private static final int MAX_PORT = 65535;
    private static final int MOST_SMALL_BYTES = BlobStoreOptions.MAX_SMALL_BLOB_BYTES;
    private static final long LEAST_BUFFER_BYTES = 8 << 20;
    /** What DICOM JSON is read with. */
    private static final int MOST_NESTING = 64;

    private static final int MOST_THUMBNAIL_PIXELS = 2048;
    /** Below, signing takes more than a twentieth of the time. */
    private static final int LEAST_CHECKPOINT_MS = 50;

    private static final int MOST_TAKE_BACK_WAIT_SECONDS = 600;

    private ConfigurationCheck() {}

    static void check(Configuration c, String name) {
        NumberBounds.check(c, name);
        require(
                c.site().label().matches("[a-z][a-z0-9-]{0,30}"),
                name,
                "site.label",
                "must be a word of a-z, 0-9 and hyphen, at most 31 characters");
        require(!c.site().defaultIssuer().isBlank(), name, "site.defaultIssuer", "must not be empty");
        issuers(c, name);
        port(c.http().port(), name, "http.port");
        port(c.clock().ntpPort(), name, "clock.ntpPort");
        require(
                c.blobs().smallObjectBytes() <= MOST_SMALL_BYTES,
                name,
                "blobs.smallObjectBytes",
                "must be at most " + MOST_SMALL_BYTES);
        require(c.blobs().compactBelowPercent() <= 100, name, "blobs.compactBelowPercent", "must be at most 100");
        require(
                c.blobs().bufferBytes() >= LEAST_BUFFER_BYTES
                        && c.blobs().bufferBytes() >= 4L * c.blobs().smallObjectBytes(),
                name,
                "blobs.bufferBytes",
                "must be at least four times blobs.smallObjectBytes, and 8 MiB");
        require(c.ingest().maxNesting() <= MOST_NESTING, name, "ingest.maxNesting", "must be at most " + MOST_NESTING);
        require(
                c.portal().thumbnailEdgePixels() <= MOST_THUMBNAIL_PIXELS,
                name,
                "portal.thumbnailEdgePixels",
                "must be at most " + MOST_THUMBNAIL_PIXELS);
        require(
                c.federation().checkpointIntervalMs() >= LEAST_CHECKPOINT_MS,
                name,
                "federation.checkpointIntervalMs",
                "must be at least " + LEAST_CHECKPOINT_MS);
        require(
                c.federation().takeBackWaitSeconds() >= 0
                        && c.federation().takeBackWaitSeconds() <= MOST_TAKE_BACK_WAIT_SECONDS,
                name,
                "federation.takeBackWaitSeconds",
                "must be 0 to " + MOST_TAKE_BACK_WAIT_SECONDS);
        require(
                c.federation().copies().wanted() <= CopyEvent.MAX_HOLDERS,
                name,
                "federation.copies.wanted",
                "must be at most " + CopyEvent.MAX_HOLDERS);
        port(c.federation().port(), name, "federation.port");
        require(
                !c.federation().takesCalls()
                        || !c.federation().publicAddress().isEmpty()
                        || !isWildcard(c.federation().address()),
                name,
                "federation.publicAddress",
                "must say where other sites reach this one, since federation.address is every address");
        require(
                c.federation().toldAddress().stream().allMatch(ConfigurationCheck::isPeerAddress),
                name,
                "federation.publicAddress",
                "must be host:port");
        require(c.dicom().maxPduBytes() >= 4096, name, "dicom.maxPduBytes", "must be at least 4096");
        elasticsearch(c.elasticsearch(), name);
        dicom(c.dicom(), name);
        network(c, name);
    }

    /** Of two sites that both say it, each would take the other's patients for its own. */
    private static void issuers(Configuration c, String name) {
        if (c.federation().takesCalls()) {
            require(
                    !IssuerDomain.isUnnamed(c.site().defaultIssuer()),
                    name,
                    "site.defaultIssuer",
                    "must name the issuer of this site's own Patient IDs and Accession Numbers, another than that of any other site, since"
                            + " federation.address is set; " + IssuerDomain.UNNAMED
                            + ", the default, is the same at every site");
        }
        c.dicom().remotes().stream()
                .filter(remote -> c.federation().takesCalls())
                .forEach(remote -> require(
                        remote.defaultIssuer().filter(IssuerDomain::isUnnamed).isEmpty(),
                        name,
                        "dicom.remotes.defaultIssuer of " + remote.title(),
                        "must not be " + IssuerDomain.UNNAMED
                                + ", which is the same at every site, since federation.address is set"));
    }

    private static void network(Configuration c, String name) {
        c.networkAeTitle().ifPresent(title -> {
            title(title, name);
            require(
                    c.dicom().listeners().stream()
                            .noneMatch(listener -> listener.aeTitles().contains(title)),
                    name,
                    "network.aeTitle",
                    "must be another one than those of dicom.listeners, and " + title + " is one of them");
        });
        c.network().strictAeTitles().forEach(title -> title(title, name));
    }

    private static void elasticsearch(Configuration.Elasticsearch elasticsearch, String name) {
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

    private static boolean isWildcard(String address) {
        return address.equals("0.0.0.0") || address.equals("::");
    }

    private static boolean isPeerAddress(String text) {
        try {
            return PeerAddress.parse(text).toString().equals(text);
        } catch (ArchiveException _) {
            return false;
        }
    }

    private static boolean isLoopback(URI url) {
        String host = String.valueOf(url.getHost());
        return host.equals("localhost") || host.matches("127\\.\\d+\\.\\d+\\.\\d+") || host.equals("[::1]");
    }

    private static void dicom(Configuration.Dicom dicom, String name) {
        Configuration.Commitment commitment = dicom.commitment();
        require(
                commitment.retryMaxMs() >= commitment.retryMs(),
                name,
                "dicom.commitment.retryMaxMs",
                "must be at least dicom.commitment.retryMs");
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
        require(port <= MAX_PORT, name, place, "is a port, at most 65535");
    }

    private static void require(boolean condition, String name, String place, String what) {
        if (!condition) {
            throw new ConfigurationException(name + ": " + place + " " + what);
        }
    }
}
