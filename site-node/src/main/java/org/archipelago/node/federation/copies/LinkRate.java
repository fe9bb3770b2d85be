package org.archipelago.node.federation.copies;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Spreads what comes over one link, so that on average no more comes than this. Thread-safe. */
final class LinkRate {
    private final long bytesPerSecond;
    private final LongSupplier nanos;
    private long freeAtNanos;

    /** @param bytesPerSecond 0: any */
    LinkRate(long bytesPerSecond, LongSupplier nanos) {
        this.bytesPerSecond = bytesPerSecond;
        this.nanos = nanos;
        this.freeAtNanos = nanos.getAsLong();
    }

    /** So many bytes have come, or are about to. @return how long to wait before they may */
    synchronized long take(int bytes) {
        if (bytesPerSecond == 0) {
            return 0;
        }
        long now = nanos.getAsLong();
        long start = freeAtNanos - now > 0 ? freeAtNanos : now;
        freeAtNanos = start + Math.multiplyExact(TimeUnit.SECONDS.toNanos(1), (long) bytes) / bytesPerSecond;
        return start - now;
    }
}
