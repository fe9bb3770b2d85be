package org.archipelago.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.archipelago.federation.disk.DurableFile;
import org.archipelago.federation.identity.SiteIdentity;
import org.archipelago.federation.recovery.KeySources;
import org.archipelago.federation.recovery.RecoveredLog;
import org.archipelago.federation.recovery.RecoveryReport;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.federation.copies.BlobHolders;
import org.archipelago.node.federation.copies.RemoteBlobs;
import org.archipelago.node.federation.recovery.BlobRecovery;
import org.archipelago.node.federation.recovery.BlobRecovery.Standing;
import org.archipelago.node.federation.recovery.RecoveredBytes;

/** What a node does whose site was destroyed and came back from its peers: reads through to holders, and brings the blobs back. */
final class SiteRecovery implements AutoCloseable {
    private final Optional<BlobRecovery> blobs;

    private SiteRecovery(Optional<BlobRecovery> blobs) {
        this.blobs = blobs;
    }

    private static void report(DataDirectory directory, SiteIdentity identity, Clock clock, Standing standing) {
        try {
            RecoveryReport report = new RecoveryReport(
                    RecoveredLog.read(directory.recoveredLog()),
                    KeySources.open(directory.keySources()),
                    new RecoveryReport.Blobs(
                            standing.recovered(), standing.recoveredBytes(), standing.absent(), standing.closed()),
                    clock.instant());
            DurableFile.replace(
                    directory.recoveryReport(), report.signedBy(identity).toBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of a site that was never destroyed: nothing to do. */
    static SiteRecovery open(Archive archive, Configuration configuration, SiteFederation federation, Clock clock)
            throws IOException {
        DataDirectory directory = archive.directory();
        if (!Files.exists(directory.recoveredLog())) {
            return new SiteRecovery(Optional.empty());
        }
        RemoteBlobs holders = new RemoteBlobs(
                federation.keptBlobs(),
                federation.foreignBlobs(),
                new BlobHolders(
                        federation.peers()::members,
                        federation::link,
                        configuration.federation().blobBytesPerSecond(),
                        System::nanoTime));
        RecoveredBytes bytes = new RecoveredBytes(archive.blobs(), archive.bytes(), archive.keys(), holders);
        archive.readThrough(bytes);
        return new SiteRecovery(Optional.of(new BlobRecovery(
                directory.recoveredBlobs(),
                archive.log(),
                archive.sealing(),
                RecoveredLog.read(directory.recoveredLog()).size(),
                archive.blobs(),
                federation.foreignBlobs(),
                holders,
                bytes,
                standing -> report(directory, federation.identity(), clock, standing))));
    }

    void start() {
        blobs.ifPresent(BlobRecovery::start);
    }

    /** Whether blobs that were lost may still come. */
    boolean isUnderWay() {
        return blobs.filter(recovery -> !recovery.standing().ended()).isPresent();
    }

    void gauges(NodeMetrics metrics) {
        metrics.gauge(
                "archipelago.recovery.blobs.missing",
                "Blobs that the log names and that are not back yet; -1 while they are counted",
                () -> blobs.map(BlobRecovery::missing).orElse(0L));
        metrics.gauge(
                "archipelago.recovery.blobs.recovered",
                "Blobs that came back since the site was destroyed",
                () -> blobs.map(recovery -> recovery.standing().recovered()).orElse(0L));
    }

    Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        blobs.ifPresent(recovery -> {
            Standing standing = recovery.standing();
            facts.put(
                    "recovery",
                    standing.ended() ? "ended" : recovery.isFailing() ? "stopped" : "blobs are coming back");
            facts.put("blobsMissing", Long.toString(recovery.missing()));
            facts.put("blobsRecovered", Long.toString(standing.recovered()));
            facts.put("blobsAtNoHolder", Long.toString(standing.absent()));
            facts.put("blobsWithoutKey", Long.toString(standing.closed()));
            facts.put("blobsWaitedFor", Long.toString(standing.waiting()));
        });
        return facts;
    }

    /** Waits for what is being taken in. */
    @Override
    public void close() {
        blobs.ifPresent(BlobRecovery::close);
    }
}
