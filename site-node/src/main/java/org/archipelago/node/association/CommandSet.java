package org.archipelago.node.association;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.archipelago.contract.DimseStatus;

/**
 * A command set: the elements of group 0000 in Implicit VR Little Endian (PS3.7 §6.3.1, Annex E). Immutable; named by
 * the element number, since the group is fixed.
 */
public final class CommandSet {
    public static final int AFFECTED_SOP_CLASS_UID = 0x0002;
    public static final int REQUESTED_SOP_CLASS_UID = 0x0003;
    public static final int COMMAND_FIELD = 0x0100;
    public static final int MESSAGE_ID = 0x0110;
    public static final int MESSAGE_ID_BEING_RESPONDED_TO = 0x0120;
    public static final int MOVE_DESTINATION = 0x0600;
    public static final int PRIORITY = 0x0700;
    public static final int COMMAND_DATA_SET_TYPE = 0x0800;
    public static final int STATUS = 0x0900;
    public static final int ERROR_COMMENT = 0x0902;
    public static final int AFFECTED_SOP_INSTANCE_UID = 0x1000;
    public static final int REQUESTED_SOP_INSTANCE_UID = 0x1001;
    public static final int EVENT_TYPE_ID = 0x1002;
    public static final int ACTION_TYPE_ID = 0x1008;
    public static final int REMAINING_SUBOPERATIONS = 0x1020;
    public static final int COMPLETED_SUBOPERATIONS = 0x1021;
    public static final int FAILED_SUBOPERATIONS = 0x1022;
    public static final int WARNING_SUBOPERATIONS = 0x1023;
    public static final int MOVE_ORIGINATOR_AE_TITLE = 0x1030;
    public static final int MOVE_ORIGINATOR_MESSAGE_ID = 0x1031;

    /** Value of Command Data Set Type that says there is none (PS3.7 §E.1). */
    public static final int NO_DATA_SET = 0x0101;

    private static final int DATA_SET_FOLLOWS = 0x0000;
    private static final int ELEMENT_HEADER_BYTES = 8;
    private static final int MAX_ERROR_COMMENT_CHARS = 64;

    private final TreeMap<Integer, byte[]> elements;

    private CommandSet(TreeMap<Integer, byte[]> elements) {
        this.elements = elements;
    }

    public static Builder of(int commandField) {
        return new Builder().us(COMMAND_FIELD, commandField);
    }

    /** A response to this request with its message id, Affected SOP Class UID and, if it has one, Affected SOP Instance UID (PS3.7 §9.3, §10.3). */
    public Builder response(int status) {
        Builder builder = of(commandField() | CommandField.RESPONSE)
                .us(MESSAGE_ID_BEING_RESPONDED_TO, messageId())
                .us(STATUS, status);
        text(AFFECTED_SOP_CLASS_UID)
                .or(() -> text(REQUESTED_SOP_CLASS_UID))
                .ifPresent(uid -> builder.uid(AFFECTED_SOP_CLASS_UID, uid));
        text(AFFECTED_SOP_INSTANCE_UID)
                .or(() -> text(REQUESTED_SOP_INSTANCE_UID))
                .ifPresent(uid -> builder.uid(AFFECTED_SOP_INSTANCE_UID, uid));
        return builder;
    }

    static CommandSet decode(byte[] bytes) throws MalformedPduException {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        TreeMap<Integer, byte[]> elements = new TreeMap<>();
        try {
            while (in.hasRemaining()) {
                int group = in.getShort() & 0xFFFF;
                int element = in.getShort() & 0xFFFF;
                int length = in.getInt();
                if (group != 0 || length < 0 || length > in.remaining()) {
                    throw malformed();
                }
                byte[] value = new byte[length];
                in.get(value);
                if (elements.put(element, value) != null) {
                    throw malformed();
                }
            }
        } catch (BufferUnderflowException e) {
            throw malformed();
        }
        CommandSet command = new CommandSet(elements);
        if (command.us(COMMAND_FIELD).isEmpty()
                || command.us(COMMAND_DATA_SET_TYPE).isEmpty()) {
            throw malformed();
        }
        return command;
    }

    private static MalformedPduException malformed() {
        return new MalformedPduException(AbortReason.INVALID_PDU_PARAMETER_VALUE, "command set");
    }

    byte[] encode() {
        int length = elements.entrySet().stream()
                .filter(e -> e.getKey() != 0)
                .mapToInt(e -> ELEMENT_HEADER_BYTES + e.getValue().length)
                .sum();
        ByteBuffer out = ByteBuffer.allocate(ELEMENT_HEADER_BYTES + 4 + length).order(ByteOrder.LITTLE_ENDIAN);
        out.putShort((short) 0).putShort((short) 0).putInt(4).putInt(length);
        for (Map.Entry<Integer, byte[]> element : elements.entrySet()) {
            if (element.getKey() != 0) {
                out.putShort((short) 0).putShort(element.getKey().shortValue());
                out.putInt(element.getValue().length).put(element.getValue());
            }
        }
        return out.array();
    }

    CommandSet withDataSet(boolean present) {
        TreeMap<Integer, byte[]> copy = new TreeMap<>(elements);
        copy.put(COMMAND_DATA_SET_TYPE, Builder.shortBytes(present ? DATA_SET_FOLLOWS : NO_DATA_SET));
        return new CommandSet(copy);
    }

    public int commandField() {
        return us(COMMAND_FIELD).orElse(0);
    }

    public boolean isResponse() {
        return (commandField() & CommandField.RESPONSE) != 0;
    }

    /** Message ID (0000,0110); 0 when absent. */
    public int messageId() {
        return us(MESSAGE_ID).orElse(0);
    }

    public int messageIdRespondedTo() {
        return us(MESSAGE_ID_BEING_RESPONDED_TO).orElse(0);
    }

    /** Status (0000,0900); 0110H (processing failure) when a response has none. */
    public int status() {
        return us(STATUS).orElse(DimseStatus.PROCESSING_FAILURE);
    }

    public boolean hasDataSet() {
        return us(COMMAND_DATA_SET_TYPE).orElse(NO_DATA_SET) != NO_DATA_SET;
    }

    public OptionalInt us(int element) {
        byte[] value = elements.get(element);
        return value == null || value.length < 2
                ? OptionalInt.empty()
                : OptionalInt.of((value[0] & 0xFF) | (value[1] & 0xFF) << 8);
    }

    /** A UI, AE or LO value, padding removed; empty when absent or blank. */
    public Optional<String> text(int element) {
        byte[] value = elements.get(element);
        if (value == null) {
            return Optional.empty();
        }
        String text = new String(value, StandardCharsets.ISO_8859_1)
                .replace('\0', ' ')
                .strip();
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }

    public List<Integer> elementNumbers() {
        return List.copyOf(elements.keySet());
    }

    /** Builds a command set; Command Data Set Type is set when it is sent. */
    public static final class Builder {
        private final TreeMap<Integer, byte[]> elements = new TreeMap<>();

        private Builder() {}

        static byte[] shortBytes(int value) {
            return new byte[] {(byte) value, (byte) (value >>> 8)};
        }

        public Builder us(int element, int value) {
            elements.put(element, shortBytes(value));
            return this;
        }

        public Builder uid(int element, String value) {
            return padded(element, value, '\0');
        }

        public Builder text(int element, String value) {
            return padded(element, value, ' ');
        }

        /** Error Comment (0000,0902), LO: cut at 64 characters, of the default repertoire (PS3.5 §6.1.2). */
        public Builder errorComment(String comment) {
            String ascii = comment.replaceAll("[^\\x20-\\x7e]|\\\\", "?");
            return text(ERROR_COMMENT, ascii.substring(0, Math.min(ascii.length(), MAX_ERROR_COMMENT_CHARS)));
        }

        private Builder padded(int element, String value, char padding) {
            String even = value.length() % 2 == 0 ? value : value + padding;
            elements.put(element, even.getBytes(StandardCharsets.ISO_8859_1));
            return this;
        }

        public CommandSet build() {
            return new CommandSet(new TreeMap<>(elements)).withDataSet(false);
        }
    }
}
