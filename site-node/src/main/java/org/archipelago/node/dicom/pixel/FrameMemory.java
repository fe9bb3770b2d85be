package org.archipelago.node.dicom.pixel;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/**
 * A frame is in memory whole, so the frames that are held at once share a quarter of the heap. Thread-safe; whoever holds some
 * asks for no more.
 */
public final class FrameMemory {
    /** Of this node. */
    public static final FrameMemory OF_NODE =
            new FrameMemory(Runtime.getRuntime().maxMemory() / 4);

    private static final int MIB = 1 << 20;
    /** A reader that takes a frame slowly holds its memory for that long. */
    private static final long WAIT_SECONDS = 20;

    private final long bytes;
    private final int mib;
    private final Semaphore free;

    FrameMemory(long bytes) {
        this.bytes = bytes;
        this.mib = (int) Math.max(1, bytes / MIB);
        this.free = new Semaphore(mib, true);
    }

    /** Memory that is given back when it is closed. */
    public interface Held extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Waits for memory to come free.
     *
     * @throws ArchiveException TRANSCODING_FAILED it is more than all; OVERLOADED none came free in time
     */
    public Held hold(long wantedBytes) {
        require(wantedBytes);
        int wanted = (int) Math.min(mib, 1 + wantedBytes / MIB);
        boolean held = false;
        try {
            held = free.tryAcquire(wanted, WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!held) {
            throw new ArchiveException(ArchiveError.OVERLOADED, "memory for frames");
        }
        return () -> free.release(wanted);
    }

    /** @throws ArchiveException TRANSCODING_FAILED so many bytes are never free */
    void require(long wantedBytes) {
        if (wantedBytes > bytes) {
            throw ImageDescription.failed("frame size for the memory of this node");
        }
    }
}
