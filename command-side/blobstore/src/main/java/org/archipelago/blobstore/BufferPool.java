package org.archipelago.blobstore;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/**
 * Bounded memory for blobs on their way in: direct, aligned chunks of 64 KiB, made when first needed and used again. When
 * none is left, whoever holds most and is not writing just now gives back what it can: a slow sender keeps nobody waiting.
 */
final class BufferPool {
    static final int CHUNK_BYTES = 64 << 10;

    private static final long SPILL_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Semaphore permits;
    private final Duration wait;
    private final ConcurrentLinkedQueue<ByteBuffer> free = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<byte[]> freeHeap = new ConcurrentLinkedQueue<>();

    private final Set<Holder> holders = ConcurrentHashMap.newKeySet();

    /** Has chunks, and can do with fewer. */
    interface Holder {
        /** How many, about. */
        int chunks();

        /** Gives back all but the last, unless it is busy. Never waits for another holder. Returns whether it gave any back. */
        boolean spill();
    }

    BufferPool(long bytes, Duration wait) {
        this.permits = new Semaphore(Math.toIntExact(bytes / CHUNK_BYTES), true);
        this.wait = wait;
    }

    /** @throws ArchiveException OVERLOADED when none came free in time */
    ByteBuffer take() {
        acquire();
        return chunk();
    }

    private ByteBuffer chunk() {
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
        long end = System.nanoTime() + wait.toNanos();
        try {
            do {
                spillLargest();
                long left = Math.min(end - System.nanoTime(), SPILL_AGAIN_NANOS);
                if (permits.tryAcquire(Math.max(0, left), TimeUnit.NANOSECONDS)) {
                    return;
                }
            } while (System.nanoTime() - end < 0);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new ArchiveException(ArchiveError.OVERLOADED, "memory for blobs on their way in");
    }

    /** As {@link #take}, but empty when there is none just now. */
    Optional<ByteBuffer> takeNow() {
        return permits.tryAcquire() ? Optional.of(chunk()) : Optional.empty();
    }

    void register(Holder holder) {
        holders.add(holder);
    }

    void forget(Holder holder) {
        holders.remove(holder);
    }

    private record Candidate(Holder holder, int chunks) {}

    private void spillLargest() {
        List<Candidate> candidates = new ArrayList<>();
        for (Holder holder : holders) {
            int chunks = holder.chunks();
            if (chunks > 1) {
                candidates.add(new Candidate(holder, chunks));
            }
        }
        candidates.sort(Comparator.comparingInt(Candidate::chunks).reversed());
        for (Candidate candidate : candidates) {
            if (candidate.holder().spill()) {
                return;
            }
        }
    }

    int available() {
        return permits.availablePermits();
    }
}
