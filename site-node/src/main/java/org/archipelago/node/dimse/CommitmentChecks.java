package org.archipelago.node.dimse;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/**
 * What each report is to say. A check reads every byte that it is about, so it has a thread of its own; those that wait for
 * one are as many as reports may be pending.
 */
final class CommitmentChecks implements AutoCloseable {
    private static final int AT_ONCE = 4;

    private final CommitmentCheck check;
    private final Map<UUID, CompletableFuture<List<CommitmentCheck.Result>>> results = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newFixedThreadPool(
            AT_ONCE, Thread.ofPlatform().daemon().name("commitment-check-", 0).factory());

    CommitmentChecks(CommitmentCheck check) {
        this.check = check;
    }

    /**
     * Begun when it is asked for first, and anew after it has failed.
     *
     * @throws RejectedExecutionException closed
     */
    CompletableFuture<List<CommitmentCheck.Result>> of(PendingReport report) {
        return results.compute(
                report.id(), (_, known) -> known == null || known.isCompletedExceptionally() ? begin(report) : known);
    }

    private CompletableFuture<List<CommitmentCheck.Result>> begin(PendingReport report) {
        return CompletableFuture.supplyAsync(() -> check.check(report.references(), report.requester()), threads);
    }

    void forget(PendingReport report) {
        results.remove(report.id());
    }

    /** Who waits for one gets a {@link CancellationException}. None is interrupted: it would take that for damage. */
    @Override
    public void close() {
        threads.shutdown();
        results.values().forEach(result -> result.cancel(false));
    }
}
