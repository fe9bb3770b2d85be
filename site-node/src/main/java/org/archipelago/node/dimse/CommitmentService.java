package org.archipelago.node.dimse;

import java.io.IOException;
import java.time.Clock;
import java.util.UUID;
import java.util.function.Supplier;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.association.Association;
import org.archipelago.node.association.CommandField;
import org.archipelago.node.association.CommandSet;

/**
 * Storage Commitment Push Model as SCP (PS3.4 Annex J): a request is answered once the report that it is owed is
 * durable; the report says what the archive holds when it is sent.
 */
final class CommitmentService {
    /** PS3.7 Annex C: no such action type, resource limitation. */
    private static final int NO_SUCH_ACTION = 0x0123;

    private static final int RESOURCE_LIMITATION = 0x0213;

    private final CommitmentCheck check;
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
        this.check = check;
        this.pending = pending;
        this.codec = codec;
        this.configuration = configuration;
        this.clock = clock;
        this.ids = ids;
    }

    /** Takes on an N-ACTION request; the report is then owed by the session. */
    void serve(Exchange exchange, CommitmentSession session) throws IOException {
        CommandSet command = exchange.command();
        if (command.us(CommandSet.ACTION_TYPE_ID).orElse(0) != CommitmentData.REQUEST_ACTION) {
            exchange.association().discardRest();
            exchange.respond(NO_SUCH_ACTION);
            return;
        }
        try {
            AttributeSet request =
                    exchange.readDataSet(configuration.serviceLimits().maxIdentifierBytes());
            PendingReport report = new PendingReport(
                    ids.get(),
                    exchange.caller().called(),
                    exchange.caller().calling(),
                    CommitmentData.transactionUid(request),
                    CommitmentData.references(request),
                    clock.instant());
            pending.persist(report);
            session.owe(report, exchange.message().context());
            exchange.respond(command.response(Exchange.SUCCESS)
                    .us(CommandSet.ACTION_TYPE_ID, CommitmentData.REQUEST_ACTION)
                    .build());
        } catch (ArchiveException refusal) {
            exchange.association().discardRest();
            exchange.respond(command.response(status(refusal))
                    .errorComment(refusal.error() + ": " + refusal.subject())
                    .build());
        }
    }

    private static int status(ArchiveException refusal) {
        return switch (refusal.error()) {
            case OVERLOADED, REQUEST_TOO_LARGE, BLOB_STORE_FULL -> RESOURCE_LIMITATION;
            case INVALID_REQUEST -> refusal.error().dimseStatus();
            default -> ArchiveError.INTERNAL.dimseStatus();
        };
    }

    /** Sends the report on an association that is open. @return the message id that its answer will name */
    int send(PendingReport report, Association association, int contextId, String transferSyntax) throws IOException {
        CommitmentData.Event event = CommitmentData.event(report, check);
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
    }
}
