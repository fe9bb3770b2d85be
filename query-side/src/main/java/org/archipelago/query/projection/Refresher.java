package org.archipelago.query.projection;

import java.time.Duration;
import org.archipelago.query.cluster.ClusterRefusedException;
import org.archipelago.query.cluster.ClusterUnavailableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes what is stored visible to searches: after a rest from the last time, at once when somebody waits. In place of
 * Elasticsearch's own interval, so that it is known which position a search takes in.
 */
final class Refresher {
    private static final Logger LOG = LoggerFactory.getLogger(Refresher.class);
    private static final Duration REST_AFTER_FAILURE = Duration.ofMillis(500);

    private Refresher() {}

    /** Until the generation's progress is closed. */
    static void attach(Generation generation, IndexAdministration administration, Duration rest) {
        Progress progress = generation.progress();
        progress.touched(); // whatever was stored before this process started
        Thread.ofPlatform()
                .name("refresh-" + generation.number())
                .daemon()
                .start(() -> run(progress, generation.number(), administration, rest));
    }

    private static void run(Progress progress, int generation, IndexAdministration administration, Duration rest) {
        try {
            while (progress.awaitWork()) {
                Progress.Snapshot snapshot = progress.snapshot();
                try {
                    administration.refresh(generation);
                    progress.refreshed(snapshot);
                    progress.rest(rest);
                } catch (ClusterUnavailableException | ClusterRefusedException e) {
                    LOG.debug("refresh of generation {} failed: {}", generation, e.getMessage());
                    Thread.sleep(REST_AFTER_FAILURE);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
