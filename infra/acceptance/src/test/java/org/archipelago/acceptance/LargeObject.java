package org.archipelago.acceptance;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/**
 * A multi-frame image of any size whose pixels are made while it is read: never whole in memory or on disk. Native in Explicit
 * VR Little Endian, with Data Set Trailing Padding behind its pixels, since native pixel data end below 4 GiB; or
 * encapsulated, a fragment for each frame (PS3.5 §A.4), whose bytes are noise and no code stream.
 */
final class LargeObject {
    private static final String MULTI_FRAME_WORD = "1.2.840.10008.5.1.4.1.1.7.3";
    private static final String JPEG_2000 = "1.2.840.10008.1.2.4.90";
    private static final long UNDEFINED_LENGTH = 0xFFFF_FFFFL;
    private static final int PIXEL_DATA = 0x7FE00010;
    private static final int ROWS = 2048;
    private static final long FRAME_BYTES = 2L * ROWS * ROWS;
    private static final int BLOCK_BYTES = 1 << 20;

    private final DicomFile facts;
    private final byte[] header;
    private final int frames;
    /** Before each frame; empty in native pixel data. */
    private final byte[] itemHead;

    private final byte[] trailer;
    private final byte[] noise;

    private LargeObject(String seed, int frames, boolean encapsulated) {
        Random random = new Random(seed.hashCode());
        String study = "2.25." + (1L << 40 | random.nextInt(1 << 30));
        String instance = study + ".1.1";
        this.frames = frames;
        ExplicitVr description = description(random, study, instance, frames);
        if (encapsulated) {
            header = join(
                    description.longHead(PIXEL_DATA, "OB", UNDEFINED_LENGTH).encoded(), item(0xE000, 0));
            itemHead = item(0xE000, (int) FRAME_BYTES);
            trailer = item(0xE0DD, 0);
        } else {
            header =
                    description.longHead(PIXEL_DATA, "OW", frames * FRAME_BYTES).encoded();
            itemHead = new byte[0];
            trailer = join(
                    new ExplicitVr().longHead(0xFFFCFFFC, "OB", FRAME_BYTES).encoded(), new byte[(int) FRAME_BYTES]);
        }
        noise = new byte[BLOCK_BYTES];
        random.nextBytes(noise);
        facts = new DicomFile(
                seed,
                encapsulated ? JPEG_2000 : DicomFile.EXPLICIT,
                MULTI_FRAME_WORD,
                instance,
                study,
                study + ".1",
                new byte[0]);
    }

    /** @param frames of 8 MiB each, 1 to 511; 511 and the padding make 4 GiB and a little */
    static LargeObject ofFrames(String seed, int frames) {
        if (frames < 1 || frames * FRAME_BYTES > 0xFFFF_FFFEL) {
            throw new IllegalArgumentException(frames + " frames");
        }
        return new LargeObject(seed, frames, false);
    }

    /** @param fragments of 8 MiB each; 512 are more than 4 GiB */
    static LargeObject ofFragments(String seed, int fragments) {
        return new LargeObject(seed, fragments, true);
    }

    private static ExplicitVr description(Random random, String study, String instance, int frames) {
        return new ExplicitVr()
                .text(0x00080008, "CS", "DERIVED\\SECONDARY")
                .text(0x00080016, "UI", MULTI_FRAME_WORD)
                .text(0x00080018, "UI", instance)
                .text(0x00080020, "DA", "20260101")
                .text(0x00080030, "TM", "120000")
                .text(0x00080050, "SH", "")
                .text(0x00080060, "CS", "OT")
                .text(0x00080064, "CS", "WSD")
                .text(0x00080090, "PN", "")
                .text(0x00100010, "PN", "LARGE^OBJECT")
                .text(0x00100020, "LO", "LARGE" + random.nextInt(1 << 20))
                .text(0x00100030, "DA", "")
                .text(0x00100040, "CS", "O")
                .text(0x0020000D, "UI", study)
                .text(0x0020000E, "UI", study + ".1")
                .text(0x00200010, "SH", "1")
                .text(0x00200011, "IS", "1")
                .text(0x00200013, "IS", "1")
                .unsignedShort(0x00280002, 1)
                .text(0x00280004, "CS", "MONOCHROME2")
                .text(0x00280008, "IS", Integer.toString(frames))
                .unsignedShort(0x00280010, ROWS)
                .unsignedShort(0x00280011, ROWS)
                .unsignedShort(0x00280100, 16)
                .unsignedShort(0x00280101, 16)
                .unsignedShort(0x00280102, 15)
                .unsignedShort(0x00280103, 0)
                .text(0x00280301, "CS", "NO")
                .text(0x00281052, "DS", "0")
                .text(0x00281053, "DS", "1")
                .text(0x00281054, "LO", "US")
                .text(0x20500020, "CS", "IDENTITY");
    }

    /** Head of an item, or a delimiter (PS3.5 §7.5). */
    private static byte[] item(int element, int length) {
        return ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) 0xFFFE)
                .putShort((short) element)
                .putInt(length)
                .array();
    }

    private static byte[] join(byte[] first, byte[] second) {
        return ByteBuffer.allocate(first.length + second.length)
                .put(first)
                .put(second)
                .array();
    }

    /** Everything but the data set, which is empty here. */
    DicomFile facts() {
        return facts;
    }

    long length() {
        return header.length + frames * unitBytes() + trailer.length;
    }

    /** Of a frame and what is before it. */
    private long unitBytes() {
        return itemHead.length + FRAME_BYTES;
    }

    String path() {
        return "/studies/" + facts.studyInstance() + "/series/" + facts.seriesInstance() + "/instances/"
                + facts.sopInstance();
    }

    /** The data set, the same at each call. */
    InputStream dataset() {
        return new java.io.SequenceInputStream(Collections.enumeration(
                List.of(new ByteArrayInputStream(header), new Pixels(), new ByteArrayInputStream(trailer))));
    }

    /** As a file (PS3.10 §7.1). */
    InputStream part10() {
        return new java.io.SequenceInputStream(new ByteArrayInputStream(facts.part10()), dataset());
    }

    String sha256() throws IOException {
        try (InputStream in = dataset()) {
            return sha256(in, length());
        }
    }

    /** Of exactly so many bytes. */
    static String sha256(InputStream in, long length) throws IOException {
        MessageDigest digest = digest();
        byte[] piece = new byte[BLOCK_BYTES];
        long left = length;
        while (left > 0) {
            int read = in.read(piece, 0, (int) Math.min(piece.length, left));
            if (read < 0) {
                throw new IOException(left + " bytes are missing");
            }
            digest.update(piece, 0, read);
            left -= read;
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Noise in blocks that begin with their number, so that none can take another's place unseen. */
    private final class Pixels extends InputStream {
        private final byte[] block = noise.clone();
        private long at;

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            if (at == frames * unitBytes()) {
                return -1;
            }
            long inUnit = at % unitBytes();
            int given = inUnit < itemHead.length
                    ? give(itemHead, (int) inUnit, target, offset, length)
                    : pixels(at / unitBytes() * FRAME_BYTES + inUnit - itemHead.length, target, offset, length);
            at += given;
            return given;
        }

        private int pixels(long from, byte[] target, int offset, int length) {
            int inBlock = (int) (from % BLOCK_BYTES);
            if (inBlock == 0) {
                ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN).putLong(0, from / BLOCK_BYTES);
            }
            return give(block, inBlock, target, offset, length);
        }

        private static int give(byte[] source, int from, byte[] target, int offset, int length) {
            int given = Math.min(length, source.length - from);
            System.arraycopy(source, from, target, offset, given);
            return given;
        }
    }
}
