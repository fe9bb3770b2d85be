package org.archipelago.acceptance;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/** Data sets in Explicit VR Little Endian that need not be true: every length is what one says. */
final class HostileDataSet {
    static final int UNDEFINED = 0xFFFFFFFF;
    static final int ITEM = 0xFFFEE000;
    static final int ITEM_END = 0xFFFEE00D;
    static final int SEQUENCE_END = 0xFFFEE0DD;
    static final int PIXEL_DATA = 0x7FE00010;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** Begins as an object does whose UIDs are of this name; other names, other objects. */
    static HostileDataSet of(String name) {
        String study = uid(name);
        return new HostileDataSet()
                .text(0x00080016, "UI", HostilePeer.SECONDARY_CAPTURE)
                .text(0x00080018, "UI", study + ".1.1")
                .text(0x00080060, "CS", "OT")
                .text(0x00100010, "PN", "HOSTILE^PEER")
                .text(0x00100020, "LO", "HOSTILE")
                .text(0x0020000D, "UI", study)
                .text(0x0020000E, "UI", study + ".1");
    }

    /** Study Instance UID of the object of this name. */
    static String uid(String name) {
        return "2.25."
                + new java.math.BigInteger(
                        1, java.util.Arrays.copyOf(HostilePeer.ascii(DicomFile.sha256(HostilePeer.ascii(name))), 12));
    }

    HostileDataSet text(int tag, String vr, String value) {
        String even = value.length() % 2 == 0 ? value : value + (vr.equals("UI") ? "\0" : " ");
        return shortForm(tag, vr, even.length(), even.getBytes(StandardCharsets.ISO_8859_1));
    }

    HostileDataSet number(int tag, int value) {
        return shortForm(tag, "US", 2, new byte[] {(byte) value, (byte) (value >> 8)});
    }

    /** @param length of 16 bits, as announced */
    HostileDataSet shortForm(int tag, String vr, int length, byte[] value) {
        out.writeBytes(start(8, tag)
                .put(vr.getBytes(StandardCharsets.US_ASCII))
                .putShort((short) length)
                .array());
        out.writeBytes(value);
        return this;
    }

    /** @param length of 32 bits, as announced */
    HostileDataSet longForm(int tag, String vr, int length, byte[] value) {
        out.writeBytes(start(12, tag)
                .put(vr.getBytes(StandardCharsets.US_ASCII))
                .putShort((short) 0)
                .putInt(length)
                .array());
        out.writeBytes(value);
        return this;
    }

    HostileDataSet binary(int tag, String vr, byte[] value) {
        return longForm(tag, vr, value.length, value);
    }

    /** An item, a delimiter, or an element in Implicit VR. */
    HostileDataSet bare(int tag, int length, byte[] value) {
        out.writeBytes(start(8, tag).putInt(length).array());
        out.writeBytes(value);
        return this;
    }

    HostileDataSet then(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    HostileDataSet times(int count, HostileDataSet piece) {
        byte[] bytes = piece.bytes();
        for (int i = 0; i < count; i++) {
            out.writeBytes(bytes);
        }
        return this;
    }

    static HostileDataSet bare() {
        return new HostileDataSet();
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    /** As a file of this transfer syntax. */
    byte[] file(String transferSyntax) {
        return file(transferSyntax, bytes());
    }

    static byte[] file(String transferSyntax, byte[] dataset) {
        return new DicomFile("", transferSyntax, HostilePeer.SECONDARY_CAPTURE, "2.25.1", "", "", dataset).part10();
    }

    /** Deflated (PS3.5 §A.5), and behind it so many zeros. */
    byte[] deflatedWithZeros(long zeros) {
        ByteArrayOutputStream small = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        try (DeflaterOutputStream deflating = new DeflaterOutputStream(small, deflater)) {
            deflating.write(bytes());
            byte[] piece = new byte[1 << 20];
            for (long left = zeros; left > 0; left -= piece.length) {
                deflating.write(piece, 0, (int) Math.min(left, piece.length));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            deflater.end();
        }
        return small.toByteArray();
    }

    private static ByteBuffer start(int size, int tag) {
        return ByteBuffer.allocate(size)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) (tag >>> 16))
                .putShort((short) tag);
    }
}
