package org.archipelago.node.configuration;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A node's configuration, complete: what {@code archipelago-defaults.yaml} says of each entry holds. */
public record Configuration(
        Path data,
        Site site,
        Keys keys,
        Log log,
        Blobs blobs,
        Ingest ingest,
        Headers headers,
        Dicom dicom,
        Http http,
        Elasticsearch elasticsearch,
        Access access,
        Portal portal,
        Viewer viewer,
        Federation federation,
        Network network,
        Clock clock) {
    /** An AE title has 16 characters at most (PS3.5 §6.2). */
    private static final int LONGEST_BEFORE_SUFFIX = 12;

    public record Site(String label, String defaultIssuer, List<String> placeholderIdentifiers) {}

    public record Keys(String masterKeyFile) {}

    public record Log(int maxReopens, long reserveBytes) {}

    public record Blobs(
            int smallObjectBytes,
            long segmentBytes,
            long bufferBytes,
            int bufferWaitMs,
            long lowWaterMarkBytes,
            int compactBelowPercent,
            long compactBytesPerSecond,
            int compactionCheckSeconds,
            int orphanCheckSeconds) {}

    public record Ingest(
            int maxHeaderBytes,
            int maxElements,
            int maxNesting,
            int maxFragments,
            long maxInflatedBytes,
            int maxInflateRatio,
            int maxBatch,
            int correctionWindowMinutes,
            int quietTimeSeconds,
            int maxSeriesPerStudy,
            int maxInstancesPerStudy,
            int maxVersionsPerInstance,
            int maxPeoplePerStudy,
            int cachedStudies,
            long cachedInstances,
            int cachedPatients,
            List<String> extraStorageSopClasses) {}

    public record Headers(long cacheBytes, long recentBytes) {}

    public record Dicom(
            List<Listener> listeners,
            List<Remote> remotes,
            List<Permission> unknownOnLoopback,
            List<String> preferredTransferSyntaxes,
            Tls tls,
            int maxPduBytes,
            int maxAssociatePduBytes,
            int maxAssociateItems,
            int maxConnections,
            int maxAssociations,
            int maxAssociationsPerPeer,
            int artimTimeoutMs,
            int idleTimeoutMs,
            int readTimeoutMs,
            int writeTimeoutMs,
            int connectTimeoutMs,
            int minReceiveBytesPerSecond,
            int maxIdentifierBytes,
            int pendingIntervalMs,
            int pendingEverySubOperations,
            Commitment commitment,
            int shutdownTimeoutMs) {}

    public record Commitment(int quietMs, int retryMs, int retryMaxMs, int giveUpMinutes, int maxPendingReports) {}

    /** PEM files; all empty, or none. */
    public record Tls(String certificateFile, String keyFile, String trustFile) {
        public boolean isConfigured() {
            return !certificateFile.isEmpty() || !keyFile.isEmpty() || !trustFile.isEmpty();
        }
    }

    public record Listener(
            String address, int port, List<String> aeTitles, Optional<Boolean> beyondLoopback, Optional<Boolean> tls) {}

    /** A remote application entity and what it may do here. */
    public record Remote(
            String title,
            String host,
            int port,
            List<Permission> may,
            Optional<Boolean> addressChecked,
            Optional<String> defaultIssuer,
            Optional<String> characterSet,
            Optional<Integer> quietTimeSeconds,
            Optional<Boolean> tls) {}

    public record Http(
            String address,
            int port,
            List<String> hostNames,
            boolean mayFetchQuarantined,
            long maxRequestBytes,
            int maxParts,
            long maxMetadataBytes,
            int maxQueryResults,
            int maxQueryKeys,
            int maxQueryOffset,
            int maxFrames,
            int maxListed,
            int maxConnections,
            int maxHeaderBytes,
            int idleTimeoutMs,
            int shutdownTimeoutMs) {
        /** The address as it stands in a URL and in a Host header: one of IPv6 in brackets (RFC 3986 §3.2.2). */
        public String host() {
            return address.indexOf(':') < 0 ? address : "[" + address + "]";
        }
    }

    public record Elasticsearch(
            URI url,
            boolean plainHttpBeyondLoopback,
            String indexPrefix,
            String apiKeyFile,
            String caFile,
            int requestTimeoutMs,
            int minimumPositionWaitMs) {}

    public record Access(int sessionMinutes, int maxOpenSessions) {}

    public record Portal(int thumbnailEdgePixels, int cachedThumbnails) {}

    public record Viewer(String directory) {}

    /** @param address where other sites' calls are taken; empty: nowhere */
    public record Federation(
            String address,
            int port,
            String publicAddress,
            int checkpointIntervalMs,
            int takeBackWaitSeconds,
            boolean grantIndexKeys,
            boolean releasePixelKeys,
            long cachedBlobsBytes,
            long blobBytesPerSecond,
            Copies copies) {
        public boolean takesCalls() {
            return !address.isEmpty();
        }

        /** What this site's descriptor says, {@code host:port}. */
        public Optional<String> toldAddress() {
            if (!takesCalls()) {
                return Optional.empty();
            }
            return Optional.of(publicAddress.isEmpty() ? bracketed(address) + ":" + port : publicAddress);
        }

        private static String bracketed(String host) {
            return host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
        }
    }

    /**
     * @param wanted sites that are to hold each study of this one, itself among them
     * @param capacityBytes that this site offers to others
     * @param openAtHolders whether who holds a study can open it
     * @param releaseAfterDays how long this site keeps a study of another that nobody is to hold any more
     */
    public record Copies(
            int wanted,
            long capacityBytes,
            long bytesPerSecond,
            boolean openAtHolders,
            long scrubBytesPerSecond,
            int releaseAfterDays) {}

    /** @param strictAeTitles of callers whose queries of all sites end with a failure where something may be missing */
    public record Network(String aeTitle, List<String> strictAeTitles) {}

    public record Clock(String ntpServer, int ntpPort, int ntpTimeoutMs, int checkSeconds) {}

    /** Under which all sites are queried; empty: not by DIMSE. */
    public Optional<String> networkAeTitle() {
        if (!network.aeTitle().isEmpty()) {
            return Optional.of(network.aeTitle());
        }
        return federation.takesCalls()
                ? dicom.listeners().stream()
                        .flatMap(listener -> listener.aeTitles().stream())
                        .findFirst()
                        .map(title -> title.substring(0, Math.min(title.length(), LONGEST_BEFORE_SUFFIX)) + "_NET")
                : Optional.empty();
    }

    public Path masterKeyFile() {
        return keys.masterKeyFile().isEmpty() ? data.resolve("master.key") : data.resolve(keys.masterKeyFile());
    }

    public String indexPrefix() {
        return elasticsearch.indexPrefix().isEmpty() ? site.label() : elasticsearch.indexPrefix();
    }
}
