package org.archipelago.acceptance;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Sends data sets byte for byte over C-STORE (PS3.7 §9.1.1, PS3.8 §9.3), whatever is in them; what no toolkit does.
 * Written apart from the node's own association layer, so that both cannot be wrong alike.
 */
final class RawStoreScu implements AutoCloseable {
    private static final int MAX_CONTEXTS = 128;
    private static final int PDU_LENGTH = 65_536;
    private static final int TIMEOUT_MS = 60_000;

    private final Socket socket = new Socket();
    private final DataInputStream in;
    private final DataOutputStream out;
    private final Map<String, Integer> contexts = new LinkedHashMap<>();
    private final Map<Integer, Integer> results = new LinkedHashMap<>();
    private int maxPduLength = PDU_LENGTH;
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
        for (DicomFile file : toSend) {
            contexts.computeIfAbsent(context(file), _ -> contexts.size() * 2 + 1);
        }
        if (contexts.size() > MAX_CONTEXTS) {
            throw new IllegalArgumentException(contexts.size() + " presentation contexts");
        }
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MS);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MS);
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(socket.getOutputStream());
        associate(calling, called, toSend);
    }

    /** Whether the peer took the class and syntax of the file. */
    boolean accepts(DicomFile file) {
        return results.getOrDefault(contexts.get(context(file)), -1) == 0;
    }

    Response store(DicomFile file) throws IOException {
        int context = contexts.get(context(file));
        messageId = messageId % 0xFFFF + 1;
        send(context, true, command(file));
        send(context, false, file.dataset());
        out.flush();
        return response();
    }

    @Override
    public void close() throws IOException {
        try (socket) {
            out.write(new byte[] {5, 0, 0, 0, 0, 4, 0, 0, 0, 0});
            out.flush();
            if (in.read() != 6) {
                throw new IOException("no A-RELEASE-RP");
            }
        }
    }

    /** Breaks the connection without a word. */
    void abandon() throws IOException {
        socket.close();
    }

    private static String context(DicomFile file) {
        return file.sopClass() + "\n" + file.transferSyntax();
    }

    private void associate(String calling, String called, List<DicomFile> toSend) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(new byte[] {0, 1, 0, 0});
        body.writeBytes("%-16s%-16s".formatted(called, calling).getBytes(StandardCharsets.US_ASCII));
        body.writeBytes(new byte[32]);
        item(body, 0x10, ascii("1.2.840.10008.3.1.1.1"));
        contexts.forEach((key, id) -> {
            String[] parts = key.split("\n");
            ByteArrayOutputStream context = new ByteArrayOutputStream();
            context.writeBytes(new byte[] {(byte) (int) id, 0, 0, 0});
            item(context, 0x30, ascii(parts[0]));
            item(context, 0x40, ascii(parts[1]));
            item(body, 0x20, context.toByteArray());
        });
        ByteArrayOutputStream user = new ByteArrayOutputStream();
        item(user, 0x51, ByteBuffer.allocate(4).putInt(PDU_LENGTH).array());
        item(user, 0x52, ascii("2.25.171281387253801"));
        toSend.stream()
                .map(DicomFile::sopClass)
                .distinct()
                .forEach(sopClass -> item(user, 0x57, storageClass(sopClass)));
        item(body, 0x50, user.toByteArray());
        out.writeByte(1);
        out.writeByte(0);
        out.writeInt(body.size());
        body.writeTo(out);
        out.flush();
        readAcceptance();
    }

    /** SOP Class Common Extended Negotiation: this class is a storage class (PS3.7 §D.3.3.6). */
    private static byte[] storageClass(String sopClass) {
        byte[] uid = ascii(sopClass);
        byte[] storage = ascii("1.2.840.10008.4.2");
        return ByteBuffer.allocate(uid.length + storage.length + 6)
                .putShort((short) uid.length)
                .put(uid)
                .putShort((short) storage.length)
                .put(storage)
                .putShort((short) 0)
                .array();
    }

    private void readAcceptance() throws IOException {
        int type = in.readUnsignedByte();
        in.readByte();
        byte[] body = in.readNBytes(in.readInt());
        if (type != 2) {
            throw new IOException("association refused, PDU type " + type);
        }
        ByteBuffer buffer = ByteBuffer.wrap(body).position(68);
        while (buffer.remaining() >= 4) {
            int item = buffer.get();
            buffer.get();
            ByteBuffer value = buffer.slice(buffer.position() + 2, buffer.getShort(buffer.position()) & 0xFFFF);
            buffer.position(buffer.position() + 2 + value.limit());
            if (item == 0x21) {
                results.put(value.get(0) & 0xFF, value.get(2) & 0xFF);
            } else if (item == 0x50) {
                readUserInformation(value);
            }
        }
    }

    private void readUserInformation(ByteBuffer user) {
        while (user.remaining() >= 4) {
            int item = user.get();
            user.get();
            int length = user.getShort() & 0xFFFF;
            if (item == 0x51 && user.getInt(user.position()) > 0) {
                maxPduLength = Math.min(PDU_LENGTH, user.getInt(user.position()));
            }
            user.position(user.position() + length);
        }
    }

    private byte[] command(DicomFile file) {
        ByteArrayOutputStream set = new ByteArrayOutputStream();
        element(set, 0x0002, padded(file.sopClass()));
        element(set, 0x0100, number(1));
        element(set, 0x0110, number(messageId));
        element(set, 0x0700, number(0));
        element(set, 0x0800, number(0));
        element(set, 0x1000, padded(file.sopInstance()));
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        element(
                whole,
                0x0000,
                ByteBuffer.allocate(4)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(set.size())
                        .array());
        whole.writeBytes(set.toByteArray());
        return whole.toByteArray();
    }

    private void send(int context, boolean command, byte[] message) throws IOException {
        int room = maxPduLength - 6;
        int at = 0;
        do {
            int length = Math.min(room, message.length - at);
            boolean last = at + length == message.length;
            out.writeByte(4);
            out.writeByte(0);
            out.writeInt(length + 6);
            out.writeInt(length + 2);
            out.writeByte(context);
            out.writeByte((command ? 1 : 0) | (last ? 2 : 0));
            out.write(message, at, length);
            at += length;
        } while (at < message.length);
    }

    private Response response() throws IOException {
        ByteArrayOutputStream command = new ByteArrayOutputStream();
        boolean last = false;
        while (!last) {
            int type = in.readUnsignedByte();
            in.readByte();
            byte[] pdu = in.readNBytes(in.readInt());
            if (type != 4) {
                throw new IOException("association ended, PDU type " + type);
            }
            ByteBuffer buffer = ByteBuffer.wrap(pdu);
            while (buffer.remaining() >= 6) {
                int length = buffer.getInt() - 2;
                buffer.get();
                last = (buffer.get() & 2) != 0;
                command.write(pdu, buffer.position(), length);
                buffer.position(buffer.position() + length);
            }
        }
        return parse(command.toByteArray());
    }

    private static Response parse(byte[] command) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(command).order(ByteOrder.LITTLE_ENDIAN);
        int status = -1;
        String comment = "";
        while (buffer.remaining() >= 8) {
            buffer.getShort();
            int element = buffer.getShort() & 0xFFFF;
            int length = buffer.getInt();
            if (element == 0x0900) {
                status = buffer.getShort(buffer.position()) & 0xFFFF;
            } else if (element == 0x0902) {
                comment = new String(command, buffer.position(), length, StandardCharsets.US_ASCII).strip();
            }
            buffer.position(buffer.position() + length);
        }
        if (status < 0) {
            throw new IOException("a response without status");
        }
        return new Response(status, comment);
    }

    private static void item(ByteArrayOutputStream out, int type, byte[] value) {
        out.write(type);
        out.write(0);
        out.write(value.length >> 8);
        out.write(value.length);
        out.writeBytes(value);
    }

    private static void element(ByteArrayOutputStream out, int element, byte[] value) {
        out.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) 0)
                .putShort((short) element)
                .putInt(value.length)
                .array());
        out.writeBytes(value);
    }

    private static byte[] number(int value) {
        return new byte[] {(byte) value, (byte) (value >> 8)};
    }

    private static byte[] padded(String uid) {
        return ascii(uid.length() % 2 == 0 ? uid : uid + "\0");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
