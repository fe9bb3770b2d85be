package org.archipelago.node.ops;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.archipelago.contract.SiteId;

/**
 * What this machine's clock is off by against members of the network, each by the best answer of late. A single peer may be wrong
 * itself, so it is their median that counts. Thread-safe.
 */
public final class PeerClocks {
    /** The way there and back is not known apart, so an answer may be wrong by half of this. */
    private static final Duration LONGEST_ROUND_TRIP = Duration.ofSeconds(1);
    /** So long a better answer is kept over worse ones. */
    private static final Duration REPLACED_AFTER = Duration.ofMinutes(1);
    /** So long an answer counts when no other comes. */
    private static final Duration COUNTS_FOR = Duration.ofMinutes(5);

    private final LongSupplier nanos;
    private final Map<SiteId, Answer> answers = new ConcurrentHashMap<>();

    /** @param nanos tells how old an answer is, and is not the clock that may be set */
    public PeerClocks(LongSupplier nanos) {
        this.nanos = nanos;
    }

    private record Answer(Duration ahead, Duration roundTrip, long atNanos) {
        boolean isWithin(Duration age, long nowNanos) {
            return nowNanos - atNanos < age.toNanos();
        }
    }

    /** @param peers whose answers it is of, at least one */
    record Median(Duration ahead, int peers) {}

    /** Takes it in, unless it took too long to tell anything. */
    public void told(SiteId peer, Duration ahead, Duration roundTrip) {
        if (roundTrip.compareTo(LONGEST_ROUND_TRIP) > 0) {
            return;
        }
        long now = nanos.getAsLong();
        Answer fresh = new Answer(ahead, roundTrip, now);
        answers.merge(peer, fresh, (old, next) -> {
            boolean better = old.roundTrip().compareTo(next.roundTrip()) < 0 && old.isWithin(REPLACED_AFTER, now);
            return better ? old : next;
        });
    }

    /** Of who answered of late; empty when nobody did. */
    Optional<Median> median() {
        long now = nanos.getAsLong();
        answers.values().removeIf(answer -> !answer.isWithin(COUNTS_FOR, now));
        List<Duration> sorted =
                answers.values().stream().map(Answer::ahead).sorted().toList();
        if (sorted.isEmpty()) {
            return Optional.empty();
        }
        Duration lower = sorted.get((sorted.size() - 1) / 2);
        Duration upper = sorted.get(sorted.size() / 2);
        return Optional.of(new Median(lower.plus(upper).dividedBy(2), sorted.size()));
    }
}
