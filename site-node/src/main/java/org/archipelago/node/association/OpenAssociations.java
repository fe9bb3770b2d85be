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
        private boolean counted;
        private @Nullable Association association;
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

    /** Takes no further associations, waits for those that are open to end, then aborts the rest. */
    public void abortAll(Duration grace) {
        List<Map.Entry<Transport, Slot>> rest;
        lock.lock();
        try {
            draining = true;
            long leftNanos = grace.toNanos();
            while (associations > 0 && leftNanos > 0) {
                leftNanos = fewer.awaitNanos(leftNanos);
            }
            rest = List.copyOf(connections.entrySet());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            rest = List.copyOf(connections.entrySet());
        } finally {
            lock.unlock();
        }
        rest.forEach(OpenAssociations::abort);
        awaitNone();
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
