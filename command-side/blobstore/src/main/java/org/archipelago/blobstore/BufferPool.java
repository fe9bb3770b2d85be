package org.archipelago.blobstore;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/** Bounded memory for blobs on their way in: direct, aligned chunks of 64 KiB, made when first needed and used again. */
final class BufferPool {
    static final int CHUNK_BYTES = 64 << 10;

    private final Semaphore permits;
    private final Duration wait;
    private final ConcurrentLinkedQueue<ByteBuffer> free = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<byte[]> freeHeap = new ConcurrentLinkedQueue<>();

    BufferPool(long bytes, Duration wait) {
        this.permits = new Semaphore(Math.toIntExact(bytes / CHUNK_BYTES), true);
        this.wait = wait;
    }

    /** @throws ArchiveException OVERLOADED when none came free in time */
    ByteBuffer take() {
        acquire();
        ByteBuffer chunk = free.poll();
        return chunk != null
                ? chunk.clear()
                : Arena.ofAuto().allocate(CHUNK_BYTES, Disk.BLOCK_BYTES).asByteBuffer();
    }

    void give(ByteBuffer chunk) {
        free.add(chunk);
        permits.release();
    }

    /** @throws ArchiveException OVERLOADED when none came free in time */
    byte[] takeHeap() {
        acquire();
        byte[] bytes = freeHeap.poll();
        return bytes != null ? bytes : new byte[CHUNK_BYTES];
    }

    void giveHeap(byte[] bytes) {
        freeHeap.add(bytes);
        permits.release();
    }

    private void acquire() {
        if (permits.tryAcquire()) {
            return;
        }
        try {
            if (permits.tryAcquire(wait.toNanos(), TimeUnit.NANOSECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new ArchiveException(ArchiveError.OVERLOADED, "memory for blobs on their way in");
    }

    int available() {
        return permits.availablePermits();
    }
}
