package org.archipelago.blobstore;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Bounds of a filesystem blob store.
 *
 * @param smallBlobBytes stored blobs up to this length share segment files, longer ones have a file of their own
 * @param segmentBytes a segment that is at least this long is followed by the next
 * @param bufferBytes memory for blobs on their way in, of all writers together
 * @param bufferWait how long a writer waits for memory before OVERLOADED
 * @param lowWaterBytes free space of the volume below which nothing more is taken in
 * @param setAsideBytes free space besides that which is not for blobs at the moment; asked every time
 * @param compactBelow a full segment of which less than this share is alive is compacted, 0 to 1
 * @param compactBytesPerSecond rate at which the background compaction copies
 * @param maintenanceInterval between two looks of the background compaction; zero for none
 * @param orphanAge a blob that was committed since the store was opened is no orphan before this age
 * @param probeInterval after a failed sync, between two attempts to write again
 * @param directIo past the page cache where the file system can
 */
public record BlobStoreOptions(
        int smallBlobBytes,
        long segmentBytes,
        long bufferBytes,
        Duration bufferWait,
        long lowWaterBytes,
        LongSupplier setAsideBytes,
        double compactBelow,
        long compactBytesPerSecond,
        Duration maintenanceInterval,
        Duration orphanAge,
        Duration probeInterval,
        boolean directIo) {
    public static final BlobStoreOptions DEFAULT = new BlobStoreOptions(
            2 << 20,
            1L << 30,
            128L << 20,
            Duration.ofSeconds(10),
            2L << 30,
            () -> 0,
            0.5,
            32L << 20,
            Duration.ofMinutes(1),
            Duration.ofHours(1),
            Duration.ofSeconds(1),
            true);

    public static final int MAX_SMALL_BLOB_BYTES = 16 << 20;

    public BlobStoreOptions {
        if (smallBlobBytes < 0 || smallBlobBytes > MAX_SMALL_BLOB_BYTES) {
            throw new IllegalArgumentException("smallBlobBytes is 0 to 16 MiB");
        }
        if (bufferBytes < 2L * smallBlobBytes + (4L << 20)) {
            throw new IllegalArgumentException("bufferBytes is at least 4 MiB and twice smallBlobBytes");
        }
        if (segmentBytes < 1 || compactBytesPerSecond < 1 || compactBelow < 0 || compactBelow > 1) {
            throw new IllegalArgumentException("a bound of the blob store is out of range");
        }
    }

    public BlobStoreOptions withSmallBlobBytes(int bytes) {
        return with(draft -> draft.smallBlobBytes = bytes);
    }

    public BlobStoreOptions withSegmentBytes(long bytes) {
        return with(draft -> draft.segmentBytes = bytes);
    }

    public BlobStoreOptions withBuffers(long bytes, Duration wait) {
        return with(draft -> {
            draft.bufferBytes = bytes;
            draft.bufferWait = wait;
        });
    }

    public BlobStoreOptions withLowWaterBytes(long bytes) {
        return with(draft -> draft.lowWaterBytes = bytes);
    }

    public BlobStoreOptions withSetAsideBytes(LongSupplier bytes) {
        return with(draft -> draft.setAsideBytes = bytes);
    }

    public BlobStoreOptions withCompaction(double below, long bytesPerSecond, Duration interval) {
        return with(draft -> {
            draft.compactBelow = below;
            draft.compactBytesPerSecond = bytesPerSecond;
            draft.maintenanceInterval = interval;
        });
    }

    public BlobStoreOptions withOrphanAge(Duration age) {
        return with(draft -> draft.orphanAge = age);
    }

    public BlobStoreOptions withProbeInterval(Duration interval) {
        return with(draft -> draft.probeInterval = interval);
    }

    public BlobStoreOptions withDirectIo(boolean direct) {
        return with(draft -> draft.directIo = direct);
    }

    private BlobStoreOptions with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.options();
    }

    /** The same, to be changed in place. */
    private static final class Draft {
        private int smallBlobBytes;
        private long segmentBytes;
        private long bufferBytes;
        private Duration bufferWait;
        private long lowWaterBytes;
        private LongSupplier setAsideBytes;
        private double compactBelow;
        private long compactBytesPerSecond;
        private Duration maintenanceInterval;
        private Duration orphanAge;
        private Duration probeInterval;
        private boolean directIo;

        Draft(BlobStoreOptions from) {
            smallBlobBytes = from.smallBlobBytes;
            segmentBytes = from.segmentBytes;
            bufferBytes = from.bufferBytes;
            bufferWait = from.bufferWait;
            lowWaterBytes = from.lowWaterBytes;
            setAsideBytes = from.setAsideBytes;
            compactBelow = from.compactBelow;
            compactBytesPerSecond = from.compactBytesPerSecond;
            maintenanceInterval = from.maintenanceInterval;
            orphanAge = from.orphanAge;
            probeInterval = from.probeInterval;
            directIo = from.directIo;
        }

        BlobStoreOptions options() {
            return new BlobStoreOptions(
                    smallBlobBytes,
                    segmentBytes,
                    bufferBytes,
                    bufferWait,
                    lowWaterBytes,
                    setAsideBytes,
                    compactBelow,
                    compactBytesPerSecond,
                    maintenanceInterval,
                    orphanAge,
                    probeInterval,
                    directIo);
        }
    }
}
