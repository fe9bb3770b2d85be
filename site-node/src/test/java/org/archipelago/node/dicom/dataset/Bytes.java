package org.archipelago.node.dicom.dataset;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes data sets by hand, rightly or wrongly, for tests. */
final class Bytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final boolean big;

    private Bytes(boolean big) {
        this.big = big;
    }

    static Bytes little() {
        return new Bytes(false);
    }

    static Bytes big() {
        return new Bytes(true);
    }

    Bytes tag(int tag) {
        return u16(tag >>> 16).u16(tag & 0xFFFF);
    }

    Bytes u16(int value) {
        return put(ByteBuffer.allocate(2).order(order()).putShort((short) value).array());
    }

    Bytes u32(long value) {
        return put(ByteBuffer.allocate(4).order(order()).putInt((int) value).array());
    }

    Bytes put(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    Bytes ascii(String text) {
        return put(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    Bytes explicit(int tag, String vr, String value) {
        return tag(tag).ascii(vr).u16(value.length()).ascii(value);
    }

    Bytes explicitLong(int tag, String vr, long length) {
        return tag(tag).ascii(vr).u16(0).u32(length);
    }

    Bytes implicit(int tag, String value) {
        return tag(tag).u32(value.length()).ascii(value);
    }

    /** An item or delimiter. */
    Bytes item(int tag, long length) {
        return tag(tag).u32(length);
    }

    byte[] done() {
        return out.toByteArray();
    }

    private ByteOrder order() {
        return big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }
}
