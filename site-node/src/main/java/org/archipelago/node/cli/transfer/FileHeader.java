package org.archipelago.node.cli.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * What the file meta information of a DICOM file says (PS3.10 §7.1).
 *
 * @param datasetAt where the data set begins
 */
public record FileHeader(String sopClassUid, String sopInstanceUid, String transferSyntaxUid, long datasetAt) {
    /** Media Storage Directory: an index of other files, not an object to keep. */
    public static final String DIRECTORY = "1.2.840.10008.1.3.10";

    private static final int MAX_META_BYTES = 65_536;
    private static final int PREAMBLE = 128;
    private static final String LONG_FORM = "OB OD OF OL OV OW SQ SV UC UN UR UT UV";

    /** @throws NotDicomException with a sentence that says why */
    public static FileHeader read(InputStream file) throws IOException, NotDicomException {
        byte[] head = file.readNBytes(MAX_META_BYTES);
        if (head.length < PREAMBLE + 4 || !new String(head, PREAMBLE, 4, StandardCharsets.US_ASCII).equals("DICM")) {
            throw new NotDicomException("not a DICOM file (PS3.10)");
        }
        ByteBuffer buffer = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).position(PREAMBLE + 4);
        Map<Integer, String> meta = new HashMap<>();
        while (buffer.remaining() >= 8 && buffer.getShort(buffer.position()) == 2) {
            readElement(buffer, meta);
        }
        return new FileHeader(
                required(meta, 2, "Media Storage SOP Class UID"),
                required(meta, 3, "Media Storage SOP Instance UID"),
                required(meta, 0x10, "Transfer Syntax UID"),
                buffer.position());
    }

    private static void readElement(ByteBuffer buffer, Map<Integer, String> meta) throws NotDicomException {
        buffer.getShort();
        int element = buffer.getShort() & 0xFFFF;
        String vr = new String(new byte[] {buffer.get(), buffer.get()}, StandardCharsets.US_ASCII);
        long length = buffer.getShort() & 0xFFFF;
        if (LONG_FORM.contains(vr)) {
            if (buffer.remaining() < 4) {
                throw new NotDicomException("its file meta information is cut off");
            }
            length = buffer.getInt() & 0xFFFFFFFFL;
        }
        if (length > buffer.remaining()) {
            throw new NotDicomException(
                    "its file meta information is cut off or longer than " + MAX_META_BYTES + " bytes");
        }
        byte[] value = new byte[(int) length];
        buffer.get(value);
        if (vr.equals("UI")) {
            meta.put(
                    element,
                    new String(value, StandardCharsets.US_ASCII)
                            .replace("\0", "")
                            .strip());
        }
    }

    private static String required(Map<Integer, String> meta, int element, String keyword) throws NotDicomException {
        String value = meta.getOrDefault(element, "");
        if (value.isEmpty()) {
            throw new NotDicomException("its file meta information has no " + keyword);
        }
        return value;
    }

    /** The file cannot be sent; the message says why. */
    public static final class NotDicomException extends Exception {
        private static final long serialVersionUID = 1L;

        NotDicomException(String why) {
            super(why);
        }
    }
}
