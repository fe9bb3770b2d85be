package org.archipelago.acceptance;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.archipelago.acceptance.RawAssociation.Proposal;

/** Sends data sets byte for byte over C-STORE (PS3.7 §9.1.1), whatever is in them; what no toolkit does. */
final class RawStoreScu implements AutoCloseable {
    private final RawAssociation association;
    private int messageId;

    /** What came back. The status of PS3.7 Annex C; the comment is (0000,0902). */
    record Response(int status, String comment) {
        boolean isSuccess() {
            return status == 0 || (status & 0xF000) == 0xB000;
        }

        String hex() {
            return "%04XH".formatted(status);
        }
    }

    RawStoreScu(int port, String calling, String called, List<DicomFile> toSend) throws IOException {
        association = RawAssociation.request(
                port,
                calling,
                called,
                toSend.stream().map(Proposal::of).toList(),
                toSend.stream()
                        .map(DicomFile::sopClass)
                        .distinct()
                        .map(RawStoreScu::storageClass)
                        .toList());
    }

    /** Whether the peer took the class and syntax of the file. */
    boolean accepts(DicomFile file) {
        return association.context(Proposal.of(file)) != null;
    }

    Response store(DicomFile file) throws IOException {
        return store(file, file.sopInstance());
    }

    /** @param announced the Affected SOP Instance UID, which may be another than the data set's */
    Response store(DicomFile file, String announced) throws IOException {
        association.send(context(file), command(file, announced), file.dataset());
        return response();
    }

    /** Sends a data set of any length in place of the file's own. */
    Response store(DicomFile facts, InputStream dataset) throws IOException {
        association.send(context(facts), command(facts, facts.sopInstance()), dataset);
        return response();
    }

    @Override
    public void close() throws IOException {
        association.close();
    }

    /** Waits, sending nothing, for the end that the peer makes. */
    RawAssociation.Ending awaitEnding() throws IOException {
        return association.awaitEnding();
    }

    /** Breaks the connection without a word. */
    void abandon() throws IOException {
        association.abandon();
    }

    private RawAssociation.Context context(DicomFile file) {
        return Objects.requireNonNull(association.context(Proposal.of(file)), "no context for " + file.name());
    }

    private byte[] command(DicomFile file, String announced) {
        messageId = messageId % 0xFFFF + 1;
        return RawCommand.of(RawCommand.C_STORE)
                .withDataset()
                .uid(RawCommand.AFFECTED_SOP_CLASS, file.sopClass())
                .number(RawCommand.MESSAGE_ID, messageId)
                .number(RawCommand.PRIORITY, 0)
                .uid(RawCommand.AFFECTED_SOP_INSTANCE, announced)
                .encoded();
    }

    private Response response() throws IOException {
        RawAssociation.Message message = association.receive();
        if (message == null || message.command().number(RawCommand.STATUS) < 0) {
            throw new IOException("no response with a status");
        }
        return new Response(
                message.command().number(RawCommand.STATUS), message.command().text(RawCommand.ERROR_COMMENT));
    }

    /** SOP Class Common Extended Negotiation: this class is a storage class (PS3.7 §D.3.3.6). */
    private static byte[] storageClass(String sopClass) {
        byte[] uid = sopClass.getBytes(StandardCharsets.US_ASCII);
        byte[] storage = "1.2.840.10008.4.2".getBytes(StandardCharsets.US_ASCII);
        return RawAssociation.userItem(
                0x57,
                ByteBuffer.allocate(uid.length + storage.length + 6)
                        .putShort((short) uid.length)
                        .put(uid)
                        .putShort((short) storage.length)
                        .put(storage)
                        .putShort((short) 0)
                        .array());
    }
}
