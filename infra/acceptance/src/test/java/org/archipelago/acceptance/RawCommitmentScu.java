package org.archipelago.acceptance;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.archipelago.acceptance.RawAssociation.Context;
import org.archipelago.acceptance.RawAssociation.Message;
import org.archipelago.acceptance.RawAssociation.Proposal;

/** Storage Commitment Push Model as SCU (PS3.4 Annex J), the report taken on the same association. */
final class RawCommitmentScu {
    /** Event type of a report without failures. */
    static final int ALL_COMMITTED = 1;

    private static final String PUSH_MODEL = "1.2.840.10008.1.20.1";
    private static final String WELL_KNOWN_INSTANCE = "1.2.840.10008.1.20.1.1";

    private RawCommitmentScu() {}

    /** Asks for it and waits for the report. @return its event type */
    static int commit(int port, String title, List<DicomFile> objects) throws IOException {
        Proposal proposal = new Proposal(PUSH_MODEL, DicomFile.IMPLICIT);
        try (RawAssociation association =
                RawAssociation.request(port, title, NodeProcess.TITLE, List.of(proposal), List.of())) {
            Context context = Objects.requireNonNull(association.context(proposal), "no storage commitment");
            association.send(context, action(), request(objects));
            Message response = next(association);
            if (response.command().number(RawCommand.STATUS) != 0) {
                throw new IOException(
                        "N-ACTION was refused with " + response.command().number(RawCommand.STATUS));
            }
            Message report = next(association);
            association.send(context, acknowledgement(report));
            return report.command().number(RawCommand.EVENT_TYPE);
        }
    }

    private static Message next(RawAssociation association) throws IOException {
        Message message = association.receive();
        if (message == null) {
            throw new IOException("released before the report");
        }
        return message;
    }

    private static byte[] action() {
        return RawCommand.of(RawCommand.N_ACTION)
                .withDataset()
                .uid(RawCommand.REQUESTED_SOP_CLASS, PUSH_MODEL)
                .number(RawCommand.MESSAGE_ID, 1)
                .uid(RawCommand.REQUESTED_SOP_INSTANCE, WELL_KNOWN_INSTANCE)
                .number(RawCommand.ACTION_TYPE, 1)
                .encoded();
    }

    private static byte[] acknowledgement(Message report) {
        return RawCommand.of(RawCommand.N_EVENT_REPORT | RawCommand.RESPONSE)
                .uid(RawCommand.AFFECTED_SOP_CLASS, PUSH_MODEL)
                .number(RawCommand.RESPONDED_TO, report.command().number(RawCommand.MESSAGE_ID))
                .number(RawCommand.STATUS, 0)
                .uid(RawCommand.AFFECTED_SOP_INSTANCE, WELL_KNOWN_INSTANCE)
                .number(RawCommand.EVENT_TYPE, report.command().number(RawCommand.EVENT_TYPE))
                .encoded();
    }

    private static byte[] request(List<DicomFile> objects) {
        ByteArrayOutputStream items = new ByteArrayOutputStream();
        for (DicomFile object : objects) {
            ByteArrayOutputStream item = new ByteArrayOutputStream();
            RawCommand.element(item, 0x0008, 0x1150, uid(object.sopClass()));
            RawCommand.element(item, 0x0008, 0x1155, uid(object.sopInstance()));
            RawCommand.element(items, 0xFFFE, 0xE000, item.toByteArray());
        }
        ByteArrayOutputStream dataset = new ByteArrayOutputStream();
        RawCommand.element(
                dataset,
                0x0008,
                0x1195,
                uid("2.25." + Math.abs(objects.getFirst().sopInstance().hashCode())));
        RawCommand.element(dataset, 0x0008, 0x1199, items.toByteArray());
        return dataset.toByteArray();
    }

    private static byte[] uid(String uid) {
        return (uid.length() % 2 == 0 ? uid : uid + "\0").getBytes(StandardCharsets.US_ASCII);
    }
}
