package org.archipelago.node;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.archipelago.blobstore.BlobStore;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.log.LocalToken;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.eventstore.EventLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Now and then gives back the space of blobs that were committed and never recorded, or were replaced since. Deleting is final, so it is done only
 * while the log is known to be the one that the blobs belong to: see {@link LogWitness}.
 */
final class OrphanReclaim implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OrphanReclaim.class);

    private final BlobStore blobs;
    private final EventLog log;
    private final BlobClaims claims;
    private final ReplacedBlobs replaced;
    private final LogWitness witness;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("orphan-blobs").factory());
    private boolean toldThatLogIsAnother;
    private volatile boolean stopped;

    OrphanReclaim(BlobStore blobs, EventLog log, StreamNames names, ReplacedBlobs replaced, LogWitness witness) {
        this.blobs = blobs;
        this.log = log;
        this.claims = new BlobClaims(log, names);
        this.replaced = replaced;
        this.witness = witness;
    }

    void start(Duration interval) {
        thread.scheduleWithFixedDelay(this::tryOnce, 0, interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void tryOnce() {
        try {
            run();
        } catch (IOException | RuntimeException e) {
            if (!thread.isShutdown()) {
                LOG.warn("Blobs that nothing refers to could not be looked for; nothing more of them was deleted", e);
            }
        }
    }

    /** @return how many orphans were deleted */
    synchronized long run() throws IOException {
        if (!witness.recognisedBy(log)) {
            if (!toldThatLogIsAnother) {
                toldThatLogIsAnother = true;
                LOG.error(
                        "The event log is not the one that the blobs belong to, or an older state of it: blobs that it does"
                                + " not name are kept. Bring the right log back; or, if it is lost for good, stop the node and delete"
                                + " blobs/" + LogWitness.FILE_NAME);
            }
            return 0;
        }
        LocalToken head = log.headToken();
        replaced.delete(witness.position(), head.local(), () -> stopped);
        long reclaimed = blobs.reclaimOrphans(this::isNamed);
        witness.write(head);
        if (reclaimed > 0) {
            LOG.info("{} blobs were given back that were stored but never recorded", reclaimed);
        }
        return reclaimed;
    }

    private boolean isNamed(BlobId blob) {
        if (stopped) {
            throw new ArchiveException(ArchiveError.SHUTTING_DOWN, "search for orphan blobs");
        }
        return claims.isNamed(blob);
    }

    @Override
    public void close() {
        stopped = true;
        thread.shutdown();
        awaitEnd(thread);
    }

    private static void awaitEnd(ExecutorService thread) {
        try {
            while (!thread.awaitTermination(1, TimeUnit.MINUTES)) {
                LOG.info("Waiting for the search for orphan blobs to stop");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
