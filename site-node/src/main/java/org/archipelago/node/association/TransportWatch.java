package org.archipelago.node.association;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Closes connections whose peer does not take data, or gives parts of TLS records without end: neither a blocking write nor the read of a
 * record has a timeout of its own.
 */
final class TransportWatch {
    static final TransportWatch SHARED = new TransportWatch();
    private static final long TICK_NANOS = 100_000_000L;

    private final Set<Transport> open;
    private final Thread thread =
            Thread.ofPlatform().daemon().name("dicom-transport-watch").unstarted(this::run);

    private TransportWatch() {
        this(ConcurrentHashMap.newKeySet());
    }

    /** @param open empty; used by several threads at once */
    TransportWatch(Set<Transport> open) {
        this.open = open;
        thread.start();
    }

    Thread.State state() {
        return thread.getState();
    }

    void register(Transport transport) {
        open.add(transport);
        LockSupport.unpark(thread);
    }

    void forget(Transport transport) {
        open.remove(transport);
    }

    private void run() {
        while (true) {
            if (open.isEmpty()) {
                LockSupport.park(this);
            } else {
                LockSupport.parkNanos(this, TICK_NANOS);
            }
            long now = System.nanoTime();
            open.forEach(transport -> transport.closeIfOverdue(now));
        }
    }
}
