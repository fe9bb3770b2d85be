package org.archipelago.acceptance;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.archipelago.acceptance.RawAssociation.Message;
import org.archipelago.acceptance.RawAssociation.Proposal;

/** C-FIND of the Study Root model at the study level (PS3.7 §9.1.2, PS3.4 §C.4.1), many on one association. */
final class RawFindScu implements AutoCloseable {
    private static final Proposal STUDY_ROOT = new Proposal("1.2.840.10008.5.1.4.1.2.2.1", DicomFile.IMPLICIT);
    private static final int C_FIND = 0x0020;
    private static final int PENDING_WITH_WARNING = 0xFF01;

    private final RawAssociation association;
    private int messageId;

    RawFindScu(int port, String calling, String called) throws IOException {
        association = RawAssociation.request(port, calling, called, List.of(STUDY_ROOT), List.of());
    }

    /** Identifiers of the matches, in Implicit VR, with Number of Study Related Instances in each. */
    List<byte[]> studiesOfPatient(String patientId) throws IOException {
        ByteArrayOutputStream identifier = new ByteArrayOutputStream();
        RawCommand.element(identifier, 0x0008, 0x0052, ascii("STUDY "));
        RawCommand.element(
                identifier, 0x0010, 0x0020, ascii(patientId.length() % 2 == 0 ? patientId : patientId + " "));
        RawCommand.element(identifier, 0x0020, 0x000D, new byte[0]);
        RawCommand.element(identifier, 0x0020, 0x1208, new byte[0]);
        messageId = messageId % 0xFFFF + 1;
        association.send(
                Objects.requireNonNull(association.context(STUDY_ROOT), "no context for C-FIND"),
                RawCommand.of(C_FIND)
                        .withDataset()
                        .uid(RawCommand.AFFECTED_SOP_CLASS, STUDY_ROOT.abstractSyntax())
                        .number(RawCommand.MESSAGE_ID, messageId)
                        .number(RawCommand.PRIORITY, 0)
                        .encoded(),
                identifier.toByteArray());
        List<byte[]> matches = new ArrayList<>();
        while (true) {
            Message message = association.receive();
            if (message == null) {
                throw new IOException("released in the middle of a query");
            }
            int status = message.command().number(RawCommand.STATUS);
            if (status == RawCommand.PENDING || status == PENDING_WITH_WARNING) {
                matches.add(message.dataset());
            } else if (status == 0) {
                return matches;
            } else {
                throw new IOException("C-FIND ended with %04XH".formatted(status));
            }
        }
    }

    @Override
    public void close() throws IOException {
        association.close();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
