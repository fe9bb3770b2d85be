package org.archipelago.node.association;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.archipelago.contract.AeTitle;
import org.archipelago.contract.DimseStatus;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;

/**
 * C-STORE as SCU (PS3.7 §9.1.1, §9.3.1): sends the bytes of a data set as they are, under whatever SOP Class, instance
 * and transfer syntax the caller says. One thread at a time.
 */
public final class RawStorageSender implements AutoCloseable {
    private static final int MEDIUM_PRIORITY = 0;

    private final Association association;
    private final Predicate<DimseMessage> others;

    /** Sends on an association of the caller's. @param others is given messages that are no answers (C-CANCEL); false aborts */
    public RawStorageSender(Association association, Predicate<DimseMessage> others) {
        this.association = association;
        this.others = others;
    }

    /** A (SOP Class, transfer syntax) pair to be negotiated in a context of its own. */
    public record Kind(SopClassUid sopClass, TransferSyntaxUid transferSyntax) {}

    /** Who asked for the C-MOVE that this is a sub-operation of. */
    public record MoveOriginator(AeTitle title, int messageId) {}

    /**
     * @param status PS3.4 Table B.2-1
     * @param comment Error Comment (0000,0902)
     */
    public record Result(int status, Optional<String> comment, long bytes) {
        public boolean isSuccess() {
            return status == DimseStatus.SUCCESS;
        }

        public boolean isWarning() {
            return DimseStatus.isWarning(status);
        }
    }

    /** Is told what has left of a data set before it is answered, also when it broke on its way. */
    @FunctionalInterface
    public interface Departure {
        /** @param whole all of it has left, whatever is then answered, if anything is */
        void left(long bytes, boolean whole);
    }

    /** Opens an association with a context for each kind, at most 128. */
    public static RawStorageSender open(
            String host, int port, AeTitle calling, AeTitle called, Collection<Kind> kinds, AssociationLimits limits)
            throws IOException {
        return open(AssociationRequestor.Proposal.of(host, port, calling, called, contexts(kinds)), limits);
    }

    public static RawStorageSender open(AssociationRequestor.Proposal proposal, AssociationLimits limits)
            throws IOException {
        return new RawStorageSender(AssociationRequestor.open(proposal, limits), _ -> false);
    }

    /** One context for each distinct kind, ids from 1. */
    public static List<ProposedContext> contexts(Collection<Kind> kinds) {
        Set<Kind> distinct = new LinkedHashSet<>(kinds);
        int[] id = {-1};
        return distinct.stream()
                .map(kind -> new ProposedContext(
                        id[0] += 2,
                        kind.sopClass().value(),
                        List.of(kind.transferSyntax().value())))
                .toList();
    }

    public Association association() {
        return association;
    }

    public boolean accepts(SopClassUid sopClass, TransferSyntaxUid transferSyntax) {
        return association.context(sopClass.value(), transferSyntax.value()).isPresent();
    }

    public Result send(SopClassUid sopClass, SopInstanceUid instance, TransferSyntaxUid syntax, DataWriter data)
            throws IOException {
        AcceptedContext context = association
                .context(sopClass.value(), syntax.value())
                .orElseThrow(() -> new IllegalArgumentException("no context was accepted for this class and syntax"));
        return send(context, sopClass.value(), instance.value(), data, Optional.empty());
    }

    /** As below; nobody is told what leaves before the answer. */
    public Result send(
            AcceptedContext context,
            String sopClass,
            String instance,
            DataWriter data,
            Optional<MoveOriginator> originator)
            throws IOException {
        return send(context, sopClass, instance, data, originator, (_, _) -> {});
    }

    /**
     * Sends and waits for the answer.
     *
     * @param sopClass Affected SOP Class UID, any text
     * @param instance Affected SOP Instance UID, any text
     * @throws IOException the association is over; whether the object was kept is unknown
     */
    public Result send(
            AcceptedContext context,
            String sopClass,
            String instance,
            DataWriter data,
            Optional<MoveOriginator> originator,
            Departure departure)
            throws IOException {
        int messageId = association.nextMessageId();
        CommandSet.Builder command = CommandSet.of(CommandField.C_STORE_RQ)
                .uid(CommandSet.AFFECTED_SOP_CLASS_UID, sopClass)
                .us(CommandSet.MESSAGE_ID, messageId)
                .us(CommandSet.PRIORITY, MEDIUM_PRIORITY)
                .uid(CommandSet.AFFECTED_SOP_INSTANCE_UID, instance);
        originator.ifPresent(
                o -> command.text(CommandSet.MOVE_ORIGINATOR_AE_TITLE, o.title().value())
                        .us(CommandSet.MOVE_ORIGINATOR_MESSAGE_ID, o.messageId()));
        long[] bytes = {0};
        boolean whole = false;
        try {
            association.send(context.id(), command.build(), out -> {
                Counting counting = new Counting(out);
                try {
                    data.writeTo(counting);
                } finally {
                    bytes[0] = counting.count;
                }
            });
            whole = true;
        } finally {
            departure.left(bytes[0], whole);
        }
        CommandSet answer = answer(messageId);
        return new Result(answer.status(), answer.text(CommandSet.ERROR_COMMENT), bytes[0]);
    }

    private CommandSet answer(int messageId) throws IOException {
        while (true) {
            DimseMessage message = association
                    .receive()
                    .orElseThrow(() -> new AssociationLostException("the peer released before it answered"));
            CommandSet command = message.command();
            if (command.commandField() == (CommandField.C_STORE_RQ | CommandField.RESPONSE)
                    && command.messageIdRespondedTo() == messageId) {
                return command;
            }
            if (!others.test(message)) {
                association.abort(AbortReason.UNEXPECTED_PDU);
                throw new AssociationLostException("the peer sent something else than the answer");
            }
        }
    }

    /** Releases the association. */
    @Override
    public void close() throws IOException {
        association.release();
    }

    private static final class Counting extends FilterOutputStream {
        private long count;

        Counting(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int b) throws IOException {
            out.write(b);
            count++;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            count += length;
        }
    }
}
