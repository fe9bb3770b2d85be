package org.archipelago.acceptance;

import static org.archipelago.acceptance.HostileDataSet.ITEM;
import static org.archipelago.acceptance.HostileDataSet.PIXEL_DATA;
import static org.archipelago.acceptance.HostileDataSet.SEQUENCE_END;
import static org.archipelago.acceptance.HostileDataSet.UNDEFINED;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Images that lie about their size, frames, tables or codestreams. Their bytes are kept as any object's are; asked for as
 * frames, decoded or not, and as a small picture, they are refused, or shown as the placeholder.
 */
final class PixelAttacks {
    private static final String RLE = "1.2.840.10008.1.2.5";
    private static final String JPEG = "1.2.840.10008.1.2.4.50";
    private static final String JPEG_2000 = "1.2.840.10008.1.2.4.90";
    private static final String DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1";
    private static final int EXTENDED_OFFSETS = 0x7FE00001;
    private static final int SIDE = 16_383;
    private static final byte[] NONE = {};

    private PixelAttacks() {}

    static List<Attack> all() {
        List<Attack> all = new ArrayList<>(sizes());
        all.addAll(tables());
        all.addAll(codestreams());
        all.add(Attack.of("rle-bomb-sent-twice", PixelAttacks::compared));
        return all;
    }

    /** What the Image Pixel module says (PS3.3 §C.7.6.3). */
    private record Image(String name, int rows, int columns, int samples, int allocated, String frames) {
        HostileDataSet dataset() {
            return HostileDataSet.of("pixels " + name)
                    .number(0x00280002, samples)
                    .text(0x00280004, "CS", samples == 1 ? "MONOCHROME2" : "RGB")
                    .number(0x00280006, 0)
                    .text(0x00280008, "IS", frames)
                    .number(0x00280010, rows)
                    .number(0x00280011, columns)
                    .number(0x00280100, allocated)
                    .number(0x00280101, allocated)
                    .number(0x00280102, allocated - 1)
                    .number(0x00280103, 0);
        }
    }

    private static List<Attack> sizes() {
        return List.of(
                shortPixels("dimensions-of-65535", 65_535, 65_535, 3, 16, "1"),
                shortPixels("dimensions-times-frames-overflow", 65_535, 65_535, 3, 16, "2147483647"),
                shortPixels("dimensions-overflow-to-little", 32_768, 32_768, 4, 32, "4"),
                asked(
                        "dimensions-as-unsigned-long",
                        DicomFile.EXPLICIT,
                        new Image("dimensions-as-unsigned-long", 16, 16, 1, 8, "1")
                                .dataset()
                                .shortForm(0x00280010, "UL", 4, new byte[] {0, 0, 1, 0})
                                .shortForm(0x00280011, "UL", 4, new byte[] {1, 0, 1, 0})
                                .binary(PIXEL_DATA, "OW", new byte[64])),
                shortPixels("dimensions-of-nothing", 0, 0, 0, 0, "0"),
                shortPixels("frames-of-2-gib-count", 16, 16, 1, 8, "2147483647"),
                shortPixels("frames-negative", 16, 16, 1, 8, "-5"),
                shortPixels("frames-beyond-32-bits", 16, 16, 1, 8, "999999999999"),
                shortPixels("bits-allocated-of-7", 16, 16, 1, 7, "1"),
                shortPixels("samples-of-255", 16, 16, 255, 8, "1"),
                shortPixels("pixel-data-too-short", 4000, 4000, 1, 16, "1"));
    }

    private static List<Attack> tables() {
        return List.of(
                native8("palette-larger-than-its-data", 0, 0, 16, 10),
                native8("palette-first-value-of-32767", 256, 32_767, 16, 512),
                native8("palette-of-200-bits", 256, 0, 200, 512),
                native8("palette-smaller-than-the-indexes", 4, 0, 16, 8),
                asked("lut-larger-than-its-data", DicomFile.EXPLICIT, lut(0x00283000)),
                asked("voi-lut-larger-than-its-data", DicomFile.EXPLICIT, lut(0x00283010)));
    }

    private static List<Attack> codestreams() {
        return List.of(
                encapsulated("rle-bomb", RLE, SIDE, SIDE, rle(1, 64, 2)),
                encapsulated("rle-offsets-beyond-the-frame", RLE, 64, 64, rle(1, 0x7FFFFFF0, 200)),
                encapsulated("rle-of-4-gib-segments", RLE, 64, 64, rle(0xFFFFFFFF, 64, 200)),
                Attack.of(
                        "deflated-frame-bomb",
                        node -> ask(
                                node,
                                "deflated-frame-bomb",
                                DEFLATED_FRAMES,
                                object(
                                        "deflated-frame-bomb",
                                        SIDE,
                                        SIDE,
                                        HostileDataSet.bare().deflatedWithZeros(256L << 20)),
                                true)),
                encapsulated("jpeg-of-another-size", JPEG, 16, 16, jpeg(65_500, 65_500)),
                encapsulated("jpeg-bomb", JPEG, SIDE, SIDE, jpeg(SIDE, SIDE)),
                encapsulated("jpeg-of-noise", JPEG, 64, 64, new byte[4000]),
                encapsulated("jpeg-segment-without-end", JPEG, 64, 64, new byte[] {
                    -1, (byte) 0xD8, -1, (byte) 0xE0, -1, -1, 0, 0
                }),
                encapsulated("jpeg-2000-bomb", JPEG_2000, SIDE, SIDE, jpeg2000(SIDE)),
                encapsulated("jpeg-2000-of-4-gib", JPEG_2000, 64, 64, jpeg2000(0x7FFFFFFF)),
                asked("offset-table-that-lies", RLE, offsets(NONE)),
                asked("extended-offset-table-that-lies", RLE, offsets(new byte[] {
                    0, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, 127
                })),
                asked(
                        "fewer-fragments-than-frames",
                        RLE,
                        new Image("fewer", 16, 16, 1, 8, "2000000000")
                                .dataset()
                                .longForm(PIXEL_DATA, "OB", UNDEFINED, NONE)
                                .bare(ITEM, 0, NONE)
                                .bare(ITEM, 4, new byte[4])
                                .bare(SEQUENCE_END, 0, NONE)));
    }

    private static Attack shortPixels(String name, int rows, int columns, int samples, int allocated, String frames) {
        HostileDataSet object = new Image(name, rows, columns, samples, allocated, frames).dataset();
        return asked(name, DicomFile.EXPLICIT, object.binary(PIXEL_DATA, "OW", new byte[64]));
    }

    /** 16 by 16 indexes of all values. */
    private static Attack native8(String name, int entries, int first, int bits, int bytes) {
        HostileDataSet object = new Image(name, 16, 16, 1, 8, "1").dataset().text(0x00280004, "CS", "PALETTE COLOR");
        ByteBuffer descriptor = ByteBuffer.allocate(6).order(ByteOrder.LITTLE_ENDIAN);
        descriptor.putShort((short) entries).putShort((short) first).putShort((short) bits);
        for (int tag = 0x00281101; tag <= 0x00281103; tag++) {
            object.shortForm(tag, "US", 6, descriptor.array());
        }
        for (int tag = 0x00281201; tag <= 0x00281203; tag++) {
            object.binary(tag, "OW", new byte[bytes]);
        }
        byte[] indexes = new byte[256];
        for (int i = 0; i < indexes.length; i++) {
            indexes[i] = (byte) i;
        }
        return Attack.of(
                name, node -> ask(node, name, DicomFile.EXPLICIT, object.binary(PIXEL_DATA, "OW", indexes), false));
    }

    private static HostileDataSet lut(int sequence) {
        HostileDataSet item = HostileDataSet.bare()
                .shortForm(0x00283002, "US", 6, new byte[] {0, 0, 0, (byte) 0x80, 99, 0})
                .shortForm(0x00283006, "US", 4, new byte[4]);
        return new Image("lut " + sequence, 16, 16, 1, 16, "1")
                .dataset()
                .longForm(sequence, "SQ", UNDEFINED, NONE)
                .bare(ITEM, item.bytes().length, item.bytes())
                .bare(SEQUENCE_END, 0, NONE)
                .binary(PIXEL_DATA, "OW", new byte[512]);
    }

    private static Attack encapsulated(String name, String syntax, int rows, int columns, byte[] codestream) {
        return asked(name, syntax, object(name, rows, columns, codestream));
    }

    private static HostileDataSet object(String name, int rows, int columns, byte[] codestream) {
        byte[] even = java.util.Arrays.copyOf(codestream, codestream.length + codestream.length % 2);
        return new Image(name, rows, columns, 1, 8, "1")
                .dataset()
                .longForm(PIXEL_DATA, "OB", UNDEFINED, NONE)
                .bare(ITEM, 0, NONE)
                .bare(ITEM, even.length, even)
                .bare(SEQUENCE_END, 0, NONE);
    }

    private static byte[] rle(int segments, int offset, int bytes) {
        return java.util.Arrays.copyOf(
                ByteBuffer.allocate(64)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(segments)
                        .putInt(offset)
                        .array(),
                64 + bytes);
    }

    /** A baseline frame header and a scan without data. */
    private static byte[] jpeg(int rows, int columns) {
        ByteBuffer stream = ByteBuffer.allocate(400);
        stream.put(bytes(0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0));
        for (int i = 0; i < 64; i++) {
            stream.put((byte) 1);
        }
        stream.put(bytes(0xFF, 0xC0, 0, 11, 8))
                .putShort((short) rows)
                .putShort((short) columns)
                .put(bytes(1, 1, 0x11, 0));
        for (int kind : new int[] {0x00, 0x10}) {
            stream.put(bytes(0xFF, 0xC4, 0, 20, kind, 1)).put(new byte[15]).put((byte) 0);
        }
        stream.put(bytes(0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0)).put(new byte[40]).put(bytes(0xFF, 0xD9));
        return java.util.Arrays.copyOf(stream.array(), stream.position());
    }

    /** A main header and one tile of empty packets (ISO/IEC 15444-1 Annex A). */
    private static byte[] jpeg2000(int side) {
        ByteBuffer stream = ByteBuffer.allocate(400);
        stream.put(bytes(0xFF, 0x4F, 0xFF, 0x51)).putShort((short) 41).putShort((short) 0);
        stream.putInt(side)
                .putInt(side)
                .putInt(0)
                .putInt(0)
                .putInt(side)
                .putInt(side)
                .putInt(0)
                .putInt(0);
        stream.putShort((short) 1).put(bytes(7, 1, 1));
        stream.put(bytes(0xFF, 0x52, 0, 12, 0, 0, 0, 1, 0, 0, 4, 4, 0, 1));
        stream.put(bytes(0xFF, 0x5C, 0, 4, 0x40, 0x40));
        stream.put(bytes(0xFF, 0x90, 0, 10, 0, 0))
                .putInt(0)
                .put(bytes(0, 1, 0xFF, 0x93))
                .put(new byte[64])
                .put(bytes(0xFF, 0xD9));
        return java.util.Arrays.copyOf(stream.array(), stream.position());
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    /** Two frames in three fragments, whose Basic Offset Table points far away. */
    private static HostileDataSet offsets(byte[] extended) {
        HostileDataSet object = new Image("offsets " + extended.length, 16, 16, 1, 8, "2").dataset();
        if (extended.length > 0) {
            object.binary(EXTENDED_OFFSETS, "OV", extended);
        }
        return object.longForm(PIXEL_DATA, "OB", UNDEFINED, NONE)
                .bare(ITEM, 8, new byte[] {0, 0, 0, 0, -16, -1, -1, -1})
                .times(3, HostileDataSet.bare().bare(ITEM, 4, new byte[4]))
                .bare(SEQUENCE_END, 0, NONE);
    }

    private static Attack asked(String name, String syntax, HostileDataSet object) {
        return Attack.of(name, node -> ask(node, name, syntax, object, true));
    }

    private static String ask(
            NodeProcess node, String name, String syntax, HostileDataSet object, boolean decodedRefused)
            throws IOException {
        String instance = stored(node, syntax, object);
        HostileHttp.Answer decoded =
                HostileHttp.get(node, "/dicom-web" + instance + "/frames/1", "Accept: application/octet-stream");
        HostileHttp.Answer asStored = HostileHttp.get(node, "/dicom-web" + instance + "/frames/1", "Accept: */*");
        HostileHttp.Answer picture = HostileHttp.get(node, "/api/thumbnails" + instance);
        for (HostileHttp.Answer answer : List.of(decoded, asStored, picture)) {
            if (answer.status() == 0 || answer.isDefect()) {
                throw new AssertionError(name + " gave HTTP " + answer.status());
            }
        }
        boolean placeholder = picture.status() == 200 && picture.text().contains("no picture");
        if (decodedRefused && !name.contains("lut") && decoded.status() == 200) {
            throw new AssertionError("the frame was decoded");
        }
        return "kept; frame HTTP %d, as stored HTTP %d, picture %s"
                .formatted(
                        decoded.status(),
                        asStored.status(),
                        placeholder ? "the placeholder" : "HTTP " + picture.status());
    }

    /** @return path of the instance below any address of studies */
    private static String stored(NodeProcess node, String syntax, HostileDataSet object) throws IOException {
        DicomFile file = DicomFile.received(HostilePeer.SECONDARY_CAPTURE, "", syntax, object.bytes());
        try (HostilePeer peer = HostilePeer.associated(node, HostilePeer.SECONDARY_CAPTURE, syntax)) {
            String answer =
                    peer.store(file.studyInstance() + ".1.1", object.bytes()).answer();
            if (!answer.startsWith("success")) {
                throw new AssertionError("not even kept: " + answer);
            }
        }
        return "/studies/" + file.studyInstance() + "/series/" + file.seriesInstance() + "/instances/"
                + file.studyInstance() + ".1.1";
    }

    /** The second version of an instance is compared with the first, pixel by pixel. */
    private static String compared(NodeProcess node) throws IOException {
        HostileDataSet first = object("compared", SIDE, SIDE, rle(1, 64, 2));
        HostileDataSet second = object("compared", SIDE, SIDE, rle(1, 64, 20));
        String instance = stored(node, RLE, first);
        stored(node, RLE, second);
        return "both kept, "
                + HostileHttp.get(node, "/dicom-web" + instance + "/metadata").status();
    }
}
