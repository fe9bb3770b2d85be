package org.archipelago.acceptance;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A DICOM peer that sends whatever it is told to, and says what came back (PS3.8 §9.3). */
final class HostilePeer implements AutoCloseable {
    static final String SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7";
    static final String STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1";
    static final String COMMITMENT = "1.2.840.10008.1.20.1";
    static final int REQUEST = 1;
    static final int DATA = 4;
    /** Control header of a PDV (PS3.8 §E.2). */
    static final int COMMAND = 1;

    static final int LAST = 2;
    private static final int CONTEXT = 1;
    private static final int ANSWER_MS = 30_000;
    private static final int PIECE_BYTES = 60_000;

    private final Socket socket = new Socket();
    private final OutputStream out;
    private final DataInputStream in;

    private HostilePeer(int port) throws IOException {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), ANSWER_MS);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(ANSWER_MS);
        out = socket.getOutputStream();
        in = new DataInputStream(socket.getInputStream());
    }

    static HostilePeer connected(NodeProcess node) throws IOException {
        return new HostilePeer(node.dicomPort());
    }

    /** With one context, of id 1. */
    static HostilePeer associated(NodeProcess node, String abstractSyntax, String transferSyntax) throws IOException {
        HostilePeer peer = connected(node);
        peer.send(request(context(CONTEXT, abstractSyntax, transferSyntax), userInformation(new byte[0])));
        int type = peer.in.readUnsignedByte();
        peer.in.skipNBytes(1);
        peer.in.skipNBytes(peer.in.readInt());
        if (type != 2) {
            throw new IOException("no association, PDU type " + type);
        }
        return peer;
    }

    /** An A-ASSOCIATE-RQ with these items. */
    static byte[] request(byte[]... items) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(new byte[] {0, 1, 0, 0});
        body.writeBytes(ascii("%-16s%-16s".formatted(NodeProcess.TITLE, "HOSTILE")));
        body.writeBytes(new byte[32]);
        body.writeBytes(item(0x10, ascii("1.2.840.10008.3.1.1.1")));
        for (byte[] item : items) {
            body.writeBytes(item);
        }
        return pdu(REQUEST, body.size(), body.toByteArray());
    }

    static byte[] context(int id, String abstractSyntax, String transferSyntax) {
        return item(
                0x20,
                joined(
                        new byte[] {(byte) id, 0, 0, 0},
                        item(0x30, ascii(abstractSyntax)),
                        item(0x40, ascii(transferSyntax))));
    }

    static byte[] userInformation(byte[] more) {
        byte[] length = ByteBuffer.allocate(4).putInt(65_536).array();
        return item(0x50, joined(item(0x51, length), item(0x52, ascii("2.25.171281387253801")), more));
    }

    /** @param announced what its length field says */
    static byte[] pdu(int type, long announced, byte[] body) {
        return joined(
                ByteBuffer.allocate(6)
                        .put((byte) type)
                        .put((byte) 0)
                        .putInt((int) announced)
                        .array(),
                body);
    }

    static byte[] item(int type, byte[] value) {
        return joined(
                ByteBuffer.allocate(4)
                        .put((byte) type)
                        .put((byte) 0)
                        .putShort((short) value.length)
                        .array(),
                value);
    }

    /** A P-DATA-TF of one PDV. */
    static byte[] data(int context, int control, byte[] fragment) {
        return pdu(DATA, fragment.length + 6L, pdv(fragment.length + 2L, context, control, fragment));
    }

    /** @param announced what its length field says */
    static byte[] pdv(long announced, int context, int control, byte[] fragment) {
        return joined(
                ByteBuffer.allocate(6)
                        .putInt((int) announced)
                        .put((byte) context)
                        .put((byte) control)
                        .array(),
                fragment);
    }

    static byte[] joined(byte[]... pieces) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] piece : pieces) {
            all.writeBytes(piece);
        }
        return all.toByteArray();
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Sends; a node that has closed by now has refused, and that is read later. */
    HostilePeer send(byte[]... bytes) {
        try {
            for (byte[] piece : bytes) {
                out.write(piece);
            }
            out.flush();
        } catch (IOException closed) {
            // What the node said before it closed is still to be read.
        }
        return this;
    }

    HostilePeer store(String announced, byte[] dataset) {
        RawCommand command = RawCommand.of(RawCommand.C_STORE)
                .withDataset()
                .uid(RawCommand.AFFECTED_SOP_CLASS, SECONDARY_CAPTURE)
                .number(RawCommand.MESSAGE_ID, 1)
                .number(RawCommand.PRIORITY, 0)
                .uid(RawCommand.AFFECTED_SOP_INSTANCE, announced);
        return message(command, dataset);
    }

    HostilePeer message(RawCommand command, byte[] dataset) {
        send(data(CONTEXT, COMMAND | LAST, command.encoded()));
        for (int at = 0; at < dataset.length || at == 0; at += PIECE_BYTES) {
            int end = Math.min(dataset.length, at + PIECE_BYTES);
            send(data(CONTEXT, end == dataset.length ? LAST : 0, java.util.Arrays.copyOfRange(dataset, at, end)));
        }
        return this;
    }

    /** What came back. @throws AssertionError a success, an accepted association, or nothing in 30 s */
    String refusal() throws IOException {
        String answer = answer();
        if (answer.startsWith("success") || answer.equals("A-ASSOCIATE-AC")) {
            throw new AssertionError(answer);
        }
        return answer;
    }

    /** As {@link #refusal()}, where a success is also an answer. */
    String answer() throws IOException {
        try {
            int type = in.readUnsignedByte();
            in.skipNBytes(1);
            byte[] body = in.readNBytes(in.readInt());
            return switch (type) {
                case 2 -> "A-ASSOCIATE-AC";
                case 3 -> "A-ASSOCIATE-RJ %d/%d/%d".formatted(body[1], body[2], body[3]);
                case DATA -> status(body);
                case 7 -> "A-ABORT %d/%d".formatted(body[2], body[3]);
                default -> throw new AssertionError("PDU type " + type);
            };
        } catch (SocketTimeoutException e) {
            throw new AssertionError("no answer within " + ANSWER_MS + " ms");
        } catch (EOFException e) {
            return "closed";
        } catch (IOException e) {
            return "closed (" + e.getMessage() + ")";
        }
    }

    private static String status(byte[] body) {
        RawCommand command = RawCommand.parse(java.util.Arrays.copyOfRange(body, 6, body.length));
        int status = command.number(RawCommand.STATUS);
        boolean success = status == 0 || (status & 0xF000) == 0xB000 || status >= RawCommand.PENDING;
        return (success ? "success %04XH" : "status %04XH").formatted(status);
    }

    /** Sends no more: what the node waits for will not come. */
    HostilePeer end() {
        try {
            socket.shutdownOutput();
        } catch (IOException closed) {
            // By the node, already.
        }
        return this;
    }

    /** Breaks the connection without a word, with a reset. */
    void drop() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
