package org.archipelago.node.cli.phantom;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** A flat data set in Explicit VR Little Endian (PS3.5 §7.1.2); small, and independent of the DICOM toolkit. */
final class PhantomDataset {
    private final Map<Integer, byte[]> elements = new TreeMap<>(Integer::compareUnsigned);

    PhantomDataset text(int tag, String vr, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        if (bytes.length % 2 != 0) {
            bytes = Arrays.copyOf(bytes, bytes.length + 1);
            bytes[bytes.length - 1] = (byte) (vr.equals("UI") ? 0 : ' ');
        }
        return element(tag, vr, bytes);
    }

    PhantomDataset unsignedShort(int tag, int value) {
        return element(tag, "US", new byte[] {(byte) value, (byte) (value >> 8)});
    }

    PhantomDataset words(int tag, short[] values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length * 2).order(ByteOrder.LITTLE_ENDIAN);
        for (short value : values) {
            buffer.putShort(value);
        }
        return element(tag, "OW", buffer.array());
    }

    PhantomDataset bytes(int tag, byte[] values) {
        return element(tag, "OB", values.length % 2 == 0 ? values : Arrays.copyOf(values, values.length + 1));
    }

    /** A sequence without items (PS3.5 §7.5). */
    PhantomDataset emptySequence(int tag) {
        return element(tag, "SQ", new byte[0]);
    }

    /** Bytes of the elements in ascending order of their tags. */
    byte[] encode() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        elements.values().forEach(out::writeBytes);
        return out.toByteArray();
    }

    /** A DICOM file (PS3.10 §7.1). */
    byte[] encodeFile(String sopClassUid, String sopInstanceUid) {
        PhantomDataset meta = new PhantomDataset()
                .element(0x00020001, "OB", new byte[] {0, 1})
                .text(0x00020002, "UI", sopClassUid)
                .text(0x00020003, "UI", sopInstanceUid)
                .text(0x00020010, "UI", "1.2.840.10008.1.2.1")
                .text(0x00020012, "UI", "2.25.252871216873210712374518238450124381");
        int length = meta.encode().length;
        meta.element(
                0x00020000,
                "UL",
                ByteBuffer.allocate(4)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(length)
                        .array());
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[128]);
        out.writeBytes("DICM".getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(meta.encode());
        out.writeBytes(encode());
        return out.toByteArray();
    }

    private PhantomDataset element(int tag, String vr, byte[] value) {
        boolean longLength = vr.equals("OB") || vr.equals("OW") || vr.equals("SQ");
        ByteBuffer buffer = ByteBuffer.allocate(12 + value.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putShort((short) (tag >>> 16)).putShort((short) tag).put(vr.getBytes(StandardCharsets.US_ASCII));
        if (longLength) {
            buffer.putShort((short) 0).putInt(value.length);
        } else {
            buffer.putShort((short) value.length);
        }
        buffer.put(value);
        elements.put(tag, Arrays.copyOf(buffer.array(), buffer.position()));
        return this;
    }
}
