package org.archipelago.acceptance;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.archipelago.acceptance.RawAssociation.Message;
import org.archipelago.acceptance.RawAssociation.Proposal;
import org.jspecify.annotations.Nullable;

/** C-GET and C-MOVE of whole studies (PS3.7 §9.1.3, §9.1.4), in any transfer syntax and of any SOP Class. */
final class RawRetrieveScu {
    private static final String GET = "1.2.840.10008.5.1.4.1.2.2.3";
    private static final String MOVE = "1.2.840.10008.5.1.4.1.2.2.2";

    private final int port;
    private final String called;

    RawRetrieveScu(int port) {
        this(port, NodeProcess.TITLE);
    }

    /** @param called the AE title that is asked */
    RawRetrieveScu(int port, String called) {
        this.port = port;
        this.called = called;
    }

    /** How it ended, and for C-GET what came. */
    record Retrieved(int status, int completed, int failed, List<DicomFile> files) {}

    /** @param expected what the studies hold: their classes and syntaxes are proposed, and no others */
    Retrieved get(List<String> studies, List<DicomFile> expected) throws IOException {
        return get(studies, expected, null);
    }

    /** As {@link #get}, but the data sets, of any length, are written one after another as they come, and no files are given. */
    Retrieved getInto(OutputStream datasets, List<DicomFile> expected) throws IOException {
        return get(expected.stream().map(DicomFile::studyInstance).distinct().toList(), expected, datasets);
    }

    private Retrieved get(List<String> studies, List<DicomFile> expected, @Nullable OutputStream into)
            throws IOException {
        List<Proposal> proposals = Stream.concat(
                        Stream.of(new Proposal(GET, DicomFile.IMPLICIT)),
                        expected.stream().map(Proposal::of))
                .distinct()
                .toList();
        List<byte[]> roles = expected.stream()
                .map(DicomFile::sopClass)
                .distinct()
                .map(RawRetrieveScu::receiverRole)
                .toList();
        try (RawAssociation association = RawAssociation.request(port, "RAW", called, proposals, roles)) {
            ask(association, GET, RawCommand.of(RawCommand.C_GET), studies);
            return untilTheEnd(association, into);
        }
    }

    Retrieved move(String destination, List<String> studies) throws IOException {
        try (RawAssociation association = RawAssociation.request(
                port, "RAW", called, List.of(new Proposal(MOVE, DicomFile.IMPLICIT)), List.of())) {
            ask(
                    association,
                    MOVE,
                    RawCommand.of(RawCommand.C_MOVE).title(RawCommand.MOVE_DESTINATION, destination),
                    studies);
            return untilTheEnd(association, null);
        }
    }

    private static void ask(RawAssociation association, String model, RawCommand request, List<String> studies)
            throws IOException {
        ByteArrayOutputStream identifier = new ByteArrayOutputStream();
        RawCommand.element(identifier, 0x0008, 0x0052, ascii("STUDY "));
        String uids = String.join("\\", studies);
        RawCommand.element(identifier, 0x0020, 0x000D, ascii(uids.length() % 2 == 0 ? uids : uids + "\0"));
        association.send(
                Objects.requireNonNull(association.context(new Proposal(model, DicomFile.IMPLICIT)), model),
                request.withDataset()
                        .uid(RawCommand.AFFECTED_SOP_CLASS, model)
                        .number(RawCommand.MESSAGE_ID, 1)
                        .number(RawCommand.PRIORITY, 0)
                        .encoded(),
                identifier.toByteArray());
    }

    private static Retrieved untilTheEnd(RawAssociation association, @Nullable OutputStream into) throws IOException {
        List<DicomFile> files = new ArrayList<>();
        while (true) {
            Message message = into == null ? association.receive() : association.receive(into);
            if (message == null) {
                throw new IOException("released in the middle of a retrieval");
            }
            RawCommand command = message.command();
            if (command.number(RawCommand.FIELD) == RawCommand.C_STORE) {
                if (into == null) {
                    files.add(RawStoreScp.file(message));
                }
                association.send(message.context(), RawStoreScp.success(message));
            } else if (command.number(RawCommand.STATUS) != RawCommand.PENDING) {
                return new Retrieved(
                        command.number(RawCommand.STATUS),
                        command.number(RawCommand.COMPLETED),
                        command.number(RawCommand.FAILED),
                        files);
            }
        }
    }

    /** SCP/SCU Role Selection: the requestor takes objects of this class (PS3.7 §D.3.3.4). */
    private static byte[] receiverRole(String sopClass) {
        byte[] uid = ascii(sopClass);
        return RawAssociation.userItem(
                0x54,
                ByteBuffer.allocate(uid.length + 4)
                        .putShort((short) uid.length)
                        .put(uid)
                        .put((byte) 0)
                        .put((byte) 1)
                        .array());
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
