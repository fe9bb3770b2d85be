package org.archipelago.node.dicom.pixel;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dataset.CollectedHeader;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.dataset.PixelDataLocation;
import org.archipelago.node.dicom.dataset.PlainBytes;
import org.archipelago.node.dicom.dataset.StoredHeaders;
import org.archipelago.node.dicom.dataset.Values;
import org.archipelago.node.dicom.dictionary.TransferSyntax;
import org.jspecify.annotations.Nullable;

/**
 * The frames of one stored data set, one at a time; memory is bounded by a frame. Not thread-safe; does not close the
 * channel.
 */
public final class Frames {
    private static final String RLE = "1.2.840.10008.1.2.5";
    private static final String DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1";
    private static final String ENCAPSULATED_UNCOMPRESSED = "1.2.840.10008.1.2.1.98";

    /** No term of the standard: YBR_PARTIAL_422 with every sample present. */
    private static final String PARTIAL_RANGE = "YBR_PARTIAL_FULL";

    /** Of a frame's pixels: as the codec gave them, in their order, and one between. */
    private static final int COPIES = 3;

    /** RFC 1951 gives at most so many bytes for one. */
    private static final int MOST_DEFLATE_RATIO = 1032;

    private final SeekableByteChannel plain;
    private final TransferSyntax syntax;
    private final AttributeSet header;
    private final PixelDataLocation location;
    private final ImageDescription image;
    private final boolean bigEndian;
    private final @Nullable FrameIndex index;

    private Frames(
            SeekableByteChannel plain,
            TransferSyntax syntax,
            CollectedHeader collected,
            PixelDataLocation location,
            ImageDescription image)
            throws IOException {
        this.plain = plain;
        this.syntax = syntax;
        this.header = collected.attributes();
        this.location = location;
        this.image = image;
        this.bigEndian = collected.bigEndian();
        this.index = switch (location) {
            case PixelDataLocation.Native _ -> null;
            case PixelDataLocation.Encapsulated encapsulated ->
                FrameIndex.of(plain, encapsulated.fragments(), header, image.frames());
        };
    }

    /**
     * @throws ArchiveException NOT_FOUND without pixel data; TRANSCODING_FAILED when its frames cannot be told apart;
     *     NOT_A_DATASET
     */
    public static Frames open(SeekableByteChannel stored, TransferSyntaxUid transferSyntax, DataSetLimits limits)
            throws IOException {
        CollectedHeader header = new StoredHeaders(limits).collect(stored, transferSyntax, Optional.empty());
        return of(PlainBytes.open(stored, transferSyntax), transferSyntax, header);
    }

    /** As {@link #open}, when the header is at hand; {@code plain} as {@link PlainBytes#open} gives it. */
    public static Frames of(SeekableByteChannel plain, TransferSyntaxUid transferSyntax, CollectedHeader header)
            throws IOException {
        PixelDataLocation location =
                header.pixelData().orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "pixel data"));
        ImageDescription image = ImageDescription.of(header.attributes());
        return new Frames(plain, TransferSyntax.of(transferSyntax), header, location, image);
    }

    public int count() {
        return image.frames();
    }

    public ImageDescription image() {
        return image;
    }

    AttributeSet header() {
        return header;
    }

    SeekableByteChannel plain() {
        return plain;
    }

    boolean bigEndian() {
        return bigEndian;
    }

    /** Whether samples are IEEE 754 numbers (PS3.3 §C.7.6.24). */
    boolean isFloat() {
        return location.tag() != Tags.PIXEL_DATA;
    }

    /** Whether frames are kept as codestreams. */
    public boolean encapsulated() {
        return index != null;
    }

    /**
     * A frame's bytes as they are stored: the codestream, or native pixels (in little endian, as WADO-RS has them).
     *
     * @param frame from 0
     * @throws ArchiveException NOT_FOUND for a frame that there is not
     */
    public byte[] stored(int frame) throws IOException {
        FrameMemory.OF_NODE.require(storedMemoryBytes(frame));
        return index != null ? index.read(plain, frame) : nativeFrame((PixelDataLocation.Native) location, frame);
    }

    /** @throws ArchiveException NOT_FOUND; TRANSCODING_FAILED when there is no codec or the frame is damaged */
    public DecodedFrame decoded(int frame) throws IOException {
        FrameMemory.OF_NODE.require(memoryBytes(frame));
        if (index == null) {
            byte[] pixels = nativeFrame((PixelDataLocation.Native) location, frame);
            return image.subsampled() ? upsampled(pixels) : interleaved(image, pixels);
        }
        return decoded(index.read(plain, frame), false);
    }

    private DecodedFrame decoded(byte[] codestream, boolean keepsColour) {
        return switch (syntax.uid().value()) {
            case RLE -> new DecodedFrame(image.as(image.photometric(), false), RleDecoder.decode(codestream, image));
            case DEFLATED_FRAMES -> interleaved(image, inflated(codestream));
            case ENCAPSULATED_UNCOMPRESSED -> interleaved(image, exactly(codestream));
            default -> NativeCodec.decode(codestream, image, keepsColour);
        };
    }

    /**
     * A frame's pixels without compression, as the image's attributes tell of them, for those who have these from elsewhere: luminance
     * and chrominance stay what they are, the latter is shared by two pixels where that is said, and samples lie in planes where that is
     * said. Colour of which there are no native pixels (YBR_RCT, YBR_ICT, YBR_PARTIAL_420) becomes RGB.
     *
     * @throws ArchiveException as {@link #decoded}
     */
    public byte[] asDescribed(int frame) throws IOException {
        if (index == null) {
            return stored(frame);
        }
        FrameMemory.OF_NODE.require(memoryBytes(frame));
        DecodedFrame decoded = decoded(index.read(plain, frame), true);
        boolean sharesChrominance =
                image.subsampled() && decoded.image().photometric().equals(image.photometric());
        return sharesChrominance
                ? subsampled(decoded.pixels())
                : image.planar() ? planes(decoded.pixels()) : decoded.pixels();
    }

    /**
     * What {@link #decoded} takes of the heap, for {@link FrameMemory}.
     *
     * @throws ArchiveException NOT_FOUND
     */
    public long memoryBytes(int frame) {
        check(frame);
        long codestream = index == null ? 0 : index.memoryBytes(frame);
        return codestream + (long) COPIES * image.frameBytes();
    }

    /** What {@link #stored} takes of the heap. @throws ArchiveException NOT_FOUND */
    public long storedMemoryBytes(int frame) {
        check(frame);
        return index == null ? (long) COPIES * image.frameBytes() : index.memoryBytes(frame);
    }

    private void check(int frame) {
        if (frame < 0 || frame >= image.frames()) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "frame");
        }
    }

    private byte[] exactly(byte[] bytes) {
        if (bytes.length < image.frameBytes()) {
            throw ImageDescription.failed("frame is too short");
        }
        return Arrays.copyOf(bytes, image.frameBytes());
    }

    private byte[] inflated(byte[] deflated) {
        if (image.frameBytes() > (long) MOST_DEFLATE_RATIO * deflated.length) {
            throw ImageDescription.failed("frame is too short");
        }
        byte[] out = new byte[image.frameBytes()];
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(deflated);
            int at = 0;
            while (at < out.length) {
                int n = inflater.inflate(out, at, out.length - at);
                if (n == 0) {
                    throw ImageDescription.failed("frame is too short");
                }
                at += n;
            }
            return out;
        } catch (DataFormatException e) {
            throw new ArchiveException(ArchiveError.TRANSCODING_FAILED, "deflated frame", e);
        } finally {
            inflater.end();
        }
    }

    private byte[] nativeFrame(PixelDataLocation.Native pixels, int frame) throws IOException {
        long firstBit = image.nativeFrameBits() * frame;
        long endBit = firstBit + image.nativeFrameBits();
        if (Math.ceilDiv(endBit, 8L) > pixels.lengthBytes()) {
            throw ImageDescription.failed("pixel data is too short");
        }
        boolean words = bigEndian && pixels.vr() == Vr.OW;
        // Words of 16 bits are read whole, since their bytes swap together.
        long first = words ? firstBit / 16 * 2 : firstBit / 8;
        long end = words ? Math.min(pixels.lengthBytes(), Math.ceilDiv(endBit, 16L) * 2) : Math.ceilDiv(endBit, 8L);
        byte[] bytes = PlainBytes.read(plain, pixels.offsetBytes() + first, (int) (end - first));
        if (bigEndian) {
            bytes = PlainBytes.littleEndian(pixels.vr(), bytes);
        }
        bytes = Values.swapped(bytes, pixelUnitBytes(syntax, header));
        return shifted(bytes, (int) (firstBit - first * 8), endBit - firstBit);
    }

    /** Bytes of a sample that is big endian in a data set that is not; 1 where nothing is to be swapped. */
    public static int pixelUnitBytes(TransferSyntax syntax, AttributeSet header) {
        if (!syntax.onlyPixelsBigEndian()) {
            return 1;
        }
        int bitsAllocated = ImageDescription.of(header).bitsAllocated();
        return bitsAllocated == 16 || bitsAllocated == 32 ? bitsAllocated / 8 : 1;
    }

    /** Frames of single bits need not begin at a byte (PS3.5 §8.1.1). */
    private static byte[] shifted(byte[] bytes, int skipBits, long bits) {
        byte[] out = new byte[(int) Math.ceilDiv(bits, 8L)];
        int skip = skipBits / 8;
        int shift = skipBits % 8;
        for (int i = 0; i < out.length; i++) {
            int low = bytes[i + skip] & 0xFF;
            int high = i + skip + 1 < bytes.length ? bytes[i + skip + 1] & 0xFF : 0;
            out[i] = (byte) ((low | high << 8) >> shift);
        }
        if (bits % 8 != 0) {
            out[out.length - 1] &= (byte) ((1 << (int) (bits % 8)) - 1);
        }
        return out;
    }

    /** The samples of each pixel beside each other. */
    static DecodedFrame interleaved(ImageDescription image, byte[] pixels) {
        if (!image.planar() || image.samples() == 1) {
            return new DecodedFrame(image.as(image.photometric(), false), pixels);
        }
        int size = image.sampleBytes();
        int plane = image.pixels() * size;
        byte[] out = new byte[pixels.length];
        for (int sample = 0; sample < image.samples(); sample++) {
            for (int pixel = 0; pixel < image.pixels(); pixel++) {
                int to = (pixel * image.samples() + sample) * size;
                System.arraycopy(pixels, sample * plane + pixel * size, out, to, size);
            }
        }
        return new DecodedFrame(image.as(image.photometric(), false), out);
    }

    private byte[] planes(byte[] pixels) {
        int size = image.sampleBytes();
        int plane = image.pixels() * size;
        byte[] out = new byte[pixels.length];
        for (int pixel = 0; pixel < image.pixels(); pixel++) {
            for (int sample = 0; sample < image.samples(); sample++) {
                int from = (pixel * image.samples() + sample) * size;
                System.arraycopy(pixels, from, out, sample * plane + pixel * size, size);
            }
        }
        return out;
    }

    /** Two whole pixels to Y1 Y2 Cb Cr, the chrominance of both in the middle. */
    private byte[] subsampled(byte[] pixels) {
        if (image.bitsAllocated() != 8 || image.columns() % 2 != 0) {
            throw ImageDescription.failed("subsampled colour of more than 8 bits or of odd columns");
        }
        byte[] out = new byte[pixels.length / 3 * 2];
        for (int i = 0, o = 0; o < out.length; i += 6, o += 4) {
            out[o] = pixels[i];
            out[o + 1] = pixels[i + 3];
            out[o + 2] = middle(pixels[i + 1], pixels[i + 4]);
            out[o + 3] = middle(pixels[i + 2], pixels[i + 5]);
        }
        return out;
    }

    private static byte middle(byte one, byte other) {
        return (byte) (((one & 0xFF) + (other & 0xFF) + 1) / 2);
    }

    /** Y1 Y2 Cb Cr to two whole pixels (PS3.3 §C.7.6.3.1.2). */
    private DecodedFrame upsampled(byte[] pairs) {
        if (image.bitsAllocated() != 8) {
            throw ImageDescription.failed("subsampled colour of more than 8 bits");
        }
        byte[] out = new byte[image.frameBytes()];
        for (int i = 0, o = 0; i + 3 < pairs.length && o + 5 < out.length; i += 4, o += 6) {
            out[o] = pairs[i];
            out[o + 3] = pairs[i + 1];
            out[o + 1] = out[o + 4] = pairs[i + 2];
            out[o + 2] = out[o + 5] = pairs[i + 3];
        }
        String full = image.photometric().equals("YBR_PARTIAL_422") ? PARTIAL_RANGE : "YBR_FULL";
        return new DecodedFrame(image.as(full, false), out);
    }
}
