package org.archipelago.node.federation;

import java.time.Duration;

/**
 * Whether a peer goes on signing what it records. One that is busy has something unsigned at every moment, and soon signs it; one that
 * cannot sign has more and more, which no other site can have. Thread-safe.
 */
final class SigningWatch {
    private final long patienceNanos;
    private long unsigned;
    private long signed = -1;
    private long sinceNanos;

    /** @param patience how long it may leave records unsigned without signing any */
    SigningWatch(Duration patience) {
        this.patienceNanos = patience.toNanos();
    }

    /**
     * @param unsignedNow records that it says to have and not to have signed
     * @param signedNow records that it has signed
     * @param nowNanos of a clock that only goes forward
     */
    synchronized void told(long unsignedNow, long signedNow, long nowNanos) {
        if (unsigned == 0 || signedNow != signed) {
            sinceNanos = nowNanos;
        }
        unsigned = unsignedNow;
        signed = signedNow;
    }

    /** Records that it leaves unsigned; 0 while it is soon to sign them. */
    synchronized long leftUnsigned(long nowNanos) {
        return nowNanos - sinceNanos >= patienceNanos ? unsigned : 0;
    }
}
