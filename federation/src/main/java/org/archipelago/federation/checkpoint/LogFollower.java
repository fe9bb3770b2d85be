package org.archipelago.federation.checkpoint;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.eventstore.EventLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls whenever the log has grown, with a pause after each call: the first record after a quiet time is acted on at once, and a
 * stream of them once a pause. A log that cannot be read is tried again.
 */
final class LogFollower implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(LogFollower.class);

    private static final Duration RETRY = Duration.ofSeconds(1);
    /** How long closing waits for it at most. It is never interrupted: that would close files under it. */
    private static final Duration LOOK_UP = Duration.ofMillis(100);

    private final EventLog log;
    private final Duration pause;
    private final Runnable grown;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private boolean failing;

    LogFollower(EventLog log, Duration pause, Runnable grown) {
        this.log = log;
        this.pause = pause;
        this.grown = grown;
        this.thread = Thread.ofPlatform().name("checkpoints").daemon(true).unstarted(this::run);
    }

    void start() {
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
            if (!log.awaitBeyond(seen, LOOK_UP)) {
                return seen;
            }
            LocalPosition head = log.head();
            grown.run();
            failing = false;
            isClosedWithin(pause);
            return head;
        } catch (RuntimeException e) {
            if (!failing) {
                LOGGER.warn("The log could not be followed; this is tried again", e);
            }
            failing = true;
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
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
