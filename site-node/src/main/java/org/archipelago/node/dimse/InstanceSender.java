package org.archipelago.node.dimse;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.association.AcceptedContext;
import org.archipelago.node.association.AssociationMetrics;
import org.archipelago.node.association.RawStorageSender;
import org.archipelago.node.association.RawStorageSender.MoveOriginator;
import org.archipelago.node.retrieve.HeldInstance;
import org.archipelago.node.retrieve.OutgoingObject;
import org.archipelago.node.retrieve.Retrieval;

/** One C-STORE sub-operation: in the stored transfer syntax where the receiver takes it, else decoded. */
final class InstanceSender {
    private static final System.Logger LOG = System.getLogger(InstanceSender.class.getName());
    static final List<TransferSyntaxUid> UNCOMPRESSED = List.of(
            TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN,
            TransferSyntaxUid.IMPLICIT_VR_LITTLE_ENDIAN,
            TransferSyntaxUid.EXPLICIT_VR_BIG_ENDIAN);

    private final Retrieval retrieval;
    private final AssociationMetrics metrics;

    InstanceSender(Retrieval retrieval, AssociationMetrics metrics) {
        this.retrieval = retrieval;
        this.metrics = metrics;
    }

    /**
     * Sends and counts.
     *
     * @param contexts those in which the receiver may be sent to
     * @throws IOException the association is over; the sub-operation is counted as failed
     */
    void send(
            HeldInstance instance,
            RawStorageSender sender,
            List<AcceptedContext> contexts,
            Optional<MoveOriginator> originator,
            SubOperations counts,
            StudyAccesses accesses)
            throws IOException {
        accesses.begin(instance.study());
        boolean counted = false;
        try {
            RawStorageSender.Result result = transfer(instance, sender, contexts, originator);
            counted = true;
            if (result.isSuccess() || result.isWarning()) {
                accesses.sent(instance.study(), result.bytes());
                metrics.objectSent(result.bytes());
                if (result.isSuccess()) {
                    counts.completed();
                } else {
                    counts.warned();
                }
            } else {
                LOG.log(System.Logger.Level.INFO, "a receiver refused an instance with status {0}", hex(result));
                fail(instance, counts, accesses);
            }
        } catch (ArchiveException e) {
            counted = true;
            LOG.log(System.Logger.Level.INFO, "an instance was not sent: {0}", e.getMessage());
            fail(instance, counts, accesses);
        } finally {
            if (!counted) {
                fail(instance, counts, accesses);
            }
        }
    }

    private static String hex(RawStorageSender.Result result) {
        return Integer.toHexString(result.status());
    }

    private static void fail(HeldInstance instance, SubOperations counts, StudyAccesses accesses) {
        counts.failed(instance.current().sopInstanceUid());
        accesses.failed(instance.study());
    }

    private RawStorageSender.Result transfer(
            HeldInstance instance,
            RawStorageSender sender,
            List<AcceptedContext> contexts,
            Optional<MoveOriginator> originator)
            throws IOException {
        String sopClass = instance.current().sopClassUid().value();
        List<AcceptedContext> usable = contexts.stream()
                .filter(c -> c.abstractSyntax().equals(sopClass))
                .toList();
        if (usable.isEmpty()) {
            throw new ArchiveException(ArchiveError.SOP_CLASS_NOT_SUPPORTED, "SOP Class at the receiver");
        }
        try (OutgoingObject object = retrieval.open(instance, accepted(instance, usable))) {
            String syntax = object.transferSyntax().value();
            AcceptedContext context = usable.stream()
                    .filter(c -> c.transferSyntax().equals(syntax))
                    .findFirst()
                    .orElseThrow(() -> new ArchiveException(ArchiveError.TRANSCODING_FAILED, "transfer syntax"));
            return sender.send(
                    context,
                    object.sopClassUid().value(),
                    object.sopInstanceUid().value(),
                    object::writeTo,
                    originator);
        }
    }

    /** The stored syntax first, then uncompressed ones, little endian and explicit before others. */
    private static List<TransferSyntaxUid> accepted(HeldInstance instance, List<AcceptedContext> contexts) {
        TransferSyntaxUid stored = instance.current().transferSyntax();
        List<TransferSyntaxUid> syntaxes = new ArrayList<>(contexts.stream()
                .map(c -> new TransferSyntaxUid(c.transferSyntax()))
                .distinct()
                .toList());
        syntaxes.sort(Comparator.comparingInt(s -> rank(s, stored)));
        return syntaxes;
    }

    private static int rank(TransferSyntaxUid syntax, TransferSyntaxUid stored) {
        if (syntax.equals(stored)) {
            return -1;
        }
        int at = UNCOMPRESSED.indexOf(syntax);
        return at < 0 ? UNCOMPRESSED.size() : at;
    }
}
