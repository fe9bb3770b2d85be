package org.archipelago.blobstore;

import java.time.Duration;

/**
 * Bounds of the store of foreign blobs.
 *
 * @param quotaBytes of all of them together, those on their way in with their whole length
 * @param evicts whether what was read least lately goes when there is no room for more; else nothing more comes in
 * @param lowWaterBytes free space of the volume that is left to what comes in here
 * @param partAge what an interrupted transfer left, and nobody continued for this long, goes
 */
public record ForeignBlobsOptions(long quotaBytes, boolean evicts, long lowWaterBytes, Duration partAge) {
    private static final Duration PART_AGE = Duration.ofDays(1);

    public ForeignBlobsOptions {
        if (quotaBytes < 0 || lowWaterBytes < 0) {
            throw new IllegalArgumentException("a bound of the store of foreign blobs is out of range");
        }
    }

    /** Of what can be had again. */
    public static ForeignBlobsOptions cache(long quotaBytes, long lowWaterBytes) {
        return new ForeignBlobsOptions(quotaBytes, true, lowWaterBytes, PART_AGE);
    }

    /** Of what this site vouches for. */
    public static ForeignBlobsOptions kept(long quotaBytes, long lowWaterBytes) {
        return new ForeignBlobsOptions(quotaBytes, false, lowWaterBytes, PART_AGE);
    }
}
