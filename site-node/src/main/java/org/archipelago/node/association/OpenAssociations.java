package org.archipelago.node.association;

import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Counts and bounds connections and associations. Thread-safe. */
public final class OpenAssociations {
    private static final long TICK_NANOS = 50_000_000L;

    private final AssociationLimits limits;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition fewer = lock.newCondition();
    /** Oldest first; a value once it is associated. */
    private final Map<Transport, Slot> connections = new LinkedHashMap<>();

    private final Map<InetAddress, Integer> associationsByPeer = new HashMap<>();
    private int associations;
    private boolean draining;

    /** What is known of one connection. */
    private static final class Slot {
        private volatile boolean counted;
        private volatile @Nullable Association association;
    }

    public OpenAssociations(AssociationLimits limits) {
        this.limits = limits;
    }

    /** Takes in a connection; when there are too many, the oldest that has not asked for an association is closed. */
    void connected(Transport transport) {
        lock.lock();
        try {
            connections.put(transport, new Slot());
            if (connections.size() > limits.maxConnections()) {
                connections.entrySet().stream()
                        .filter(e -> !e.getValue().counted)
                        .map(Map.Entry::getKey)
                        .findFirst()
                        .ifPresent(Transport::close);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Counts the association to come, or says why not. */
    Optional<Rejection> tryAssociate(Transport transport) {
        lock.lock();
        try {
            if (draining) {
                return Optional.of(Rejection.TEMPORARY_CONGESTION);
            }
            int ofPeer = associationsByPeer.getOrDefault(transport.peer(), 0);
            if (associations >= limits.maxAssociations() || ofPeer >= limits.maxAssociationsPerPeer()) {
                return Optional.of(Rejection.LOCAL_LIMIT_EXCEEDED);
            }
            associations++;
            associationsByPeer.put(transport.peer(), ofPeer + 1);
            Slot slot = connections.get(transport);
            if (slot != null) {
                slot.counted = true;
            }
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    void associated(Transport transport, Association association) {
        lock.lock();
        try {
            Slot slot = connections.get(transport);
            if (slot != null) {
                slot.association = association;
            }
        } finally {
            lock.unlock();
        }
    }

    void disconnected(Transport transport) {
        lock.lock();
        try {
            Slot slot = connections.remove(transport);
            if (slot != null && slot.counted) {
                associations--;
                associationsByPeer.computeIfPresent(transport.peer(), (_, n) -> n == 1 ? null : n - 1);
            }
            fewer.signalAll();
        } finally {
            lock.unlock();
        }
    }

    public int connections() {
        lock.lock();
        try {
            return connections.size();
        } finally {
            lock.unlock();
        }
    }

    public int associations() {
        lock.lock();
        try {
            return associations;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes no further associations, aborts those that wait for their peer's next message, gives those that are serving
     * one the grace to end, then aborts them too.
     */
    public void abortAll(Duration grace) {
        long deadlineNanos = System.nanoTime() + grace.toNanos();
        lock.lock();
        try {
            draining = true;
        } finally {
            lock.unlock();
        }
        do {
            snapshot().stream().filter(OpenAssociations::isIdle).forEach(OpenAssociations::abort);
        } while (awaitFewer(Math.min(TICK_NANOS, deadlineNanos - System.nanoTime())));
        snapshot().forEach(OpenAssociations::abort);
        awaitNone();
    }

    private List<Map.Entry<Transport, Slot>> snapshot() {
        lock.lock();
        try {
            return connections.entrySet().stream()
                    .map(e -> Map.entry(e.getKey(), e.getValue()))
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    private static boolean isIdle(Map.Entry<Transport, Slot> entry) {
        Association association = entry.getValue().association;
        return association == null ? !entry.getValue().counted : association.isIdle();
    }

    /** Waits; whether there are associations left to wait for, and time. */
    private boolean awaitFewer(long nanos) {
        lock.lock();
        try {
            if (associations > 0 && nanos > 0) {
                long left = fewer.awaitNanos(nanos);
                return associations > 0 || left > 0;
            }
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    private static void abort(Map.Entry<Transport, Slot> entry) {
        Association association = entry.getValue().association;
        if (association == null) {
            entry.getKey().close();
        } else {
            association.abort(AbortReason.NOT_SPECIFIED);
        }
    }

    private void awaitNone() {
        lock.lock();
        try {
            long leftNanos = TimeUnit.SECONDS.toNanos(5);
            while (!connections.isEmpty() && leftNanos > 0) {
                leftNanos = fewer.awaitNanos(leftNanos);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }
}
