package org.archipelago.node.dicom.dataset;

import java.util.concurrent.Semaphore;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/**
 * Memory that the headers of all objects on their way in share. Each has its first 256 KiB without asking, so that senders of
 * ordinary objects are not kept out by those of huge ones. Thread-safe.
 */
public final class HeaderMemory {
    /** Of this node: a quarter of the heap. */
    public static final HeaderMemory OF_NODE =
            new HeaderMemory(Runtime.getRuntime().maxMemory() / 4);

    private static final long FREE_BYTES = 256 << 10;
    private static final int STEP_BYTES = 1 << 20;

    private final Semaphore steps;

    public HeaderMemory(long bytes) {
        this.steps = new Semaphore((int) Math.max(1, bytes / STEP_BYTES));
    }

    public Share share() {
        return new Share();
    }

    /** What one header takes. Not thread-safe. */
    public final class Share implements AutoCloseable {
        private int held;

        private Share() {}

        /**
         * @param bytes in all
         * @throws ArchiveException OVERLOADED others hold what is left
         */
        public void reach(long bytes) {
            int needed = (int) Math.ceilDiv(Math.max(0, bytes - FREE_BYTES), (long) STEP_BYTES);
            if (needed > held) {
                if (!steps.tryAcquire(needed - held)) {
                    throw new ArchiveException(ArchiveError.OVERLOADED, "memory for headers on their way in");
                }
                held = needed;
            }
        }

        @Override
        public void close() {
            steps.release(held);
            held = 0;
        }
    }
}
