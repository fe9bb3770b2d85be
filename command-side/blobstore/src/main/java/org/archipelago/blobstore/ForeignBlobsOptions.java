package org.archipelago.blobstore;

import java.time.Duration;

/**
 * Bounds of the store of foreign blobs.
 *
 * @param quotaBytes of all of them together, those on their way in with their whole length; beyond it what was read least lately goes
 * @param lowWaterBytes free space of the volume that is left to what comes in here
 * @param partAge what an interrupted transfer left, and nobody continued for this long, goes
 */
public record ForeignBlobsOptions(long quotaBytes, long lowWaterBytes, Duration partAge) {
    private static final Duration PART_AGE = Duration.ofDays(1);

    public ForeignBlobsOptions {
        if (quotaBytes < 0 || lowWaterBytes < 0) {
            throw new IllegalArgumentException("a bound of the store of foreign blobs is out of range");
        }
    }

    public ForeignBlobsOptions(long quotaBytes, long lowWaterBytes) {
        this(quotaBytes, lowWaterBytes, PART_AGE);
    }
}
