package org.archipelago.node.dicom.output;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.dicom.dataset.CollectedHeader;
import org.archipelago.node.dicom.dataset.PixelDataLocation;
import org.archipelago.node.dicom.dictionary.TransferSyntax;
import org.archipelago.node.dicom.pixel.DecodedFrame;
import org.archipelago.node.dicom.pixel.FrameMemory;
import org.archipelago.node.dicom.pixel.Frames;
import org.archipelago.node.dicom.pixel.ImageDescription;
import org.jspecify.annotations.Nullable;

/** Top-level pixel data of a data set in its canonical form. */
final class CanonicalPixels {
    private enum Kind {
        /** As any other value: none, floats, or native pixels that do not fit their description. */
        AS_STORED,
        DECODED,
        /** Lossy, or of frames that nobody can count. */
        CODESTREAMS
    }

    private final Kind kind;
    private final @Nullable Frames frames;
    private final @Nullable ImageDescription decoded;
    private final boolean extendsSign;

    private CanonicalPixels(
            Kind kind, @Nullable Frames frames, @Nullable ImageDescription decoded, boolean extendsSign) {
        this.kind = kind;
        this.frames = frames;
        this.decoded = decoded;
        this.extendsSign = extendsSign;
    }

    /** @throws ArchiveException TRANSCODING_FAILED when compressed pixels cannot be compared */
    static CanonicalPixels of(SeekableByteChannel plain, TransferSyntaxUid uid, CollectedHeader header)
            throws IOException {
        PixelDataLocation location = header.pixelData().orElse(null);
        if (location == null || location.tag() != Tags.PIXEL_DATA) {
            return new CanonicalPixels(Kind.AS_STORED, null, null, false);
        }
        return switch (location) {
            case PixelDataLocation.Native pixels -> ofNative(plain, uid, header, pixels);
            case PixelDataLocation.Encapsulated _ -> {
                Frames frames = Frames.of(plain, uid, header);
                boolean lossless = TransferSyntax.of(uid).pixels() == TransferSyntax.Pixels.LOSSLESS
                        && ImageDescription.countsFrames(header.attributes());
                yield lossless
                        ? new CanonicalPixels(
                                Kind.DECODED, frames, decoded(frames), extendsSign(header, frames.image()))
                        : new CanonicalPixels(Kind.CODESTREAMS, frames, null, false);
            }
        };
    }

    private static ImageDescription decoded(Frames frames) throws IOException {
        try (FrameMemory.Held _ = FrameMemory.OF_NODE.hold(frames.memoryBytes(0))) {
            return frames.decoded(0).image();
        }
    }

    private static CanonicalPixels ofNative(
            SeekableByteChannel plain, TransferSyntaxUid uid, CollectedHeader header, PixelDataLocation.Native pixels)
            throws IOException {
        CanonicalPixels asStored = new CanonicalPixels(Kind.AS_STORED, null, null, false);
        try {
            Frames frames = Frames.of(plain, uid, header);
            ImageDescription image = frames.image();
            if (!image.fits(pixels.lengthBytes()) || image.subsampled()) {
                return asStored;
            }
            return new CanonicalPixels(Kind.DECODED, frames, decoded(frames), extendsSign(header, image));
        } catch (ArchiveException e) {
            if (e.error() == ArchiveError.OVERLOADED) {
                throw e;
            }
            return asStored; // it is described badly
        }
    }

    /** Whether bits above the stored ones can only be copies of the sign, or nothing. */
    private static boolean extendsSign(CollectedHeader header, ImageDescription image) {
        boolean standardHighBit = header.attributes()
                .text(ImageDescription.HIGH_BIT)
                .map(bit -> bit.equals(String.valueOf(image.bitsStored() - 1)))
                .orElse(true);
        return standardHighBit
                && image.bitsStored() < image.bitsAllocated()
                && (image.bitsAllocated() == 8 || image.bitsAllocated() == 16);
    }

    boolean replaces(int tag) {
        return kind != Kind.AS_STORED && tag == Tags.PIXEL_DATA;
    }

    /** Whether samples lie as the canonical form has them, whatever Planar Configuration said. */
    boolean areCanonical() {
        return kind == Kind.DECODED;
    }

    byte[] photometric(byte[] stored) {
        return kind == Kind.DECODED && decoded != null
                ? decoded.photometric().getBytes(StandardCharsets.US_ASCII)
                : stored;
    }

    /** Modulo 2^32 for more than 4 GiB, since it is only part of a digest. */
    long lengthBytes() {
        if (kind != Kind.DECODED || decoded == null) {
            return 0;
        }
        return (NativePixels.lengthBytes(decoded)) & 0xFFFFFFFEL;
    }

    void writeTo(OutputStream out) throws IOException {
        Frames all = java.util.Objects.requireNonNull(frames);
        NativePixels.FrameBits bits = new NativePixels.FrameBits(out);
        for (int frame = 0; frame < all.count(); frame++) {
            try (FrameMemory.Held _ = FrameMemory.OF_NODE.hold(memoryBytes(all, frame))) {
                if (kind == Kind.CODESTREAMS) {
                    codestream(all.stored(frame), out);
                } else {
                    DecodedFrame pixels = all.decoded(frame);
                    ImageDescription image = pixels.image();
                    bits.write(normal(pixels), (long) image.pixels() * image.samples() * image.bitsAllocated());
                }
            }
        }
        bits.finish(0);
    }

    private long memoryBytes(Frames all, int frame) {
        return kind == Kind.CODESTREAMS ? all.storedMemoryBytes(frame) : all.memoryBytes(frame);
    }

    /** Without the padding of its last fragment; its length in front, so that frames cannot run into each other. */
    private static void codestream(byte[] stored, OutputStream out) throws IOException {
        int end = stored.length;
        while (end > 0 && stored[end - 1] == 0) {
            end--;
        }
        for (int shift = 24; shift >= 0; shift -= 8) {
            out.write(end >>> shift);
        }
        out.write(stored, 0, end);
    }

    /** Bits above the stored ones carry the sign; where they carry something else, such as an overlay, they stay. */
    private byte[] normal(DecodedFrame frame) {
        byte[] pixels = frame.pixels();
        if (!extendsSign) {
            return pixels;
        }
        ImageDescription image = frame.image();
        int size = image.sampleBytes();
        int unused = Integer.SIZE - image.bitsStored();
        int allocatedMask = size == 1 ? 0xFF : 0xFFFF;
        for (int i = 0; i + size <= pixels.length; i += size) {
            int raw = pixels[i] & 0xFF | (size == 2 ? (pixels[i + 1] & 0xFF) << 8 : 0);
            int zero = raw << unused >>> unused;
            int sign = raw << unused >> unused & allocatedMask;
            if (raw == zero || raw == sign) {
                int normal = image.signed() ? sign : zero;
                pixels[i] = (byte) normal;
                if (size == 2) {
                    pixels[i + 1] = (byte) (normal >> 8);
                }
            }
        }
        return pixels;
    }
}
