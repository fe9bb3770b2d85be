package org.archipelago.node.dicom.dataset;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dictionary.TransferSyntax.Encoding;

/** Writes element headers (PS3.5 §7.1) of one encoding. */
public final class ElementWriter {
    private static final int MAX_SHORT_LENGTH = 0xFFFF;

    private final OutputStream out;
    private final Encoding encoding;
    private final ByteBuffer buffer;

    public ElementWriter(OutputStream out, Encoding encoding) {
        this.out = out;
        this.encoding = encoding;
        this.buffer =
                ByteBuffer.allocate(12).order(encoding.bigEndian() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    }

    /** @param length {@link Element#UNDEFINED} for FFFFFFFFH; a value too long for its VR's header becomes UN (PS3.5 §6.2.2) */
    public void header(int tag, Vr vr, long length) throws IOException {
        tag(tag);
        if (!encoding.explicit()) {
            buffer.putInt((int) length);
        } else if (DataSetTokenizer.hasLongHeader(vr) || length > MAX_SHORT_LENGTH) {
            String code = DataSetTokenizer.hasLongHeader(vr) ? vr.name() : Vr.UN.name();
            buffer.put((byte) code.charAt(0)).put((byte) code.charAt(1)).putShort((short) 0);
            buffer.putInt((int) length);
        } else {
            buffer.put((byte) vr.name().charAt(0)).put((byte) vr.name().charAt(1));
            buffer.putShort((short) length);
        }
        out.write(buffer.array(), 0, buffer.position());
    }

    /** Bytes that {@link #header} writes. */
    public static int headerBytes(Encoding encoding, Vr vr, long length) {
        boolean shortForm = !DataSetTokenizer.hasLongHeader(vr) && length <= MAX_SHORT_LENGTH;
        return !encoding.explicit() || shortForm ? 8 : 12;
    }

    /** An item or a delimitation item (PS3.5 §7.5). */
    public void item(int tag, long length) throws IOException {
        tag(tag);
        buffer.putInt((int) length);
        out.write(buffer.array(), 0, buffer.position());
    }

    public void value(byte[] value) throws IOException {
        out.write(value);
    }

    private void tag(int tag) {
        buffer.clear();
        buffer.putShort((short) (tag >>> 16)).putShort((short) tag);
    }
}
