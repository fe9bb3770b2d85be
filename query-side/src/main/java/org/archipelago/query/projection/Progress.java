package org.archipelago.query.projection;

import java.time.Duration;
import org.archipelago.contract.log.LocalPosition;

/** How far a generation is: what its index holds, and what of that searches see. Thread-safe. */
final class Progress {
    private long stored;
    private long visible = -1;
    private long touches;
    private long seenTouches;
    private int waiting;
    private boolean closed;

    Progress(LocalPosition start) {
        stored = start.value();
    }

    synchronized void stored(LocalPosition position) {
        stored = Math.max(stored, position.value());
        notifyAll();
    }

    /** Taken in without a change: visible as soon as what came before it is. */
    synchronized void passed(LocalPosition position) {
        boolean nothingHidden = visible >= stored;
        stored(position);
        if (nothingHidden) {
            visible = stored;
        }
    }

    /** Documents changed without a new position. */
    synchronized void touched() {
        touches++;
        notifyAll();
    }

    synchronized LocalPosition stored() {
        return new LocalPosition(stored);
    }

    synchronized LocalPosition visible() {
        return new LocalPosition(visible);
    }

    /** @return whether the position became visible in time */
    synchronized boolean awaitVisible(LocalPosition position, Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        waiting++;
        notifyAll();
        try {
            while (visible < position.value() && !closed) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                wait(left / 1_000_000, (int) (left % 1_000_000));
            }
            return visible >= position.value();
        } finally {
            waiting--;
        }
    }

    /** Blocks until there is something to make visible; false when closed. */
    synchronized boolean awaitWork() throws InterruptedException {
        while (stored <= visible && touches == seenTouches && !closed) {
            wait();
        }
        return !closed;
    }

    /** Rests between refreshes, unless somebody waits for something that is stored. */
    synchronized void rest(Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!closed && !(waiting > 0 && stored > visible)) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return;
            }
            wait(left / 1_000_000, (int) (left % 1_000_000));
        }
    }

    /** Lets events gather for the next batch, unless somebody waits for them. */
    synchronized void gather(Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        try {
            for (long left = atMost.toNanos();
                    left > 0 && !closed && waiting == 0;
                    left = deadline - System.nanoTime()) {
                wait(left / 1_000_000, (int) (left % 1_000_000));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What a refresh that starts now will show. */
    synchronized Snapshot snapshot() {
        return new Snapshot(stored, touches);
    }

    synchronized void refreshed(Snapshot snapshot) {
        visible = Math.max(visible, snapshot.stored());
        seenTouches = Math.max(seenTouches, snapshot.touches());
        notifyAll();
    }

    synchronized void close() {
        closed = true;
        notifyAll();
    }

    record Snapshot(long stored, long touches) {}
}
