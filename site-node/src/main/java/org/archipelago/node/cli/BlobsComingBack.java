package org.archipelago.node.cli;

import java.time.Duration;
import java.util.Map;

/** Follows the blobs of a site that comes back from its peers, by what its running node says. */
final class BlobsComingBack {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(200);
    /** Without another blob, while a member does not answer. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final SiteOperations operations;
    private final NodeAddress node;
    private final Progress progress;
    private long shown;
    private boolean counted;

    BlobsComingBack(SiteOperations operations, NodeAddress node, Progress progress) {
        this.operations = operations;
        this.node = node;
        this.progress = progress;
    }

    /**
     * Returns when nothing more is to be had.
     *
     * @throws CommandFailure the node stops, or blobs wait for members that do not answer
     */
    void await() throws InterruptedException {
        long lastNanos = System.nanoTime();
        while (true) {
            Map<String, Object> facts = operations.status(node);
            if (!Boolean.TRUE.equals(facts.get("running"))) {
                throw new CommandFailure(
                        "The node of site " + node.site() + " stopped meanwhile; start it, and it goes on.");
            }
            long before = shown;
            show(number(facts, "blobsMissing"), number(facts, "blobsRecovered"));
            if ("ended".equals(facts.get("recovery"))) {
                return;
            }
            lastNanos = shown > before ? System.nanoTime() : lastNanos;
            boolean waits = number(facts, "blobsWaitedFor") > 0;
            boolean stopped = "stopped".equals(facts.get("recovery"));
            if ((waits || stopped) && System.nanoTime() - lastNanos > PATIENCE.toNanos()) {
                throw new CommandFailure(
                        stopped
                                ? "No blobs come back at the moment: see the program's log. The node tries again as long as it runs;"
                                        + " run this again for the report."
                                : number(facts, "blobsMissing")
                                        + " blobs are not back: members that may hold them do not answer. The node goes on asking as long as it runs;"
                                        + " run this again for the report.");
            }
            Thread.sleep(LOOK_AGAIN);
        }
    }

    private void show(long missing, long recovered) {
        if (missing < 0) {
            return;
        }
        if (!counted) {
            counted = true;
            progress.total(missing + recovered);
        }
        progress.advance(Math.max(0, recovered - shown));
        shown = Math.max(shown, recovered);
    }

    private static long number(Map<String, Object> facts, String name) {
        return Long.parseLong(String.valueOf(facts.getOrDefault(name, "-1")));
    }
}
