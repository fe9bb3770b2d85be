package org.archipelago.node.federation;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.replica.ReplicaCommand;
import org.archipelago.contract.replica.ReplicaCommand.AdvanceReplica;
import org.archipelago.federation.checkpoint.SignedCheckpoint;
import org.archipelago.federation.replica.Replica;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts on record what this site has of other logs, before what it records next and at most once a second. Never by itself: two sites that
 * rest would else tell each other without end that the other has told. Thread-safe.
 */
public final class KnownReplicas {
    private static final Logger LOG = LoggerFactory.getLogger(KnownReplicas.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    /** Sends a command; on return what it records is durable. */
    public interface Commands {
        void send(ReplicaCommand command);
    }

    private final Supplier<Map<SiteId, Replica>> replicas;
    private final StreamNames names;
    private final Commands commands;
    private final LongSupplier nanos;
    private final Map<SiteId, Long> recorded = new ConcurrentHashMap<>();
    private final AtomicLong last;

    /** @param nanos a clock that only goes forward */
    public KnownReplicas(
            Supplier<Map<SiteId, Replica>> replicas, StreamNames names, Commands commands, LongSupplier nanos) {
        this.replicas = replicas;
        this.names = names;
        this.commands = commands;
        this.nanos = nanos;
        this.last = new AtomicLong(nanos.getAsLong() - PAUSE.toNanos());
    }

    /** What cannot be recorded now is recorded with the next; the caller's own command goes on. */
    public void record() {
        long then = last.get();
        long now = nanos.getAsLong();
        if (now - then < PAUSE.toNanos() || !last.compareAndSet(then, now)) {
            return;
        }
        try {
            replicas.get().values().forEach(replica -> replica.complete().ifPresent(known -> record(replica, known)));
        } catch (ArchiveException e) {
            LOG.warn("what is here of other sites' logs is not on record yet: {}", e.getMessage());
        }
    }

    private void record(Replica replica, SignedCheckpoint known) {
        SiteId origin = replica.origin();
        if (known.size() > recorded.getOrDefault(origin, 0L)) {
            commands.send(new AdvanceReplica(
                    names.replica(origin),
                    origin,
                    known.size(),
                    known.checkpoint().root()));
            recorded.put(origin, known.size());
        }
    }
}
