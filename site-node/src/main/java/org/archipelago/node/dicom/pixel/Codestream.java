package org.archipelago.node.dicom.pixel;

import java.io.ByteArrayOutputStream;

/**
 * What a JPEG, JPEG-LS or JPEG 2000 codestream says of itself, read before native code sees it.
 *
 * @param colourTransform whether its decoder undoes a transform to luminance and chrominance
 * @param planes whether each component has a scan of its own (JPEG-LS)
 */
record Codestream(
        Kind kind,
        int width,
        int height,
        int components,
        int precision,
        boolean signed,
        boolean colourTransform,
        boolean planes) {
    enum Kind {
        /** DCT, lossy. */
        JPEG,
        JPEG_LOSSLESS,
        JPEG_LS,
        JPEG_2000,
        /** High-throughput block coding (ISO/IEC 15444-15). */
        HTJ2K
    }

    private static final int SOI = 0xFFD8;
    private static final int SOS = 0xFFDA;
    private static final int J2K_SOC = 0xFF4F;
    private static final int J2K_SIZ = 0xFF51;
    private static final int J2K_CAP = 0xFF50;
    private static final int J2K_COD = 0xFF52;
    private static final int J2K_SOT = 0xFF90;
    private static final int JP2_SIGNATURE_BYTES = 12;

    /** @throws org.archipelago.contract.ArchiveException TRANSCODING_FAILED when it is none of these */
    static Codestream of(byte[] data) {
        if (u16(data, 0) == SOI) {
            return jpeg(data);
        }
        int start = u16(data, 0) == J2K_SOC ? 0 : boxed(data);
        return jpeg2000(data, start);
    }

    private static Codestream jpeg(byte[] data) {
        int at = 2;
        while (true) {
            int marker = u16(data, at);
            if (marker == 0xFFFF) {
                at++;
                continue;
            }
            if (marker < 0xFFC0) {
                throw ImageDescription.failed("JPEG marker");
            }
            if (isFrame(marker)) {
                return frame(data, at, marker);
            }
            at += 2 + u16(data, at + 2);
        }
    }

    private static boolean isFrame(int marker) {
        return marker == 0xFFF7
                || marker >= 0xFFC0 && marker <= 0xFFCF && marker != 0xFFC4 && marker != 0xFFC8 && marker != 0xFFCC;
    }

    private static Codestream frame(byte[] data, int at, int marker) {
        Kind kind = marker == 0xFFF7 ? Kind.JPEG_LS : (marker & 3) == 3 ? Kind.JPEG_LOSSLESS : Kind.JPEG;
        int components = u8(data, at + 9);
        boolean planes = kind == Kind.JPEG_LS && components > 1 && scanComponents(data, at) == 1;
        return new Codestream(
                kind, u16(data, at + 7), u16(data, at + 5), components, u8(data, at + 4), false, false, planes);
    }

    private static int scanComponents(byte[] data, int frameMarker) {
        int at = frameMarker;
        while (u16(data, at) != SOS) {
            at += 2 + u16(data, at + 2);
        }
        return u8(data, at + 4);
    }

    /**
     * A JPEG-LS stream without application segments and comments: the codec fails on some that are allowed (ISO/IEC
     * 14495-1 §C.1.1).
     */
    static byte[] withoutApplicationSegments(byte[] data) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(data.length);
        out.write(data, 0, 2);
        int at = 2;
        while (u16(data, at) != SOS) {
            int marker = u16(data, at);
            int length = 2 + u16(data, at + 2);
            u8(data, at + length - 1);
            if (marker < 0xFFE0 || marker > 0xFFEF && marker != 0xFFFE) {
                out.write(data, at, length);
            }
            at += length;
        }
        out.write(data, at, data.length - at);
        return out.toByteArray();
    }

    /** The contiguous codestream box of a JP2 file, which some senders store whole. */
    private static int boxed(byte[] data) {
        int at = 0;
        while (at >= 0 && at + JP2_SIGNATURE_BYTES <= data.length) {
            long length = (long) u16(data, at) << 16 | u16(data, at + 2);
            if (u16(data, at + 4) == 0x6A70 && u16(data, at + 6) == 0x3263) {
                return at + 8;
            }
            if (length < 8 || at + length > data.length) {
                break;
            }
            at += (int) length;
        }
        throw ImageDescription.failed("codestream");
    }

    private static Codestream jpeg2000(byte[] data, int start) {
        if (u16(data, start) != J2K_SOC || u16(data, start + 2) != J2K_SIZ) {
            throw ImageDescription.failed("JPEG 2000 codestream");
        }
        int siz = start + 4;
        long width = u32(data, siz + 4) - u32(data, siz + 12);
        long height = u32(data, siz + 8) - u32(data, siz + 16);
        int components = u16(data, siz + 36);
        int depth = u8(data, siz + 38);
        boolean high = false;
        boolean transform = false;
        int at = siz + u16(data, siz);
        for (int marker = u16(data, at); marker != J2K_SOT; marker = u16(data, at)) {
            high |= marker == J2K_CAP;
            if (marker == J2K_COD) {
                transform = u8(data, at + 8) == 1;
            }
            at += 2 + u16(data, at + 2);
        }
        if (width < 1 || height < 1 || width > 0xFFFF || height > 0xFFFF) {
            throw ImageDescription.failed("JPEG 2000 size");
        }
        return new Codestream(
                high ? Kind.HTJ2K : Kind.JPEG_2000,
                (int) width,
                (int) height,
                components,
                (depth & 0x7F) + 1,
                (depth & 0x80) != 0,
                transform,
                false);
    }

    private static int u8(byte[] data, int at) {
        if (at < 0 || at >= data.length) {
            throw ImageDescription.failed("codestream ends early");
        }
        return data[at] & 0xFF;
    }

    private static int u16(byte[] data, int at) {
        return u8(data, at) << 8 | u8(data, at + 1);
    }

    private static long u32(byte[] data, int at) {
        return (long) u16(data, at) << 16 | u16(data, at + 2);
    }
}
