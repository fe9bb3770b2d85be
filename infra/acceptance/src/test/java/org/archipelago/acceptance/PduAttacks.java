package org.archipelago.acceptance;

import static org.archipelago.acceptance.HostilePeer.COMMAND;
import static org.archipelago.acceptance.HostilePeer.DATA;
import static org.archipelago.acceptance.HostilePeer.LAST;
import static org.archipelago.acceptance.HostilePeer.REQUEST;
import static org.archipelago.acceptance.HostilePeer.SECONDARY_CAPTURE;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** Lies and floods below the data set: PDUs, items, PDVs, command sets, associations. */
final class PduAttacks {
    private static final int ANYTHING = 0x60;
    private static final int DROPPED = 3000;

    private PduAttacks() {}

    static List<Attack> all() {
        return List.of(
                raw("pdu-length-of-4-gib", HostilePeer.pdu(REQUEST, 0xFFFFFFFFL, new byte[100])),
                raw("pdu-length-never-sent", HostilePeer.pdu(REQUEST, 200_000, new byte[100])),
                raw("pdu-of-no-type", HostilePeer.pdu(0x47, 4, new byte[4])),
                raw("http-on-the-dicom-port", HostilePeer.ascii("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")),
                raw(
                        "associate-item-longer-than-the-pdu",
                        HostilePeer.request(new byte[] {0x20, 0, (byte) 0xFF, (byte) 0xFF, 1})),
                raw(
                        "associate-200-contexts",
                        HostilePeer.request(contexts(200), HostilePeer.userInformation(new byte[0]))),
                raw(
                        "associate-50000-items",
                        HostilePeer.request(repeated(HostilePeer.item(ANYTHING, new byte[0]), 50_000))),
                raw("associate-20000-transfer-syntaxes", HostilePeer.request(manySyntaxes(20_000))),
                raw("associate-user-information-of-1-mb", HostilePeer.request(hugeUserInformation())),
                associated("data-pdu-length-of-2-gib", HostilePeer.pdu(DATA, 0x7FFFFFFF, new byte[100])),
                associated(
                        "pdv-longer-than-its-pdu",
                        HostilePeer.pdu(DATA, 20, HostilePeer.pdv(0x7FFFFFF0, 1, COMMAND, new byte[14]))),
                associated("pdv-of-no-length", HostilePeer.pdu(DATA, 6, HostilePeer.pdv(0, 1, COMMAND, new byte[0]))),
                associated(
                        "pdv-of-an-unknown-context",
                        HostilePeer.data(
                                99,
                                COMMAND | LAST,
                                RawCommand.of(RawCommand.C_STORE).encoded())),
                associated("data-before-a-command", HostilePeer.data(1, LAST, new byte[100])),
                associated("command-set-without-end", repeated(HostilePeer.data(1, COMMAND, new byte[10_000]), 20)),
                associated("command-element-length-of-4-gib", HostilePeer.data(1, COMMAND | LAST, element(0xFFFFFFFE))),
                associated("command-element-length-of-2-gib", HostilePeer.data(1, COMMAND | LAST, element(0x7FFFFFFE))),
                Attack.of("associations-dropped-midway", PduAttacks::droppedMidway));
    }

    private static Attack raw(String name, byte[] bytes) {
        return Attack.of(name, node -> {
            try (HostilePeer peer = HostilePeer.connected(node)) {
                return peer.send(bytes).refusal();
            }
        });
    }

    private static Attack associated(String name, byte[] bytes) {
        return Attack.of(name, node -> {
            try (HostilePeer peer = HostilePeer.associated(node, SECONDARY_CAPTURE, DicomFile.EXPLICIT)) {
                return peer.send(bytes).refusal();
            }
        });
    }

    private static byte[] contexts(int count) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            all.writeBytes(HostilePeer.context(2 * i + 1 & 0xFF, SECONDARY_CAPTURE, DicomFile.EXPLICIT));
        }
        return all.toByteArray();
    }

    private static byte[] manySyntaxes(int count) {
        byte[] syntaxes = repeated(HostilePeer.item(0x40, new byte[0]), Math.min(count, 16_000));
        return HostilePeer.joined(
                HostilePeer.item(0x20, HostilePeer.joined(new byte[] {1, 0, 0, 0}, syntaxes)),
                HostilePeer.item(0x20, HostilePeer.joined(new byte[] {3, 0, 0, 0}, syntaxes)));
    }

    private static byte[] hugeUserInformation() {
        byte[] negotiation = HostilePeer.item(0x56, new byte[60_000]);
        return repeated(HostilePeer.userInformation(negotiation), 17);
    }

    private static byte[] repeated(byte[] piece, int times) {
        byte[] all = new byte[piece.length * times];
        for (int i = 0; i < times; i++) {
            System.arraycopy(piece, 0, all, i * piece.length, piece.length);
        }
        return all;
    }

    /** Command Field, with a length that lies. */
    private static byte[] element(int length) {
        return ByteBuffer.allocate(10)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .putShort((short) 0)
                .putShort((short) RawCommand.FIELD)
                .putInt(length)
                .putShort((short) 1)
                .array();
    }

    /** A third in the request, a third associated, a third within an object. What they held must be free again. */
    private static String droppedMidway(NodeProcess node) throws IOException {
        byte[] request = HostilePeer.request(contexts(100), HostilePeer.userInformation(new byte[0]));
        byte[] begun = new byte[30_000];
        for (int i = 0; i < DROPPED; i++) {
            HostilePeer peer = i % 3 == 0
                    ? HostilePeer.connected(node).send(Arrays.copyOf(request, request.length / 2))
                    : HostilePeer.associated(node, SECONDARY_CAPTURE, DicomFile.EXPLICIT);
            if (i % 3 == 2) {
                peer.send(HostilePeer.data(1, COMMAND | LAST, storeCommand()), HostilePeer.data(1, 0, begun));
            }
            peer.drop();
        }
        long deadline = System.nanoTime() + 10_000_000_000L;
        double open = open(node);
        while (open > 2 && System.nanoTime() < deadline) { // the good peer has some
            open = open(node);
        }
        if (open > 2) {
            throw new AssertionError(open + " associations are still open");
        }
        return DROPPED + " dropped, none left open";
    }

    private static byte[] storeCommand() {
        return RawCommand.of(RawCommand.C_STORE)
                .withDataset()
                .uid(RawCommand.AFFECTED_SOP_CLASS, SECONDARY_CAPTURE)
                .number(RawCommand.MESSAGE_ID, 1)
                .number(RawCommand.PRIORITY, 0)
                .uid(RawCommand.AFFECTED_SOP_INSTANCE, "2.25.1")
                .encoded();
    }

    private static double open(NodeProcess node) {
        return HostileMemory.metric(node, "archipelago_associations_open");
    }
}
