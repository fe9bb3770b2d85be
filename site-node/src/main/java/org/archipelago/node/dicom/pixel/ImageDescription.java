package org.archipelago.node.dicom.pixel;

import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;

/**
 * The Image Pixel module (PS3.3 §C.7.6.3), checked so that no product of its numbers overflows.
 *
 * @param photometric (0028,0004), upper case
 * @param planar whether the samples of a pixel lie in planes: (0028,0006) is 1
 */
public record ImageDescription(
        int rows,
        int columns,
        int samples,
        int bitsAllocated,
        int bitsStored,
        boolean signed,
        boolean planar,
        String photometric,
        int frames) {
    /** A frame must fit into memory several times over. */
    public static final long MAX_FRAME_BYTES = 256L << 20;

    public static final int SAMPLES_PER_PIXEL = 0x00280002;
    public static final int PHOTOMETRIC_INTERPRETATION = 0x00280004;
    public static final int PLANAR_CONFIGURATION = 0x00280006;
    public static final int BITS_STORED = 0x00280101;
    public static final int HIGH_BIT = 0x00280102;
    public static final int PIXEL_REPRESENTATION = 0x00280103;

    /**
     * What tells of the encapsulation of pixel data, and nothing of the image: Extended Offset Table, its lengths, and Encapsulated
     * Pixel Data Value Total Length (PS3.3 §C.7.6.3).
     */
    public static final Set<Integer> OF_ENCAPSULATION = Set.of(0x7FE00001, 0x7FE00002, 0x7FE00003);

    private static final int MAX_SIDE = 0xFFFF;

    public ImageDescription {
        boolean sane = within(rows, 1, MAX_SIDE)
                && within(columns, 1, MAX_SIDE)
                && within(samples, 1, 4)
                && (bitsAllocated == 1 || bitsAllocated % 8 == 0 && within(bitsAllocated, 8, 64))
                && within(bitsStored, 1, bitsAllocated)
                && frames >= 1;
        if (!sane) {
            throw failed("image pixel attributes");
        }
        if (((long) rows * columns * samples * bitsAllocated + 7) / 8 > MAX_FRAME_BYTES) {
            throw failed("frame size");
        }
    }

    /** @throws ArchiveException TRANSCODING_FAILED when the attributes make no image */
    public static ImageDescription of(AttributeSet header) {
        int allocated = number(header, Tags.BITS_ALLOCATED).orElseThrow(() -> failed("Bits Allocated"));
        return new ImageDescription(
                number(header, Tags.ROWS).orElseThrow(() -> failed("Rows")),
                number(header, Tags.COLUMNS).orElseThrow(() -> failed("Columns")),
                number(header, SAMPLES_PER_PIXEL).orElse(1),
                allocated,
                number(header, BITS_STORED).orElse(allocated),
                number(header, PIXEL_REPRESENTATION).orElse(0) == 1,
                number(header, PLANAR_CONFIGURATION).orElse(0) == 1,
                header.text(PHOTOMETRIC_INTERPRETATION).orElse("MONOCHROME2").toUpperCase(java.util.Locale.ROOT),
                Math.max(1, number(header, Tags.NUMBER_OF_FRAMES).orElse(1)));
    }

    /** The first value as a number of at most 32 bits; empty when it is none. */
    static Optional<Integer> number(AttributeSet header, int tag) {
        return header.text(tag).flatMap(text -> {
            try {
                return Optional.of(new java.math.BigDecimal(text.length() > 20 ? "x" : text).intValueExact());
            } catch (NumberFormatException | ArithmeticException notANumber) {
                return Optional.empty();
            }
        });
    }

    /** Whether native pixel data of this length is these frames and nothing else but padding. */
    public boolean fits(long lengthBytes) {
        long surplus = lengthBytes - nativeBytes();
        return surplus == 0 || surplus == 1;
    }

    /** Whether Number of Frames (0028,0008) is absent, empty or a count; otherwise {@link #frames} is a guess. */
    public static boolean countsFrames(AttributeSet header) {
        return header.text(Tags.NUMBER_OF_FRAMES)
                        .map(String::strip)
                        .filter(text -> !text.isEmpty())
                        .isEmpty()
                || number(header, Tags.NUMBER_OF_FRAMES).orElse(0) >= 1;
    }

    private static boolean within(int value, int min, int max) {
        return value >= min && value <= max;
    }

    /** Whether native chrominance is shared by two pixels (PS3.3 §C.7.6.3.1.2). */
    public boolean subsampled() {
        return samples == 3 && photometric.endsWith("_422");
    }

    public int pixels() {
        return rows * columns;
    }

    /** Whole bytes of one sample; 1 for single bits, which are packed. */
    public int sampleBytes() {
        return Math.max(1, bitsAllocated / 8);
    }

    /** Bytes of a decoded frame: every sample present; single bits packed, the last byte filled up. */
    public int frameBytes() {
        return (int) (((long) pixels() * samples * bitsAllocated + 7) / 8);
    }

    /** Bits of a frame in native pixel data; frames follow each other without padding (PS3.5 §8.1.1). */
    public long nativeFrameBits() {
        return (long) pixels() * (subsampled() ? 2 : samples) * bitsAllocated;
    }

    /** Bytes of all frames in native pixel data, before padding. */
    public long nativeBytes() {
        return Math.ceilDiv(Math.multiplyExact(nativeFrameBits(), (long) frames), 8L);
    }

    ImageDescription as(String newPhotometric, boolean newPlanar) {
        return new ImageDescription(
                rows, columns, samples, bitsAllocated, bitsStored, signed, newPlanar, newPhotometric, frames);
    }

    static ArchiveException failed(String what) {
        return new ArchiveException(ArchiveError.TRANSCODING_FAILED, what);
    }
}
