package org.archipelago.node.dimse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.association.AcceptedContext;
import org.archipelago.node.association.AssociationMetrics;
import org.archipelago.node.association.DataWriter;
import org.archipelago.node.association.RawStorageSender;
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
     * Sends and counts what left as accessed, whatever the receiver answers. Whatever is wrong with the instance itself fails this sub-operation alone.
     *
     * @throws IOException the association is over; the sub-operation is counted as failed
     */
    void send(HeldInstance instance, Receiver receiver, SubOperations counts, StudyAccesses accesses)
            throws IOException {
        RawStorageSender.Result result;
        try {
            result = transfer(instance, receiver, (bytes, whole) -> accesses.left(instance.study(), bytes, whole));
        } catch (IOException e) {
            fail(instance, "association lost", counts);
            throw e;
        } catch (ArchiveException e) {
            LOG.log(System.Logger.Level.INFO, "an instance was not sent: {0}", e.getMessage());
            fail(instance, e.error() + ": " + e.subject(), counts);
            return;
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "an instance could not be sent", e);
            fail(instance, ArchiveError.INTERNAL.name(), counts);
            return;
        }
        settle(instance, result, counts, accesses);
    }

    private void settle(
            HeldInstance instance, RawStorageSender.Result result, SubOperations counts, StudyAccesses accesses) {
        if (!result.isSuccess() && !result.isWarning()) {
            String status = "%04XH".formatted(result.status());
            LOG.log(System.Logger.Level.INFO, "a receiver refused an instance with status {0}", status);
            fail(instance, status + " " + result.comment().orElse("from the receiver"), counts);
            return;
        }
        accesses.taken(instance.study());
        metrics.objectSent(result.bytes());
        if (result.isSuccess()) {
            counts.completed();
        } else {
            counts.warned();
        }
    }

    private static void fail(HeldInstance instance, String reason, SubOperations counts) {
        counts.failed(instance.current().sopInstanceUid(), reason);
    }

    private RawStorageSender.Result transfer(
            HeldInstance instance, Receiver receiver, RawStorageSender.Departure departure) throws IOException {
        List<AcceptedContext> usable =
                receiver.contexts(instance.current().sopClassUid().value());
        if (usable.isEmpty()) {
            throw new ArchiveException(ArchiveError.SOP_CLASS_NOT_SUPPORTED, "SOP Class at the receiver");
        }
        try (OutgoingObject object = retrieval.open(instance, accepted(instance, usable))) {
            String syntax = object.transferSyntax().value();
            AcceptedContext context = usable.stream()
                    .filter(c -> c.transferSyntax().equals(syntax))
                    .findFirst()
                    .orElseThrow(() -> new ArchiveException(ArchiveError.TRANSCODING_FAILED, "transfer syntax"));
            return receiver.sender()
                    .send(
                            context,
                            object.sopClassUid().value(),
                            object.sopInstanceUid().value(),
                            proven(object, receiver.proof()),
                            receiver.originator(),
                            departure);
        }
    }

    private static DataWriter proven(OutgoingObject object, Proof proof) {
        try {
            return proof.of(object);
        } catch (IOException e) {
            throw new UncheckedIOException("reading a stored object", e);
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
