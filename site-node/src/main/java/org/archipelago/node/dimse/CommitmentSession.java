package org.archipelago.node.dimse;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.archipelago.node.association.AcceptedContext;
import org.archipelago.node.association.Association;
import org.archipelago.node.association.CommandSet;

/** The reports that one association is owed: sent on it when it falls silent, else left for a new one. */
final class CommitmentSession {
    private final CommitmentService service;
    private final Association association;
    private final Deque<Owed> owed = new ArrayDeque<>();
    private final Map<Integer, PendingReport> unanswered = new HashMap<>();

    private record Owed(PendingReport report, AcceptedContext context) {}

    CommitmentSession(CommitmentService service, Association association) {
        this.service = service;
        this.association = association;
    }

    void owe(PendingReport report, AcceptedContext context) {
        owed.add(new Owed(report, context));
    }

    /** One report at a time: the peer may not be able to take more (PS3.7 §D.3.3.3). */
    boolean hasReportToSend() {
        return !owed.isEmpty() && unanswered.isEmpty();
    }

    void sendNext() throws IOException {
        Owed next = owed.peek();
        if (next != null) {
            int messageId = service.send(
                    next.report(),
                    association,
                    next.context().id(),
                    next.context().transferSyntax());
            unanswered.put(messageId, next.report());
            owed.remove();
        }
    }

    /** An N-EVENT-REPORT-RSP. A refused report is tried again on a new association. */
    void answered(CommandSet response) {
        PendingReport report = unanswered.remove(response.messageIdRespondedTo());
        if (report != null && response.status() == Exchange.SUCCESS) {
            service.delivered(report);
        } else if (report != null) {
            refused.add(report);
        }
    }

    private final List<PendingReport> refused = new ArrayList<>();

    /** What is still owed now that the association is over. */
    List<PendingReport> undelivered() {
        List<PendingReport> rest = new ArrayList<>(refused);
        rest.addAll(unanswered.values());
        owed.forEach(o -> rest.add(o.report()));
        return rest;
    }
}
