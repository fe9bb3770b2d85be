package org.archipelago.federation.follow;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.eventstore.EventLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls whenever the log has grown, with a pause after each call: the first record after a quiet time is acted on at once, and a
 * stream of them once a pause. A log that cannot be read, or a call that fails, is tried again.
 */
public final class LogFollower implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(LogFollower.class);

    private static final Duration RETRY = Duration.ofSeconds(1);
    /** How long closing waits for it at most. It is never interrupted: that would close files under it. */
    private static final Duration LOOK_UP = Duration.ofMillis(100);

    private final EventLog log;
    private final Duration pause;
    private final Runnable grown;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private volatile boolean woken;
    private volatile boolean unfinished;
    private long finishAtNanos;
    private boolean failing;

    /**
     * @param name of its thread
     * @param pause after each call
     * @param grown called once at the start, and again after it has failed
     */
    public LogFollower(String name, EventLog log, Duration pause, Runnable grown) {
        this.log = log;
        this.pause = pause;
        this.grown = grown;
        this.thread = Thread.ofPlatform().name(name).daemon(true).unstarted(this::run);
    }

    /** Calls soon, though the log may not have grown. */
    public void wake() {
        woken = true;
    }

    /** To be called while it calls: calls again after a second, though the log may not have grown. */
    public void tryAgain() {
        finishAtNanos = System.nanoTime() + RETRY.toNanos();
        unfinished = true;
    }

    private boolean isDue() {
        return woken || (unfinished && System.nanoTime() - finishAtNanos >= 0);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        LocalPosition seen = EventLog.BEFORE_FIRST;
        try {
            while (!isClosedWithin(Duration.ZERO)) {
                seen = turn(seen);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private LocalPosition turn(LocalPosition seen) throws InterruptedException {
        try {
            if (!log.awaitBeyond(seen, LOOK_UP) && !isDue()) {
                return seen;
            }
            woken = false;
            unfinished = false;
            LocalPosition head = log.head();
            grown.run();
            failing = false;
            isClosedWithin(pause);
            return head;
        } catch (RuntimeException e) {
            if (!failing) {
                LOGGER.warn("The log could not be followed ({}); this is tried again", thread.getName(), e);
            }
            failing = true;
            woken = true;
            isClosedWithin(RETRY);
            return seen;
        }
    }

    private boolean isClosedWithin(Duration time) throws InterruptedException {
        return closed.await(time.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Waits for a call that is under way. */
    @Override
    public void close() {
        closed.countDown();
        Ending.await(thread);
    }
}
