package org.archipelago.acceptance;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An association of PS3.8 §9.3, either side, that sends and takes messages byte for byte. Written apart from the node's own
 * association layer, so that both cannot be wrong alike.
 */
final class RawAssociation implements AutoCloseable {
    static final int MOST_CONTEXTS = 128;
    private static final int PDU_LENGTH = 65_536;
    private static final int TIMEOUT_MS = 60_000;
    private static final int REQUEST = 1;
    private static final int ACCEPT = 2;
    private static final int DATA = 4;
    private static final int RELEASE = 5;
    private static final int RELEASED = 6;
    private static final int ABORT = 7;
    private static final int FIXED_FIELDS = 68;

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final Map<Integer, Context> contexts = new LinkedHashMap<>();
    private int maxPduLength = PDU_LENGTH;

    /** @param accepted whether the peer takes it */
    record Context(int id, String abstractSyntax, String transferSyntax, boolean accepted) {}

    /** What is proposed: each pair of SOP Class and transfer syntax in a context of its own. */
    record Proposal(String abstractSyntax, String transferSyntax) {
        static Proposal of(DicomFile file) {
            return new Proposal(file.sopClass(), file.transferSyntax());
        }
    }

    /** A command and the data set that came with it, if any. */
    record Message(Context context, RawCommand command, byte[] dataset) {}

    private RawAssociation(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MS);
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), PDU_LENGTH + 6));
    }

    /** @param userItems items of the user information besides length and implementation (PS3.7 §D.3.3) */
    static RawAssociation request(
            int port, String calling, String called, List<Proposal> proposals, List<byte[]> userItems)
            throws IOException {
        List<Proposal> distinct = proposals.stream().distinct().toList();
        if (distinct.size() > MOST_CONTEXTS) {
            throw new IllegalArgumentException(distinct.size() + " presentation contexts");
        }
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MS);
        RawAssociation association = new RawAssociation(socket);
        association.associate(calling, called, distinct, userItems);
        return association;
    }

    /** Takes every context with the first of its transfer syntaxes. */
    static RawAssociation accept(Socket socket) throws IOException {
        RawAssociation association = new RawAssociation(socket);
        association.answer();
        return association;
    }

    /** The context in which the peer takes this class and syntax. */
    @Nullable
    Context context(Proposal proposal) {
        return contexts.values().stream()
                .filter(context -> context.accepted()
                        && context.abstractSyntax().equals(proposal.abstractSyntax())
                        && context.transferSyntax().equals(proposal.transferSyntax()))
                .findFirst()
                .orElse(null);
    }

    void send(Context context, byte[] command) throws IOException {
        write(context.id(), true, command);
        out.flush();
    }

    void send(Context context, byte[] command, byte[] dataset) throws IOException {
        write(context.id(), true, command);
        write(context.id(), false, dataset);
        out.flush();
    }

    /** A data set of any length, as the stream gives it. */
    void send(Context context, byte[] command, InputStream dataset) throws IOException {
        write(context.id(), true, command);
        byte[] piece = new byte[maxPduLength - 6];
        int length = dataset.readNBytes(piece, 0, piece.length);
        boolean last = false;
        while (!last) {
            byte[] following = dataset.readNBytes(1);
            last = following.length == 0;
            pdu(context.id(), false, last, piece, 0, length);
            if (!last) {
                piece[0] = following[0];
                length = 1 + dataset.readNBytes(piece, 1, piece.length - 1);
            }
        }
        out.flush();
    }

    /** The next message, or null when the peer released; the release has then been answered. */
    @Nullable
    Message receive() throws IOException {
        ByteArrayOutputStream dataset = new ByteArrayOutputStream();
        Message message = receive(dataset);
        return message == null ? null : new Message(message.context(), message.command(), dataset.toByteArray());
    }

    /** As {@link #receive()}, but the data set, of any length, is written as it comes, and the message's own is empty. */
    @Nullable
    Message receive(OutputStream dataset) throws IOException {
        ByteArrayOutputStream command = new ByteArrayOutputStream();
        boolean commandEnded = false;
        boolean ended = false;
        int contextId = 0;
        while (!ended) {
            int type = in.readUnsignedByte();
            in.readByte();
            byte[] pdu = in.readNBytes(in.readInt());
            if (type == RELEASE) {
                out.write(new byte[] {RELEASED, 0, 0, 0, 0, 4, 0, 0, 0, 0});
                out.flush();
                return null;
            }
            if (type != DATA) {
                throw new IOException("association ended, PDU type " + type);
            }
            ByteBuffer buffer = ByteBuffer.wrap(pdu);
            while (buffer.remaining() >= 6) {
                int length = buffer.getInt() - 2;
                contextId = buffer.get() & 0xFF;
                int control = buffer.get();
                boolean isCommand = (control & 1) != 0;
                (isCommand ? command : dataset).write(pdu, buffer.position(), length);
                buffer.position(buffer.position() + length);
                boolean last = (control & 2) != 0;
                if (last && isCommand) {
                    commandEnded = true;
                    ended = !RawCommand.parse(command.toByteArray()).hasDataset();
                } else if (last) {
                    ended = commandEnded;
                }
            }
        }
        return new Message(contexts.get(contextId), RawCommand.parse(command.toByteArray()), new byte[0]);
    }

    /** How a peer ends an association (PS3.8 §7.2 to §7.4). */
    enum Ending {
        RELEASED,
        ABORTED,
        /** Without a word. */
        BROKEN
    }

    /** Waits for the end that the peer makes while nothing is being sent; any other PDU is an error. */
    Ending awaitEnding() throws IOException {
        int type = in.read();
        if (type < 0) {
            return Ending.BROKEN;
        }
        in.readByte();
        in.skipNBytes(in.readInt());
        return switch (type) {
            case RELEASE -> Ending.RELEASED;
            case ABORT -> Ending.ABORTED;
            default -> throw new IOException("PDU type " + type + " instead of an end");
        };
    }

    @Override
    public void close() throws IOException {
        try (socket) {
            out.write(new byte[] {RELEASE, 0, 0, 0, 0, 4, 0, 0, 0, 0});
            out.flush();
            if (in.read() != RELEASED) {
                throw new IOException("no A-RELEASE-RP");
            }
        }
    }

    /** Breaks the connection without a word. */
    void abandon() throws IOException {
        socket.close();
    }

    /** An item of the user information. */
    static byte[] userItem(int type, byte[] value) {
        ByteArrayOutputStream item = new ByteArrayOutputStream();
        item(item, type, value);
        return item.toByteArray();
    }

    private void associate(String calling, String called, List<Proposal> proposals, List<byte[]> userItems)
            throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(new byte[] {0, 1, 0, 0});
        body.writeBytes("%-16s%-16s".formatted(called, calling).getBytes(StandardCharsets.US_ASCII));
        body.writeBytes(new byte[32]);
        item(body, 0x10, ascii("1.2.840.10008.3.1.1.1"));
        for (Proposal proposal : proposals) {
            int id = contexts.size() * 2 + 1;
            contexts.put(id, new Context(id, proposal.abstractSyntax(), proposal.transferSyntax(), false));
            ByteArrayOutputStream context = new ByteArrayOutputStream();
            context.writeBytes(new byte[] {(byte) id, 0, 0, 0});
            item(context, 0x30, ascii(proposal.abstractSyntax()));
            item(context, 0x40, ascii(proposal.transferSyntax()));
            item(body, 0x20, context.toByteArray());
        }
        item(body, 0x50, userInformation(userItems));
        send(REQUEST, body.toByteArray());
        int type = in.readUnsignedByte();
        in.readByte();
        byte[] answer = in.readNBytes(in.readInt());
        if (type != ACCEPT) {
            throw new IOException("association refused, PDU type " + type);
        }
        forEachItem(ByteBuffer.wrap(answer).position(FIXED_FIELDS), this::readAnswer);
    }

    private void readAnswer(int item, ByteBuffer value) {
        if (item == 0x21) {
            boolean accepted = value.get(2) == 0;
            contexts.computeIfPresent(
                    value.get(0) & 0xFF,
                    (id, was) -> new Context(id, was.abstractSyntax(), was.transferSyntax(), accepted));
        } else if (item == 0x50) {
            forEachItem(value, this::readUserItem);
        }
    }

    private void readUserItem(int item, ByteBuffer value) {
        if (item == 0x51 && value.getInt(value.position()) > 0) {
            maxPduLength = Math.min(PDU_LENGTH, value.getInt(value.position()));
        }
    }

    private void answer() throws IOException {
        int type = in.readUnsignedByte();
        in.readByte();
        byte[] request = in.readNBytes(in.readInt());
        if (type != REQUEST) {
            throw new IOException("no A-ASSOCIATE-RQ but PDU type " + type);
        }
        forEachItem(ByteBuffer.wrap(request).position(FIXED_FIELDS), (item, value) -> {
            if (item == 0x20) {
                readProposed(value);
            } else if (item == 0x50) {
                forEachItem(value, this::readUserItem);
            }
        });
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.write(request, 0, FIXED_FIELDS);
        item(body, 0x10, ascii("1.2.840.10008.3.1.1.1"));
        for (Context context : contexts.values()) {
            ByteArrayOutputStream accepted = new ByteArrayOutputStream();
            accepted.writeBytes(new byte[] {(byte) context.id(), 0, 0, 0});
            item(accepted, 0x40, ascii(context.transferSyntax()));
            item(body, 0x21, accepted.toByteArray());
        }
        item(body, 0x50, userInformation(List.of()));
        send(ACCEPT, body.toByteArray());
    }

    private void readProposed(ByteBuffer value) {
        int id = value.get(0) & 0xFF;
        List<String> names = new ArrayList<>();
        forEachItem(value.position(4), (_, name) -> names.add(text(name)));
        contexts.put(id, new Context(id, names.get(0), names.get(1), true));
    }

    private interface Item {
        void read(int type, ByteBuffer value);
    }

    private static void forEachItem(ByteBuffer items, Item reader) {
        while (items.remaining() >= 4) {
            int type = items.get();
            items.get();
            int length = items.getShort() & 0xFFFF;
            reader.read(type, items.slice(items.position(), length));
            items.position(items.position() + length);
        }
    }

    private static byte[] userInformation(List<byte[]> more) {
        ByteArrayOutputStream user = new ByteArrayOutputStream();
        item(user, 0x51, ByteBuffer.allocate(4).putInt(PDU_LENGTH).array());
        item(user, 0x52, ascii("2.25.171281387253801"));
        more.forEach(user::writeBytes);
        return user.toByteArray();
    }

    private void send(int type, byte[] body) throws IOException {
        out.writeByte(type);
        out.writeByte(0);
        out.writeInt(body.length);
        out.write(body);
        out.flush();
    }

    private void write(int context, boolean command, byte[] message) throws IOException {
        int room = maxPduLength - 6;
        int at = 0;
        do {
            int length = Math.min(room, message.length - at);
            pdu(context, command, at + length == message.length, message, at, length);
            at += length;
        } while (at < message.length);
    }

    private void pdu(int context, boolean command, boolean last, byte[] bytes, int offset, int length)
            throws IOException {
        out.writeByte(DATA);
        out.writeByte(0);
        out.writeInt(length + 6);
        out.writeInt(length + 2);
        out.writeByte(context);
        out.writeByte((command ? 1 : 0) | (last ? 2 : 0));
        out.write(bytes, offset, length);
    }

    private static void item(ByteArrayOutputStream out, int type, byte[] value) {
        out.write(type);
        out.write(0);
        out.write(value.length >> 8);
        out.write(value.length);
        out.writeBytes(value);
    }

    private static String text(ByteBuffer value) {
        return StandardCharsets.US_ASCII.decode(value).toString();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
