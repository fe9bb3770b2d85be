package org.archipelago.node.dimse;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.archipelago.contract.DimseStatus;
import org.archipelago.node.association.AcceptedContext;
import org.archipelago.node.association.Association;
import org.archipelago.node.association.CommandSet;
import org.jspecify.annotations.Nullable;

/**
 * The reports that one association is owed: made and sent on it, one after the other, while it is silent (PS3.7 §D.3.3.3). What is
 * refused, not answered in time or cannot be sent is left to associations of our own at once.
 */
final class CommitmentSession {
    private static final System.Logger LOG = System.getLogger(CommitmentSession.class.getName());

    private final CommitmentService service;
    private final Association association;
    private final DimseConfiguration configuration;
    private final Consumer<List<PendingReport>> elsewhere;
    private final Deque<Owed> owed = new ArrayDeque<>();
    private @Nullable CompletableFuture<List<CommitmentCheck.Result>> made;
    private @Nullable Sent unanswered;

    private record Owed(PendingReport report, AcceptedContext context) {}

    private record Sent(PendingReport report, int messageId, long deadlineNanos) {}

    /** @param elsewhere takes over reports that this association will not carry */
    CommitmentSession(
            CommitmentService service,
            Association association,
            DimseConfiguration configuration,
            Consumer<List<PendingReport>> elsewhere) {
        this.service = service;
        this.association = association;
        this.configuration = configuration;
        this.elsewhere = elsewhere;
    }

    void owe(PendingReport report, AcceptedContext context) {
        owed.add(new Owed(report, context));
    }

    /** How long the peer may be silent before {@link #silent} is to be called; empty for as long as it likes. */
    Optional<Duration> patience() {
        Sent sent = unanswered;
        if (sent != null) {
            return Optional.of(Duration.ofNanos(Math.max(0, sent.deadlineNanos() - System.nanoTime())));
        }
        return owed.isEmpty()
                ? Optional.empty()
                : Optional.of(configuration.serviceLimits().commitmentQuiet());
    }

    void silent() throws IOException {
        Owed next = owed.peek();
        if (unanswered != null || next == null) {
            leave();
            return;
        }
        try {
            CompletableFuture<List<CommitmentCheck.Result>> results = made;
            if (results == null) {
                results = service.results(next.report());
                made = results;
            }
            if (!results.isDone()) {
                return;
            }
            made = null;
            int messageId = service.send(
                    next.report(),
                    results.join(),
                    association,
                    next.context().id(),
                    next.context().transferSyntax());
            unanswered = new Sent(
                    next.report(),
                    messageId,
                    System.nanoTime() + configuration.limits().artimTimeout().toNanos());
            owed.remove();
        } catch (RuntimeException e) {
            owed.remove();
            made = null;
            LOG.log(System.Logger.Level.WARNING, "a storage commitment report could not be made", e);
            elsewhere.accept(List.of(next.report()));
        }
    }

    /** An N-EVENT-REPORT-RSP. */
    void answered(CommandSet response) {
        Sent sent = unanswered;
        if (sent == null || sent.messageId() != response.messageIdRespondedTo()) {
            return;
        }
        unanswered = null;
        if (response.status() == DimseStatus.SUCCESS) {
            service.delivered(sent.report());
        } else {
            elsewhere.accept(List.of(sent.report()));
        }
    }

    /** Gives away all that is still owed. */
    void leave() {
        List<PendingReport> rest = new ArrayList<>();
        if (unanswered != null) {
            rest.add(unanswered.report());
        }
        owed.forEach(o -> rest.add(o.report()));
        unanswered = null;
        owed.clear();
        elsewhere.accept(rest);
    }
}
