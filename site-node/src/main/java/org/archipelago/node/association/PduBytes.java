package org.archipelago.node.association;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Big-endian bytes of a PDU being written (PS3.8 §9.3.1); items nest, their lengths filled in when they end. */
final class PduBytes {
    private static final int MAX_ITEM_BYTES = 0xFFFF;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);

    PduBytes u8(int value) {
        bytes.write(value);
        return this;
    }

    PduBytes u16(int value) {
        return u8(value >>> 8).u8(value);
    }

    PduBytes u32(long value) {
        return u16((int) (value >>> 16)).u16((int) value);
    }

    PduBytes zeros(int count) {
        for (int i = 0; i < count; i++) {
            bytes.write(0);
        }
        return this;
    }

    PduBytes raw(byte[] value) {
        bytes.writeBytes(value);
        return this;
    }

    PduBytes text(String value) {
        return raw(value.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Length in 16 bits, then the text. */
    PduBytes counted(String value) {
        return counted(value.getBytes(StandardCharsets.ISO_8859_1));
    }

    PduBytes counted(byte[] value) {
        if (value.length > MAX_ITEM_BYTES) {
            throw new IllegalArgumentException("longer than 65535 bytes");
        }
        return u16(value.length).raw(value);
    }

    /** An AE title in its 16 bytes, padded with spaces. */
    PduBytes aeTitle(String title) {
        byte[] field = " ".repeat(16).getBytes(StandardCharsets.ISO_8859_1);
        byte[] value = title.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(value, 0, field, 0, Math.min(value.length, field.length));
        return raw(field);
    }

    /** An item of PS3.8 §9.3.1: type, reserved byte, length in 16 bits, body. */
    PduBytes item(int type, Consumer<PduBytes> body) {
        PduBytes inner = new PduBytes();
        body.accept(inner);
        return u8(type).u8(0).counted(inner.bytes.toByteArray());
    }

    byte[] asPdu(int type) {
        return new PduBytes()
                .u8(type)
                .u8(0)
                .u32(bytes.size())
                .raw(bytes.toByteArray())
                .bytes
                .toByteArray();
    }
}
