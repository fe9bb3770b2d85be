package org.archipelago.node.dimse;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Sends pending responses at an interval while a long sub-operation is going on. */
final class PendingResponses implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(PendingResponses.class.getName());

    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread thread;

    /** One response. */
    @FunctionalInterface
    interface Response {
        void send() throws IOException;
    }

    private PendingResponses(Duration interval, Response response) {
        this.thread = Thread.ofVirtual().unstarted(() -> run(interval, response));
    }

    static PendingResponses start(Duration interval, Response response) {
        PendingResponses pending = new PendingResponses(interval, response);
        pending.thread.start();
        return pending;
    }

    private void run(Duration interval, Response response) {
        try {
            while (!stopped.await(interval.toMillis(), TimeUnit.MILLISECONDS)) {
                response.send();
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "the asker is gone; its request ends at the next step", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** On return no pending response will be sent. */
    @Override
    public void close() {
        stopped.countDown();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
