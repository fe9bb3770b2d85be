package org.archipelago.node.dicom.dataset;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dictionary.TransferSyntax;
import org.archipelago.node.dicom.dictionary.TransferSyntax.Encoding;
import org.archipelago.node.dicom.text.CharacterSet;

/** Files with and without File Meta Information (PS3.10 §7). */
public final class Part10 {
    /** A random UUID of this implementation under 2.25 (PS3.5 §B.2), fixed for ever. */
    public static final String IMPLEMENTATION_CLASS_UID = "2.25.39959274609072565194666110537362245920";

    public static final String IMPLEMENTATION_VERSION_NAME = "ARCHIPELAGO_0.1";

    private static final int PREAMBLE_BYTES = 128;
    private static final int PREFIX_BYTES = 4;
    private static final byte[] PREFIX = "DICM".getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_META_BYTES = 64 << 10;
    private static final int SNIFF_BYTES = 16;
    private static final int META_VERSION = 0x00020001;
    private static final int MEDIA_SOP_CLASS = 0x00020002;
    private static final int MEDIA_SOP_INSTANCE = 0x00020003;
    private static final int TRANSFER_SYNTAX = 0x00020010;
    private static final int IMPLEMENTATION_CLASS = 0x00020012;
    private static final int IMPLEMENTATION_VERSION = 0x00020013;

    private Part10() {}

    /**
     * Where a file's data set begins and how it is encoded.
     *
     * @param transferSyntax what the meta information says, unless the elements show otherwise
     * @param meta group 0002 as found, group length left out; empty when there is none
     * @param guessed whether the transfer syntax is not what the meta information says
     */
    public record FileStart(
            TransferSyntaxUid transferSyntax, long datasetOffsetBytes, AttributeSet meta, boolean guessed) {}

    /**
     * @throws ArchiveException NOT_A_DATASET when the file begins neither as PS3.10 §7.1 says nor with an element; INVALID_UID
     *     when what it says of its transfer syntax is no UID
     */
    public static FileStart read(SeekableByteChannel file) throws IOException {
        ByteBuffer head = ByteBuffer.allocate((int) Math.min(file.size(), MAX_META_BYTES));
        file.position(0);
        while (head.hasRemaining() && file.read(head) >= 0) {
            // until the buffer or the file is at its end
        }
        return read(head.array());
    }

    /** @param head the file's first 64 KiB, or all of it */
    public static FileStart read(byte[] head) {
        // A data set without preamble may have the four letters at the same place by chance.
        boolean prefixed = isPrefixAt(head, PREAMBLE_BYTES)
                && (isMetaAt(head, PREAMBLE_BYTES + PREFIX_BYTES) || !looksLikeExplicit(head));
        int start = prefixed ? PREAMBLE_BYTES + PREFIX_BYTES : isPrefixAt(head, 0) ? PREFIX_BYTES : 0;
        TreeMap<Integer, Attribute> meta = new TreeMap<>();
        int offset = metaElements(head, start, meta);
        if (offset > head.length - Long.BYTES) {
            throw new ArchiveException(ArchiveError.NOT_A_DATASET, "no data set in the file");
        }
        AttributeSet found = AttributeSet.of(meta);
        Optional<TransferSyntaxUid> stated = found.text(TRANSFER_SYNTAX).map(TransferSyntaxUid::new);
        TransferSyntaxUid actual = sniff(head, offset, stated);
        return new FileStart(actual, offset, found, !stated.equals(Optional.of(actual)));
    }

    private static boolean isPrefixAt(byte[] head, int offset) {
        return head.length >= offset + PREFIX_BYTES
                && java.util.Arrays.equals(head, offset, offset + PREFIX_BYTES, PREFIX, 0, PREFIX_BYTES);
    }

    private static boolean isMetaAt(byte[] head, int offset) {
        return head.length > offset + 1 && head[offset] == 2 && head[offset + 1] == 0;
    }

    private static boolean looksLikeExplicit(byte[] head) {
        return (head[0] == 8 || head[1] == 8) && VrCodes.of(head[4], head[5]) != null;
    }

    /** Goes by the elements themselves, since group lengths are wrong or missing in real files. Returns where they end. */
    private static int metaElements(byte[] head, int start, Map<Integer, Attribute> meta) {
        ByteBuffer buffer = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
        int offset = start;
        while (offset + 8 <= head.length && buffer.getShort(offset) == 2) {
            int tag = 2 << 16 | buffer.getShort(offset + 2) & 0xFFFF;
            Vr vr = VrCodes.of(head[offset + 4], head[offset + 5]);
            boolean wide = vr != null && DataSetTokenizer.hasLongHeader(vr);
            int headerBytes = wide ? 12 : 8;
            if (offset + headerBytes > head.length) {
                break;
            }
            // Some writers use Implicit VR here too.
            long length = vr == null
                    ? buffer.getInt(offset + 4) & 0xFFFFFFFFL
                    : wide ? buffer.getInt(offset + 8) & 0xFFFFFFFFL : buffer.getShort(offset + 6) & 0xFFFF;
            if (length > head.length - offset - headerBytes) {
                throw new ArchiveException(ArchiveError.NOT_A_DATASET, "file meta information");
            }
            byte[] value =
                    java.util.Arrays.copyOfRange(head, offset + headerBytes, offset + headerBytes + (int) length);
            offset += headerBytes + (int) length;
            if ((tag & 0xFFFF) != 0) {
                Vr read = vr != null && vr != Vr.SQ ? vr : org.archipelago.node.dicom.dictionary.Dictionary.vr(tag);
                meta.put(tag, ValueDecoder.attribute(read, value, false, CharacterSet.ASCII));
            }
        }
        return offset;
    }

    private static TransferSyntaxUid sniff(byte[] head, int offset, Optional<TransferSyntaxUid> stated) {
        if (stated.isPresent() && TransferSyntax.of(stated.get()).deflated()) {
            return stated.get();
        }
        byte[] start = java.util.Arrays.copyOfRange(head, offset, Math.min(head.length, offset + SNIFF_BYTES));
        Encoding announced =
                stated.map(uid -> TransferSyntax.of(uid).encoding()).orElse(Encoding.IMPLICIT_LITTLE);
        Encoding actual = DataSetTokenizer.probe(start, announced);
        // Compressed pixels say more than Implicit VR, which readers notice by themselves.
        if (stated.isPresent()
                && (actual == announced || TransferSyntax.of(stated.get()).encapsulated())) {
            return stated.get();
        }
        if (stated.isEmpty() && !looksLikeDataSet(start, actual)) {
            throw new ArchiveException(ArchiveError.NOT_A_DATASET, "no DICOM file");
        }
        return switch (actual) {
            case IMPLICIT_LITTLE -> TransferSyntaxUid.IMPLICIT_VR_LITTLE_ENDIAN;
            case EXPLICIT_LITTLE -> TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN;
            case EXPLICIT_BIG -> TransferSyntaxUid.EXPLICIT_VR_BIG_ENDIAN;
        };
    }

    /** Without meta information, a data set begins in group 0008 or, rarely, with another low even group. */
    private static boolean looksLikeDataSet(byte[] start, Encoding encoding) {
        int group = encoding.bigEndian()
                ? (start[0] & 0xFF) << 8 | start[1] & 0xFF
                : (start[1] & 0xFF) << 8 | start[0] & 0xFF;
        return group >= 4 && group <= 0x0100;
    }

    /** Writes preamble, prefix and File Meta Information (PS3.10 §7.1); the data set is to follow. */
    public static void writeStart(
            OutputStream out, SopClassUid sopClass, SopInstanceUid sopInstance, TransferSyntaxUid transferSyntax)
            throws IOException {
        AttributeSet meta = AttributeSet.of(Map.of(
                META_VERSION,
                new Attribute(Vr.OB, java.util.List.of(new Value.Inline(new byte[] {0, 1}))),
                MEDIA_SOP_CLASS,
                text(Vr.UI, sopClass.value()),
                MEDIA_SOP_INSTANCE,
                text(Vr.UI, sopInstance.value()),
                TRANSFER_SYNTAX,
                text(Vr.UI, transferSyntax.value()),
                IMPLEMENTATION_CLASS,
                text(Vr.UI, IMPLEMENTATION_CLASS_UID),
                IMPLEMENTATION_VERSION,
                text(Vr.SH, IMPLEMENTATION_VERSION_NAME)));
        byte[] encoded = DataSetCodec.encode(meta, TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN);
        out.write(new byte[PREAMBLE_BYTES]);
        out.write(PREFIX);
        ElementWriter writer = new ElementWriter(out, Encoding.EXPLICIT_LITTLE);
        writer.header(0x00020000, Vr.UL, Integer.BYTES);
        writer.value(ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(encoded.length)
                .array());
        out.write(encoded);
    }

    private static Attribute text(Vr vr, String text) {
        return new Attribute(vr, java.util.List.of(new Value.Text(text)));
    }
}
