package org.archipelago.federation.replica;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.checkpoint.Checkpoint;
import org.archipelago.federation.checkpoint.SignedCheckpoint;

/**
 * Puts on record, before what this site records itself, how much of others' logs it had by then: at most once a second, and nothing
 * while nothing has come. Thread-safe; who comes while another is at it does not wait.
 */
public final class AdvanceMarks {
    private static final long PAUSE_NANOS = Duration.ofSeconds(1).toNanos();

    private final Supplier<? extends Collection<Replica>> replicas;
    private final Recorder recorder;
    private final LongSupplier nanoTime;
    private final ReentrantLock turn = new ReentrantLock();
    private final Map<SiteId, Long> recorded = new HashMap<>();
    private volatile long next;

    /** Port: {@code AdvanceReplica}, decided and durable on return. */
    public interface Recorder {
        void record(SiteId origin, long size, Digest root);
    }

    /** @param nanoTime as {@link System#nanoTime} */
    public AdvanceMarks(
            Supplier<? extends Collection<Replica>> replicas, Recorder recorder, LongSupplier nanoTime) {
        this.replicas = replicas;
        this.recorder = recorder;
        this.nanoTime = nanoTime;
        this.next = nanoTime.getAsLong();
    }

    /** For each command but the recorder's own, before it is decided. What goes wrong is the recorder's to tell; the command goes on. */
    public void beforeOwnRecord() {
        if (nanoTime.getAsLong() - next < 0 || !turn.tryLock()) {
            return;
        }
        try {
            next = nanoTime.getAsLong() + PAUSE_NANOS;
            for (Replica replica : replicas.get()) {
                replica.complete().map(SignedCheckpoint::checkpoint).ifPresent(here -> mark(replica.origin(), here));
            }
        } finally {
            turn.unlock();
        }
    }

    private void mark(SiteId origin, Checkpoint here) {
        if (here.size() > recorded.getOrDefault(origin, 0L)) {
            recorder.record(origin, here.size(), here.root());
            recorded.put(origin, here.size());
        }
    }
}
