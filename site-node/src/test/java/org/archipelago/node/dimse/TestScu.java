package org.archipelago.node.dimse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.association.AcceptedContext;
import org.archipelago.node.association.Association;
import org.archipelago.node.association.AssociationRequestor;
import org.archipelago.node.association.CommandField;
import org.archipelago.node.association.CommandSet;
import org.archipelago.node.association.DimseMessage;
import org.archipelago.node.association.ProposedContext;
import org.archipelago.node.association.RoleSelection;

/** An SCU for what the tests ask: echo, find, move, get, commitment. */
final class TestScu implements AutoCloseable {
    static final String EXPLICIT = TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN.value();
    static final String IMPLICIT = TransferSyntaxUid.IMPLICIT_VR_LITTLE_ENDIAN.value();

    final Association association;
    private final MinimalCodec codec = new MinimalCodec();

    TestScu(Association association) {
        this.association = association;
    }

    record Answer(CommandSet command, Optional<AttributeSet> data) {
        int status() {
            return command.status();
        }
    }

    static AssociationRequestor.Proposal proposal(int port, String... abstractSyntaxes) {
        List<ProposedContext> contexts = new ArrayList<>();
        for (String abstractSyntax : abstractSyntaxes) {
            contexts.add(new ProposedContext(2 * contexts.size() + 1, abstractSyntax, List.of(EXPLICIT, IMPLICIT)));
        }
        return AssociationRequestor.Proposal.of(TestNode.HOST, port, TestNode.SCU, TestNode.NODE, contexts);
    }

    static TestScu open(int port, String... abstractSyntaxes) throws IOException {
        return new TestScu(AssociationRequestor.open(proposal(port, abstractSyntaxes), TestNode.LIMITS));
    }

    static TestScu openForGet(int port, String... storageClasses) throws IOException {
        List<String> all = new ArrayList<>(List.of(SopClasses.STUDY_ROOT_GET));
        all.addAll(List.of(storageClasses));
        List<RoleSelection> roles = List.of(storageClasses).stream()
                .map(c -> new RoleSelection(c, false, true))
                .toList();
        return new TestScu(AssociationRequestor.open(
                proposal(port, all.toArray(String[]::new)).withRoles(roles), TestNode.LIMITS));
    }

    static AttributeSet keys(String level, Object... tagsAndValues) {
        Map<Integer, Attribute> keys = new TreeMap<>();
        keys.put(0x00080052, new Attribute(Vr.CS, List.of(new Value.Text(level))));
        for (int i = 0; i < tagsAndValues.length; i += 2) {
            int tag = (Integer) tagsAndValues[i];
            String text = (String) tagsAndValues[i + 1];
            Vr vr = (tag >>> 16) == 0x0020 || tag == 0x00080018 ? Vr.UI : Vr.LO;
            List<Value> values = new ArrayList<>();
            if (!text.isEmpty()) {
                for (String part : text.split("\\\\")) {
                    values.add(new Value.Text(part));
                }
            }
            keys.put(tag, new Attribute(vr, values));
        }
        return AttributeSet.of(keys);
    }

    AcceptedContext context(String abstractSyntax) {
        return association.contexts().stream()
                .filter(c -> c.abstractSyntax().equals(abstractSyntax))
                .findFirst()
                .orElseThrow();
    }

    int request(int commandField, String sopClass, AttributeSet identifier, Optional<String> destination)
            throws IOException {
        int messageId = association.nextMessageId();
        CommandSet.Builder command = CommandSet.of(commandField)
                .uid(CommandSet.AFFECTED_SOP_CLASS_UID, sopClass)
                .us(CommandSet.MESSAGE_ID, messageId)
                .us(CommandSet.PRIORITY, 0);
        destination.ifPresent(d -> command.text(CommandSet.MOVE_DESTINATION, d));
        AcceptedContext context = context(sopClass);
        byte[] bytes = codec.encode(identifier, new TransferSyntaxUid(context.transferSyntax()));
        association.send(context.id(), command.build(), out -> out.write(bytes));
        return messageId;
    }

    int requestCommitment(AttributeSet request) throws IOException {
        int messageId = association.nextMessageId();
        AcceptedContext context = context(SopClasses.STORAGE_COMMITMENT);
        byte[] bytes = codec.encode(request, new TransferSyntaxUid(context.transferSyntax()));
        association.send(
                context.id(),
                CommandSet.of(CommandField.N_ACTION_RQ)
                        .uid(CommandSet.REQUESTED_SOP_CLASS_UID, SopClasses.STORAGE_COMMITMENT)
                        .us(CommandSet.MESSAGE_ID, messageId)
                        .uid(CommandSet.REQUESTED_SOP_INSTANCE_UID, SopClasses.STORAGE_COMMITMENT_INSTANCE)
                        .us(CommandSet.ACTION_TYPE_ID, 1)
                        .build(),
                out -> out.write(bytes));
        return messageId;
    }

    Answer next() throws IOException {
        DimseMessage message = association.receive().orElseThrow();
        return new Answer(message.command(), data(message));
    }

    private Optional<AttributeSet> data(DimseMessage message) {
        return message.data().map(in -> {
            try {
                return codec.decode(
                        in.readAllBytes(),
                        new TransferSyntaxUid(message.context().transferSyntax()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** All answers to the last; keeps C-GET's instances. */
    List<Answer> allAnswers(Map<String, byte[]> received) throws IOException {
        List<Answer> answers = new ArrayList<>();
        while (true) {
            DimseMessage message = association.receive().orElseThrow();
            if (message.command().commandField() == CommandField.C_STORE_RQ) {
                received.put(
                        message.command()
                                .text(CommandSet.AFFECTED_SOP_INSTANCE_UID)
                                .orElseThrow(),
                        message.data().orElseThrow().readAllBytes());
                association.send(
                        message.context().id(), message.command().response(0).build());
                continue;
            }
            answers.add(new Answer(message.command(), data(message)));
            if ((message.command().status() & 0xFF00) != 0xFF00) {
                return answers;
            }
        }
    }

    List<Answer> allAnswers() throws IOException {
        return allAnswers(new TreeMap<>());
    }

    void cancel(String sopClass, int messageId) throws IOException {
        association.send(
                context(sopClass).id(),
                CommandSet.of(CommandField.C_CANCEL_RQ)
                        .us(CommandSet.MESSAGE_ID_BEING_RESPONDED_TO, messageId)
                        .build());
    }

    Answer echo() throws IOException {
        association.send(
                context(SopClasses.VERIFICATION).id(),
                CommandSet.of(CommandField.C_ECHO_RQ)
                        .uid(CommandSet.AFFECTED_SOP_CLASS_UID, SopClasses.VERIFICATION)
                        .us(CommandSet.MESSAGE_ID, association.nextMessageId())
                        .build());
        return next();
    }

    @Override
    public void close() throws IOException {
        association.release();
    }
}
