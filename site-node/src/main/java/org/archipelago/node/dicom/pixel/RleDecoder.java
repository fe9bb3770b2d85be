package org.archipelago.node.dicom.pixel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** RLE Lossless (PS3.5 Annex G): byte planes, most significant first, each compressed by PackBits. */
final class RleDecoder {
    private static final int HEADER_BYTES = 64;
    private static final int MAX_SEGMENTS = 15;
    /** Two bytes stand for 128 at most. */
    private static final int MOST_RATIO = 64;

    private RleDecoder() {}

    /** Samples of a pixel beside each other, little endian. */
    static byte[] decode(byte[] frame, ImageDescription image) {
        if (frame.length < HEADER_BYTES) {
            throw ImageDescription.failed("RLE header");
        }
        ByteBuffer header = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
        int segments = header.getInt(0);
        int sampleBytes = image.sampleBytes();
        if (segments < 1 || segments > MAX_SEGMENTS || segments != image.samples() * sampleBytes) {
            throw ImageDescription.failed("RLE segments");
        }
        if (image.frameBytes() > (long) MOST_RATIO * frame.length) {
            throw ImageDescription.failed("RLE data");
        }
        byte[] out = new byte[image.frameBytes()];
        int planeBytes = image.bitsAllocated() == 1 ? out.length : image.pixels();
        int stride = image.samples() * sampleBytes;
        for (int segment = 0; segment < segments; segment++) {
            int start = header.getInt(4 + segment * 4);
            int end = segment + 1 < segments ? header.getInt(8 + segment * 4) : frame.length;
            if (start < HEADER_BYTES || end < start || end > frame.length) {
                throw ImageDescription.failed("RLE offsets");
            }
            int sample = segment / sampleBytes;
            int significance = sampleBytes - 1 - segment % sampleBytes;
            unpack(frame, start, end, out, sample * sampleBytes + significance, stride, planeBytes);
        }
        return out;
    }

    /** PS3.5 §G.3.2; the byte 80H does nothing. */
    private static void unpack(byte[] in, int start, int end, byte[] out, int first, int stride, int count) {
        int at = start;
        int to = first;
        int left = count;
        while (left > 0) {
            if (at + 1 >= end) {
                throw ImageDescription.failed("RLE data");
            }
            int code = in[at++];
            if (code >= 0) {
                int literal = Math.min(code + 1, left);
                if (at + literal > end) {
                    throw ImageDescription.failed("RLE data");
                }
                for (int i = 0; i < literal; i++, to += stride) {
                    out[to] = in[at + i];
                }
                at += code + 1;
                left -= literal;
            } else if (code != Byte.MIN_VALUE) {
                int run = Math.min(1 - code, left);
                byte value = in[at++];
                for (int i = 0; i < run; i++, to += stride) {
                    out[to] = value;
                }
                left -= run;
            }
        }
    }
}
