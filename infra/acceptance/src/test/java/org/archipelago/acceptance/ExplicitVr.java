package org.archipelago.acceptance;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes elements in Explicit VR Little Endian (PS3.5 §7.1.2), in the order of the calls; the tests' own lines. */
final class ExplicitVr {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    ExplicitVr text(int tag, String vr, String value) {
        String even = value.length() % 2 == 0 ? value : value + (vr.equals("UI") ? "\0" : " ");
        byte[] bytes = even.getBytes(StandardCharsets.ISO_8859_1);
        head(tag, vr, bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    ExplicitVr unsignedShort(int tag, int value) {
        head(tag, "US", 2);
        out.write(value);
        out.write(value >> 8);
        return this;
    }

    /** Just tag, VR and length of OB or OW; the value is for the caller to send. */
    ExplicitVr longHead(int tag, String vr, long length) {
        out.writeBytes(start(12, tag, vr)
                .putShort((short) 0)
                .putInt((int) length) // unsigned on the wire
                .array());
        return this;
    }

    byte[] encoded() {
        return out.toByteArray();
    }

    private void head(int tag, String vr, int length) {
        out.writeBytes(start(8, tag, vr).putShort((short) length).array());
    }

    private static ByteBuffer start(int size, int tag, String vr) {
        return ByteBuffer.allocate(size)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) (tag >>> 16))
                .putShort((short) tag)
                .put(vr.getBytes(StandardCharsets.US_ASCII));
    }
}
