package org.archipelago.node.dimse;

import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.archipelago.contract.DimseStatus;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.association.Association;
import org.archipelago.node.association.CommandField;
import org.archipelago.node.association.CommandSet;

/**
 * Storage Commitment Push Model as SCP (PS3.4 Annex J): a request is answered once the report that it is owed is
 * durable; the report says what the archive held when nothing more came on the association, or when it started again.
 */
final class CommitmentService implements AutoCloseable {
    private final CommitmentChecks checks;
    private final PendingReports pending;
    private final IdentifierCodec codec;
    private final DimseConfiguration configuration;
    private final Clock clock;
    private final Supplier<UUID> ids;

    CommitmentService(
            CommitmentCheck check,
            PendingReports pending,
            IdentifierCodec codec,
            DimseConfiguration configuration,
            Clock clock,
            Supplier<UUID> ids) {
        this.checks = new CommitmentChecks(check);
        this.pending = pending;
        this.codec = codec;
        this.configuration = configuration;
        this.clock = clock;
        this.ids = ids;
    }

    /** Takes on an N-ACTION request; the report is then owed by the session. */
    void serve(Exchange exchange, CommitmentSession session) throws IOException {
        CommandSet command = exchange.command();
        if (command.text(CommandSet.REQUESTED_SOP_INSTANCE_UID)
                .filter(SopClasses.STORAGE_COMMITMENT_INSTANCE::equals)
                .isEmpty()) {
            exchange.refuse(DimseStatus.NO_SUCH_SOP_INSTANCE, "(0000,1001) is not the well-known instance");
            return;
        }
        if (command.us(CommandSet.ACTION_TYPE_ID).orElse(0) != CommitmentData.REQUEST_ACTION) {
            exchange.refuse(DimseStatus.NO_SUCH_ACTION, "(0000,1008) is not 1");
            return;
        }
        AttributeSet request =
                exchange.readDataSet(configuration.serviceLimits().maxIdentifierBytes());
        PendingReport report = new PendingReport(
                ids.get(),
                exchange.caller().called(),
                exchange.caller().calling(),
                exchange.caller().peer().address().getHostAddress(),
                CommitmentData.transactionUid(request),
                CommitmentData.references(request),
                clock.instant());
        pending.persist(report);
        session.owe(report, exchange.message().context());
        exchange.respond(command.response(DimseStatus.SUCCESS)
                .us(CommandSet.ACTION_TYPE_ID, CommitmentData.REQUEST_ACTION)
                .build());
    }

    /** What the report will say; on its way from now on. */
    CompletableFuture<List<CommitmentCheck.Result>> results(PendingReport report) {
        return checks.of(report);
    }

    /** Sends the report on an association that is open. @return the message id that its answer will name */
    int send(
            PendingReport report,
            List<CommitmentCheck.Result> results,
            Association association,
            int contextId,
            String transferSyntax)
            throws IOException {
        CommitmentData.Event event = CommitmentData.event(report, results);
        byte[] encoded = codec.encode(event.information(), new TransferSyntaxUid(transferSyntax));
        int messageId = association.nextMessageId();
        CommandSet command = CommandSet.of(CommandField.N_EVENT_REPORT_RQ)
                .uid(CommandSet.AFFECTED_SOP_CLASS_UID, SopClasses.STORAGE_COMMITMENT)
                .us(CommandSet.MESSAGE_ID, messageId)
                .uid(CommandSet.AFFECTED_SOP_INSTANCE_UID, SopClasses.STORAGE_COMMITMENT_INSTANCE)
                .us(CommandSet.EVENT_TYPE_ID, event.typeId())
                .build();
        association.send(contextId, command, out -> out.write(encoded));
        return messageId;
    }

    void delivered(PendingReport report) {
        pending.remove(report.id());
        checks.forget(report);
    }

    /** What is pending stays so. */
    @Override
    public void close() {
        checks.close();
    }
}
