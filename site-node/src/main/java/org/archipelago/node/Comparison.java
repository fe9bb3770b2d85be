package org.archipelago.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.SeekableByteChannel;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.study.ContentComparison;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.dicom.dataset.CollectedHeader;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.dataset.PixelDataLocation;
import org.archipelago.node.dicom.dataset.PlainBytes;
import org.archipelago.node.dicom.dataset.StoredHeaders;
import org.archipelago.node.dicom.output.ContentDigests;
import org.archipelago.node.dicom.output.OriginalAttributes;
import org.archipelago.node.dicom.pixel.FrameMemory;
import org.archipelago.node.dicom.pixel.Frames;
import org.archipelago.node.dicom.pixel.ImageDescription;
import org.archipelago.node.retrieve.StoredBytes;

/** Compares two stored objects by their canonical digests, and where those differ by their pixels alone. Memory is bounded by a frame. */
final class Comparison implements ContentComparison {
    private final StoredBytes bytes;
    private final DataSetLimits limits;
    private final ContentDigests digests;
    private final Archive.CorrectionsMade corrections;
    private final String label;

    /** @param label this site, as its corrections name it in Original Attributes Sequence */
    Comparison(StoredBytes bytes, Archive.CorrectionsMade corrections, DataSetLimits limits, String label) {
        this.label = label;
        this.bytes = bytes;
        this.corrections = corrections;
        this.limits = limits;
        this.digests = new ContentDigests(limits);
    }

    static Archive.Comparisons configured(Configuration configuration) {
        return (bytes, corrections) -> new Comparison(
                bytes,
                corrections,
                ArchiveNode.limits(configuration),
                configuration.site().label());
    }

    @Override
    public Result compare(StudyCopyId study, StoredObject current, StoredObject incoming) {
        try {
            Optional<Digest> second = canonical(study, incoming);
            Optional<Digest> first = stored(() -> canonical(study, current));
            if (first.isEmpty() || second.isEmpty()) {
                return Result.NOT_COMPARABLE;
            }
            if (first.equals(second) || isOwnCorrection(study, current, incoming)) {
                return Result.ONLY_ENCODING_DIFFERS;
            }
            Optional<Digest> pixels = pixels(study, incoming);
            return stored(() -> pixels(study, current)).equals(pixels) ? Result.CONTENT_DIFFERS : Result.PIXELS_DIFFER;
        } catch (ArchiveException e) {
            return switch (e.error()) {
                case TRANSCODING_FAILED, NOT_A_DATASET, DATASET_LIMIT -> Result.NOT_COMPARABLE;
                default -> throw e;
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private interface Reading<T> {
        T read() throws IOException;
    }

    /** A stored blob that is lost or damaged can be compared with nothing; its good resend is kept beside it. */
    private static <T> T stored(Reading<T> reading) throws IOException {
        try {
            return reading.read();
        } catch (ArchiveException e) {
            if (e.error() == ArchiveError.CORRUPT || e.error() == ArchiveError.NOT_FOUND) {
                throw new ArchiveException(ArchiveError.NOT_A_DATASET, "stored object that cannot be read", e);
            }
            throw e;
        }
    }

    /**
     * Whether the incoming object is the stored one as it left here: with values of its own restored that further items
     * of Original Attributes Sequence (0400,0561) keep, and without those items, nothing but the encoding differs; and what
     * stands in their place we did put there.
     */
    private boolean isOwnCorrection(StudyCopyId study, StoredObject current, StoredObject incoming) throws IOException {
        AttributeSet after = header(study, incoming);
        if (!OriginalAttributes.hasItems(after)) {
            return false;
        }
        AttributeSet before = stored(() -> header(study, current));
        Set<Integer> restored = OriginalAttributes.restored(before, after);
        return !restored.isEmpty()
                && OriginalAttributes.areOf(label, before, after)
                && corrections.ever(study, current, changed(after, restored))
                && stored(() -> without(restored, study, current)).equals(without(restored, study, incoming));
    }

    /** Absent ones without value. */
    private static AttributeSet changed(AttributeSet after, Set<Integer> tags) {
        NavigableMap<Integer, Attribute> changed = new TreeMap<>(Integer::compareUnsigned);
        for (int tag : tags) {
            if (tag != Tags.ORIGINAL_ATTRIBUTES_SEQUENCE) {
                changed.put(tag, after.get(tag).orElse(new Attribute(Vr.UN, List.of())));
            }
        }
        return AttributeSet.of(changed);
    }

    private AttributeSet header(StudyCopyId study, StoredObject object) throws IOException {
        try (SeekableByteChannel plain = bytes.open(study.stream(), object.blob())) {
            return new StoredHeaders(limits).read(plain, object.transferSyntax(), object.assumedCharacterSet());
        }
    }

    private Optional<Digest> without(Set<Integer> tags, StudyCopyId study, StoredObject object) throws IOException {
        try (SeekableByteChannel plain = bytes.open(study.stream(), object.blob())) {
            return digests.without(tags, plain, object.transferSyntax(), object.assumedCharacterSet());
        }
    }

    private Optional<Digest> canonical(StudyCopyId study, StoredObject object) throws IOException {
        try (SeekableByteChannel plain = bytes.open(study.stream(), object.blob())) {
            return digests.of(plain, object.transferSyntax());
        }
    }

    /** Of all frames, decoded, or of all pixel bytes where the header does not say what they are; empty without pixel data. */
    private Optional<Digest> pixels(StudyCopyId study, StoredObject object) throws IOException {
        try (SeekableByteChannel plain = bytes.open(study.stream(), object.blob())) {
            return digestOf(plain, object.transferSyntax());
        }
    }

    private Optional<Digest> digestOf(SeekableByteChannel stored, TransferSyntaxUid transferSyntax) throws IOException {
        CollectedHeader header = new StoredHeaders(limits).collect(stored, transferSyntax, Optional.empty());
        PixelDataLocation location = header.pixelData().orElse(null);
        if (location == null) {
            return Optional.empty();
        }
        MessageDigest digest = Digest.newSha256();
        if (location instanceof PixelDataLocation.Native pixels && !isDescribed(pixels, header.attributes())) {
            Value.Bulk all = new Value.Bulk(pixels.offsetBytes(), pixels.lengthBytes());
            try (InputStream value = PlainBytes.bulk(stored, transferSyntax, pixels.vr(), all);
                    OutputStream sink = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
                value.transferTo(sink);
            }
        } else {
            Frames frames = Frames.of(PlainBytes.open(stored, transferSyntax), transferSyntax, header);
            boolean counted = ImageDescription.countsFrames(header.attributes());
            for (int frame = 0; frame < frames.count(); frame++) {
                long memory = counted ? frames.memoryBytes(frame) : frames.storedMemoryBytes(frame);
                try (FrameMemory.Held _ = FrameMemory.OF_NODE.hold(memory)) {
                    digest.update(counted ? frames.decoded(frame).pixels() : frames.stored(frame));
                }
            }
        }
        return Optional.of(Digest.of(digest.digest()));
    }

    /**
     * Whether the frames that the header speaks of are all of the pixel data. If not, what is behind them, or all of it, would
     * take no part in the comparison.
     */
    private static boolean isDescribed(PixelDataLocation.Native pixels, AttributeSet header) {
        try {
            return ImageDescription.of(header).fits(pixels.lengthBytes());
        } catch (ArchiveException noDescription) {
            return false;
        }
    }
}
