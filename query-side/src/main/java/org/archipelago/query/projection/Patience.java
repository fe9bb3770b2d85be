package org.archipelago.query.projection;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.archipelago.query.cluster.ClusterUnavailableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Repeats what Elasticsearch cannot do at the moment until it can, or until told to stop. Thread-safe. */
final class Patience {
    private static final Logger LOG = LoggerFactory.getLogger(Patience.class);
    private static final long FIRST_PAUSE_MS = 100;
    private static final long LONGEST_PAUSE_MS = 2_000;

    private final CountDownLatch stopped = new CountDownLatch(1);

    <T> T until(Supplier<T> attempt) {
        long pauseMs = FIRST_PAUSE_MS;
        while (true) {
            try {
                T result = attempt.get();
                if (pauseMs > FIRST_PAUSE_MS) {
                    LOG.info("Elasticsearch answers again");
                }
                return result;
            } catch (ClusterUnavailableException e) {
                if (pauseMs == FIRST_PAUSE_MS) {
                    LOG.warn("{}; indexing waits for it", e.getMessage());
                }
                if (stopsWithin(pauseMs)) {
                    throw e;
                }
                pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
            }
        }
    }

    private boolean stopsWithin(long pauseMs) {
        try {
            return stopped.await(pauseMs, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    void stop() {
        stopped.countDown();
    }
}
