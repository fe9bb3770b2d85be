package org.archipelago.node;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a node ends: as somebody closes it, or because its log has given up, which may happen while it is still being started. Whoever
 * sees first that it has stopped, its process is to end with a code that tells a supervisor why. Thread-safe.
 */
final class NodeEnd {
    private static final Logger LOG = LoggerFactory.getLogger(NodeEnd.class);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(60);
    /** EX_SOFTWARE of sysexits.h. */
    static final int GAVE_UP = 70;

    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile boolean gaveUp;
    private volatile @Nullable Runnable stop;

    /** Stops the node, at once or as soon as it has started, and does not wait for that. */
    void logGaveUp() {
        LOG.error("the event log has given up; the node stops");
        gaveUp = true;
        Thread.ofPlatform().daemon().name("give-up-at-last").start(() -> {
            if (!isStoppedWithin(STOP_LIMIT)) {
                LOG.error("the node did not stop within {}; the process ends", STOP_LIMIT);
                Runtime.getRuntime().halt(GAVE_UP);
            }
        });
        stopIfItHasTo();
    }

    boolean logHasGivenUp() {
        return gaveUp;
    }

    /** @param how stops the node; may be called more than once */
    void started(Runnable how) {
        stop = how;
        stopIfItHasTo();
    }

    private void stopIfItHasTo() {
        Runnable how = stop;
        if (gaveUp && how != null) {
            Thread.ofPlatform().name("give-up").start(how);
        }
    }

    /** Nothing of the node is left. */
    void stopped() {
        stopped.countDown();
    }

    boolean isStopped() {
        return stopped.getCount() == 0;
    }

    /**
     * Returns when nothing of the node is left.
     *
     * @return what the process is to exit with
     */
    int await() throws InterruptedException {
        stopped.await();
        return gaveUp ? GAVE_UP : 0;
    }

    private boolean isStoppedWithin(Duration limit) {
        try {
            return stopped.await(limit.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            return false;
        }
    }
}
