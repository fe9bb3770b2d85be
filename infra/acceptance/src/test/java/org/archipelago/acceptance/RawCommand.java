package org.archipelago.acceptance;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** A command set (PS3.7 §6.3, Annex E): group 0000 in Implicit VR Little Endian. Elements by number. */
final class RawCommand {
    static final int C_STORE = 0x0001;
    static final int C_GET = 0x0010;
    static final int C_MOVE = 0x0021;
    static final int N_EVENT_REPORT = 0x0100;
    static final int N_ACTION = 0x0130;
    static final int RESPONSE = 0x8000;
    static final int PENDING = 0xFF00;
    static final int AFFECTED_SOP_CLASS = 0x0002;
    static final int REQUESTED_SOP_CLASS = 0x0003;
    static final int FIELD = 0x0100;
    static final int MESSAGE_ID = 0x0110;
    static final int RESPONDED_TO = 0x0120;
    static final int MOVE_DESTINATION = 0x0600;
    static final int PRIORITY = 0x0700;
    static final int DATASET_TYPE = 0x0800;
    static final int STATUS = 0x0900;
    static final int ERROR_COMMENT = 0x0902;
    static final int AFFECTED_SOP_INSTANCE = 0x1000;
    static final int REQUESTED_SOP_INSTANCE = 0x1001;
    static final int EVENT_TYPE = 0x1002;
    static final int ACTION_TYPE = 0x1008;
    static final int COMPLETED = 0x1021;
    static final int FAILED = 0x1022;
    private static final int NO_DATASET = 0x0101;

    private final Map<Integer, byte[]> elements = new TreeMap<>();

    /** A request or response without a data set until {@link #withDataset}. */
    static RawCommand of(int field) {
        return new RawCommand().number(FIELD, field).number(DATASET_TYPE, NO_DATASET);
    }

    static RawCommand parse(byte[] bytes) {
        RawCommand command = new RawCommand();
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.remaining() >= 8) {
            buffer.getShort();
            int element = buffer.getShort() & 0xFFFF;
            byte[] value = new byte[buffer.getInt()];
            buffer.get(value);
            command.elements.put(element, value);
        }
        return command;
    }

    RawCommand withDataset() {
        return number(DATASET_TYPE, 0);
    }

    RawCommand number(int element, int value) {
        elements.put(element, new byte[] {(byte) value, (byte) (value >> 8)});
        return this;
    }

    RawCommand uid(int element, String uid) {
        return text(element, uid.length() % 2 == 0 ? uid : uid + "\0");
    }

    RawCommand title(int element, String title) {
        return text(element, title.length() % 2 == 0 ? title : title + " ");
    }

    private RawCommand text(int element, String value) {
        elements.put(element, value.getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    /** -1 when it is not there. */
    int number(int element) {
        byte[] value = elements.get(element);
        return value == null || value.length < 2 ? -1 : value[0] & 0xFF | (value[1] & 0xFF) << 8;
    }

    String text(int element) {
        return new String(elements.getOrDefault(element, new byte[0]), StandardCharsets.US_ASCII)
                .replace("\0", "")
                .strip();
    }

    boolean hasDataset() {
        return number(DATASET_TYPE) != NO_DATASET;
    }

    byte[] encoded() {
        ByteArrayOutputStream set = new ByteArrayOutputStream();
        elements.forEach((element, value) -> element(set, 0, element, value));
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        byte[] length = ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(set.size())
                .array();
        element(whole, 0, 0, length);
        whole.writeBytes(set.toByteArray());
        return whole.toByteArray();
    }

    /** One element in Implicit VR Little Endian (PS3.5 §7.1.3). */
    static void element(ByteArrayOutputStream out, int group, int element, byte[] value) {
        out.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) group)
                .putShort((short) element)
                .putInt(value.length)
                .array());
        out.writeBytes(value);
    }
}
