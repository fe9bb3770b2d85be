package org.archipelago.query.projection;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.log.StreamId;

/** Streams of other sites that wait to be folded anew. Bounded: what finds no room is found again by {@link LockedStreams}. Thread-safe. */
final class Rereads {
    private static final int MAX_WAITING = 100_000;

    private final Set<StreamId> waiting = new LinkedHashSet<>();

    synchronized void add(Collection<StreamId> streams) {
        for (StreamId stream : streams) {
            if (waiting.size() < MAX_WAITING) {
                waiting.add(stream);
            }
        }
    }

    /** The one that has waited longest. It waits no more, so that what comes to be readable meanwhile is not lost. */
    synchronized Optional<StreamId> take() {
        Optional<StreamId> first = waiting.stream().findFirst();
        first.ifPresent(waiting::remove);
        return first;
    }
}
