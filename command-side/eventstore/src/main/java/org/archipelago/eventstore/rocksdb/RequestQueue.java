package org.archipelago.eventstore.rocksdb;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.jspecify.annotations.Nullable;

/** What waits for the writer, bounded in number and bytes. */
final class RequestQueue {
    private static final int MAX_WAITING = 16_384;
    private static final long MAX_WAITING_BYTES = 128L << 20;
    private static final int MAX_BATCH_REQUESTS = 2048;
    private static final long MAX_BATCH_BYTES = 8L << 20;
    private static final long POLL_MS = 1000;

    private final LinkedBlockingQueue<WriteRequest> waiting = new LinkedBlockingQueue<>(MAX_WAITING);
    private final AtomicLong waitingBytes = new AtomicLong();

    /** @throws ArchiveException OVERLOADED when the bounds are reached */
    void offer(WriteRequest request) {
        long bytes = waitingBytes.addAndGet(request.lengthBytes());
        if (bytes > MAX_WAITING_BYTES || !waiting.offer(request)) {
            waitingBytes.addAndGet(-request.lengthBytes());
            throw new ArchiveException(ArchiveError.OVERLOADED, "queue of the event log");
        }
    }

    /** What came while the last batch was written; empty when nothing did for a while, or on an interrupt. */
    List<WriteRequest> take() {
        WriteRequest first = first();
        if (first == null) {
            return List.of();
        }
        List<WriteRequest> batch = new ArrayList<>();
        long bytes = 0;
        for (WriteRequest next = first; next != null; next = more(batch.size(), bytes) ? waiting.poll() : null) {
            batch.add(next);
            bytes += next.lengthBytes();
        }
        waitingBytes.addAndGet(-bytes);
        return batch;
    }

    private @Nullable WriteRequest first() {
        try {
            WriteRequest first = waiting.poll();
            return first != null ? first : waiting.poll(POLL_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            return null; // asks the caller to look whether it is to stop
        }
    }

    private static boolean more(int requests, long bytes) {
        return requests < MAX_BATCH_REQUESTS && bytes < MAX_BATCH_BYTES;
    }

    void failAll(Throwable cause) {
        for (WriteRequest next = waiting.poll(); next != null; next = waiting.poll()) {
            waitingBytes.addAndGet(-next.lengthBytes());
            next.fail(cause);
        }
    }
}
