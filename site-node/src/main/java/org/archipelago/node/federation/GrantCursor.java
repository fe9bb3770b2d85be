package org.archipelago.node.federation;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.GrantEvent;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.federation.hpke.RecipientKey;

/** How far the own log was gone through for one member, and what of it is still to be granted. For one thread. */
final class GrantCursor {
    /** A key that every member gets. */
    record Candidate(OriginPosition position, KeyRef use, KeyId key) {}

    /** @param through what is granted once the batch is: nothing up to there is left */
    record Batch(List<Candidate> candidates, OriginPosition through) {}

    private final SiteId peer;
    private final RecipientKey recipient;
    private final Deque<Candidate> waiting = new ArrayDeque<>();
    private long seen;
    private volatile boolean refused;

    /** @param seen position up to which all was granted */
    GrantCursor(SiteId peer, RecipientKey recipient, long seen) {
        this.peer = peer;
        this.recipient = recipient;
        this.seen = seen;
    }

    SiteId peer() {
        return peer;
    }

    RecipientKey recipient() {
        return recipient;
    }

    long seen() {
        return seen;
    }

    /** Takes what it has not seen yet of records up to a position. */
    void look(List<Candidate> found, long last) {
        if (seen < last) {
            found.stream()
                    .filter(candidate -> candidate.position().value() > seen)
                    .forEach(waiting::add);
            seen = last;
        }
    }

    boolean isFull() {
        return waiting.size() >= GrantEvent.MAX_KEYS;
    }

    Batch next() {
        List<Candidate> first = waiting.stream().limit(GrantEvent.MAX_KEYS).toList();
        boolean isAll = first.size() == waiting.size();
        return new Batch(
                first, isAll ? new OriginPosition(seen) : first.getLast().position());
    }

    void granted(Batch batch) {
        batch.candidates().forEach(_ -> waiting.remove());
    }

    /** Nothing more is tried until the next start, or until it has another key pair. */
    void refuse() {
        refused = true;
    }

    boolean isRefused() {
        return refused;
    }
}
