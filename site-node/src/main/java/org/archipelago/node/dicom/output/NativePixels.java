package org.archipelago.node.dicom.output;

import java.io.IOException;
import java.io.OutputStream;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dataset.ElementWriter;
import org.archipelago.node.dicom.dataset.Values;
import org.archipelago.node.dicom.dictionary.TransferSyntax.Encoding;
import org.archipelago.node.dicom.pixel.FrameMemory;
import org.archipelago.node.dicom.pixel.Frames;
import org.archipelago.node.dicom.pixel.ImageDescription;

/** Decoded frames as a pixel data element (PS3.5 §8.1.1): one after the other, without padding between them. */
final class NativePixels {
    /** The greatest even 32-bit length that is not the undefined one. */
    static final long MAX_LENGTH_BYTES = 0xFFFFFFFEL;

    private NativePixels() {}

    /** Bytes of all frames once decoded, padded. */
    static long lengthBytes(ImageDescription image) {
        long bits = (long) image.pixels() * image.samples() * image.bitsAllocated();
        long bytes = Math.ceilDiv(Math.multiplyExact(bits, (long) image.frames()), 8L);
        return bytes + bytes % 2;
    }

    static void write(Frames frames, int tag, Encoding target, OutputStream out) throws IOException {
        ImageDescription image = frames.image();
        Vr vr = image.bitsAllocated() > 8 || !target.explicit() ? Vr.OW : Vr.OB;
        long length = lengthBytes(image);
        new ElementWriter(out, target).header(tag, vr, length);
        int unit = target.bigEndian() ? Values.swapBytes(vr) : 1;
        FrameBits bits = new FrameBits(out);
        for (int frame = 0; frame < frames.count(); frame++) {
            try (FrameMemory.Held _ = FrameMemory.OF_NODE.hold(frames.memoryBytes(frame))) {
                bits.write(
                        Values.swapped(frames.decoded(frame).pixels(), unit),
                        (long) image.pixels() * image.samples() * image.bitsAllocated());
            }
        }
        bits.finish(length);
    }

    /** Joins frames whose bits do not fill whole bytes. */
    static final class FrameBits {
        private final OutputStream out;
        private int carried;
        private int carriedBits;
        private long written;

        FrameBits(OutputStream out) {
            this.out = out;
        }

        void write(byte[] frame, long bits) throws IOException {
            if (carriedBits == 0 && bits % 8 == 0) {
                out.write(frame);
                written += frame.length;
                return;
            }
            byte[] joined = new byte[frame.length + 1];
            int n = 0;
            long left = bits;
            for (byte b : frame) {
                int valid = (int) Math.min(8, left);
                carried |= (b & (1 << valid) - 1) << carriedBits;
                carriedBits += valid;
                left -= valid;
                if (carriedBits >= 8) {
                    joined[n++] = (byte) carried;
                    carried >>>= 8;
                    carriedBits -= 8;
                }
            }
            out.write(joined, 0, n);
            written += n;
        }

        void finish(long length) throws IOException {
            if (carriedBits > 0) {
                out.write(carried);
                written++;
            }
            for (; written < length; written++) {
                out.write(0);
            }
        }
    }
}
