package org.archipelago.blobstore;

import java.time.Duration;
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

    static final int MAX_SMALL_BLOB_BYTES = 16 << 20;

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
        return new BlobStoreOptions(
                bytes,
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

    public BlobStoreOptions withSegmentBytes(long bytes) {
        return new BlobStoreOptions(
                smallBlobBytes,
                bytes,
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

    public BlobStoreOptions withBuffers(long bytes, Duration wait) {
        return new BlobStoreOptions(
                smallBlobBytes,
                segmentBytes,
                bytes,
                wait,
                lowWaterBytes,
                setAsideBytes,
                compactBelow,
                compactBytesPerSecond,
                maintenanceInterval,
                orphanAge,
                probeInterval,
                directIo);
    }

    public BlobStoreOptions withLowWaterBytes(long bytes) {
        return new BlobStoreOptions(
                smallBlobBytes,
                segmentBytes,
                bufferBytes,
                bufferWait,
                bytes,
                setAsideBytes,
                compactBelow,
                compactBytesPerSecond,
                maintenanceInterval,
                orphanAge,
                probeInterval,
                directIo);
    }

    public BlobStoreOptions withSetAsideBytes(LongSupplier bytes) {
        return new BlobStoreOptions(
                smallBlobBytes,
                segmentBytes,
                bufferBytes,
                bufferWait,
                lowWaterBytes,
                bytes,
                compactBelow,
                compactBytesPerSecond,
                maintenanceInterval,
                orphanAge,
                probeInterval,
                directIo);
    }

    public BlobStoreOptions withCompaction(double below, long bytesPerSecond, Duration interval) {
        return new BlobStoreOptions(
                smallBlobBytes,
                segmentBytes,
                bufferBytes,
                bufferWait,
                lowWaterBytes,
                setAsideBytes,
                below,
                bytesPerSecond,
                interval,
                orphanAge,
                probeInterval,
                directIo);
    }

    public BlobStoreOptions withOrphanAge(Duration age) {
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
                age,
                probeInterval,
                directIo);
    }

    public BlobStoreOptions withProbeInterval(Duration interval) {
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
                interval,
                directIo);
    }

    public BlobStoreOptions withDirectIo(boolean direct) {
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
                direct);
    }
}
