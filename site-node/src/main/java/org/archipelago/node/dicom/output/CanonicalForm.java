package org.archipelago.node.dicom.output;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.archipelago.contract.Digest;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.dataset.DataSetTokenizer;
import org.archipelago.node.dicom.dataset.Element;
import org.archipelago.node.dicom.dataset.ElementWriter;
import org.archipelago.node.dicom.dataset.TokenHandler;
import org.archipelago.node.dicom.dataset.Values;
import org.archipelago.node.dicom.dictionary.Dictionary;
import org.archipelago.node.dicom.dictionary.TransferSyntax.Encoding;
import org.archipelago.node.dicom.pixel.ImageDescription;
import org.archipelago.node.dicom.text.CharacterSet;
import org.jspecify.annotations.Nullable;

/**
 * Digests the canonical form while a data set streams by. A defined length is written before its content is known, so the
 * data set passes twice: first to measure, then to digest.
 */
final class CanonicalForm implements TokenHandler {
    private static final int COLLECTED_BYTES = 1 << 20;
    /** Any tag with VR SQ in the registry, to read items that were a value of VR UN. */
    private static final int ANY_SEQUENCE = 0x00081140;

    private static final int ITEM_HEADER_BYTES = 8;
    private static final int LONG_HEADER_BYTES = 12;

    private final CanonicalPixels pixels;
    private final DataSetLimits limits;
    private final @Nullable Mask mask;
    private final Deque<CharacterSet> characterSets = new ArrayDeque<>();
    private final @Nullable MessageDigest digest;
    private final OutputStream out;
    private final ElementWriter writer;
    private final Lengths lengths;
    private int depth;
    /** Nesting at which a sequence that is left out began; -1 when nothing is left out. */
    private int mutedAt = -1;

    private int unknownDepth;
    private @Nullable Element unknownSequence;
    private boolean pixelFragments;
    private int swapUnit = 1;
    private final ByteArrayOutputStream partialUnit = new ByteArrayOutputStream(Long.BYTES);

    /**
     * What is left out at the top, Specific Character Set everywhere; text is then compared by its characters.
     *
     * @param characterSet of text that names none
     */
    record Mask(Set<Integer> tags, CharacterSet characterSet) {}

    private CanonicalForm(
            CanonicalPixels pixels,
            DataSetLimits limits,
            @Nullable Mask mask,
            @Nullable MessageDigest digest,
            Lengths lengths) {
        this.pixels = pixels;
        this.limits = limits;
        this.mask = mask;
        if (mask != null) {
            characterSets.push(mask.characterSet);
        }
        this.digest = digest;
        this.lengths = lengths;
        this.out = digest == null ? OutputStream.nullOutputStream() : new DigestOutput(digest);
        this.writer = new ElementWriter(out, Encoding.EXPLICIT_LITTLE);
    }

    static CanonicalForm measuring(CanonicalPixels pixels, DataSetLimits limits, @Nullable Mask mask) {
        return new CanonicalForm(pixels, limits, mask, null, new Lengths());
    }

    /** For the second pass, after the first has seen the whole data set. */
    CanonicalForm digesting() {
        lengths.rewind();
        return new CanonicalForm(pixels, limits, mask, Digest.newSha256(), lengths);
    }

    Digest digest() {
        return Digest.of(Objects.requireNonNull(digest).digest());
    }

    private static final class DigestOutput extends OutputStream {
        private final MessageDigest digest;

        DigestOutput(MessageDigest digest) {
            this.digest = digest;
        }

        @Override
        public void write(int b) {
            digest.update((byte) b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            digest.update(bytes, offset, length);
        }
    }

    /** Lengths of sequences, items and fragment lists, in the order in which they begin. */
    private static final class Lengths {
        private long[] measured = new long[64];
        private int count;
        private int next;
        private int[] open = new int[64];
        private int depth;
        private boolean reading;

        void rewind() {
            reading = true;
            next = 0;
        }

        /** The length of what begins now; 0 as long as it is being measured. */
        long begin() {
            if (reading) {
                return measured[next++];
            }
            if (count == measured.length) {
                measured = Arrays.copyOf(measured, count * 2);
            }
            if (depth == open.length) {
                open = Arrays.copyOf(open, depth * 2);
            }
            open[depth++] = count;
            measured[count++] = 0;
            return 0;
        }

        void add(long bytes) {
            if (!reading && depth > 0) {
                measured[open[depth - 1]] += bytes;
            }
        }

        void end(int headerBytes) {
            if (!reading) {
                long length = measured[open[--depth]];
                add(headerBytes + length);
            }
        }
    }

    private void header(int tag, Vr vr, long length) {
        lengths.add(ElementWriter.headerBytes(Encoding.EXPLICIT_LITTLE, vr, length) + length);
        try {
            writer.header(tag, vr, length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(byte[] bytes) {
        try {
            out.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Implicit VR has only the registry to go by, so that is what counts for all. */
    private static Vr canonicalVr(int tag) {
        return Dictionary.isPrivate(tag) ? Vr.UN : Dictionary.vr(tag);
    }

    private boolean isLeftOut(int tag) {
        boolean top = depth == 0;
        return muted()
                || isMasked(tag)
                || Layout.isGroupLength(tag)
                || tag == Element.TRAILING_PADDING
                || top && ImageDescription.OF_ENCAPSULATION.contains(tag)
                || top && tag == ImageDescription.PLANAR_CONFIGURATION && pixels.areCanonical();
    }

    private boolean muted() {
        return mutedAt >= 0;
    }

    private boolean isMasked(int tag) {
        return mask != null && depth == 0 && mask.tags.contains(tag);
    }

    @Override
    public Disposition element(Element element) {
        int tag = element.tag();
        if (isLeftOut(tag)) {
            return Disposition.SKIP;
        }
        if (depth == 0 && pixels.replaces(tag)) {
            pixelElement(tag);
            return Disposition.SKIP;
        }
        if (element.length() <= COLLECTED_BYTES) {
            return Disposition.COLLECT;
        }
        swapUnit = element.encoding().bigEndian() ? Values.swapBytes(element.vr()) : 1;
        header(tag, canonicalVr(tag), element.length());
        return Disposition.STREAM;
    }

    private void pixelElement(int tag) {
        header(tag, Vr.OW, pixels.lengthBytes());
        try {
            // The bytes need not be measured: their number is known.
            if (digest != null) {
                pixels.writeTo(out);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void value(Element element, byte[] value) {
        int tag = element.tag();
        if (mask != null && tag == Tags.SPECIFIC_CHARACTER_SET) {
            nameCharacterSet(value);
            return;
        }
        // Deeper than any data set may nest, they are bytes like others: each level is parsed once more by the next.
        if (element.vr() == Vr.UN
                && unknownSequence == null
                && unknownDepth < limits.maxDepth()
                && Values.areItems(value)) {
            unknownDepth++;
            items(element, value);
            unknownDepth--;
            return;
        }
        byte[] little = element.encoding().bigEndian() ? Values.swapped(value, Values.swapBytes(element.vr())) : value;
        Vr vr = canonicalVr(tag);
        // Private text keeps its padding, since Implicit VR does not know it for text.
        byte[] canonical = Values.isPadded(vr) ? Values.trimmed(little) : little;
        if (mask != null && Values.isText(vr)) {
            canonical = Values.decoded(vr, canonical, characterSets.getFirst()).getBytes(StandardCharsets.UTF_8);
        }
        if (depth == 0 && tag == ImageDescription.PHOTOMETRIC_INTERPRETATION) {
            canonical = pixels.photometric(canonical);
        }
        header(tag, vr, canonical.length);
        write(canonical);
    }

    private void nameCharacterSet(byte[] value) {
        String terms = new String(Values.trimmed(value), StandardCharsets.US_ASCII);
        if (!terms.isEmpty()) {
            characterSets.pop();
            characterSets.push(CharacterSet.of(List.of(terms.split("\\\\", -1))));
        }
    }

    private void items(Element element, byte[] value) {
        unknownSequence = element;
        DataSetTokenizer tokenizer = new DataSetTokenizer(Encoding.IMPLICIT_LITTLE, this, limits);
        byte[] wrapper = ByteBuffer.allocate(ITEM_HEADER_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) (ANY_SEQUENCE >>> 16))
                .putShort((short) ANY_SEQUENCE)
                .putInt(value.length)
                .array();
        tokenizer.feed(wrapper, 0, wrapper.length);
        tokenizer.feed(value, 0, value.length);
        tokenizer.finish();
    }

    @Override
    public void chunk(byte[] bytes, int offset, int length) {
        if (swapUnit == 1) {
            if (digest != null) {
                digest.update(bytes, offset, length);
            }
            return;
        }
        partialUnit.write(bytes, offset, length);
        byte[] all = partialUnit.toByteArray();
        int whole = all.length / swapUnit * swapUnit;
        write(Values.swapped(Arrays.copyOf(all, whole), swapUnit));
        partialUnit.reset();
        partialUnit.write(all, whole, all.length - whole);
    }

    @Override
    public void valueEnd() {
        write(partialUnit.toByteArray());
        partialUnit.reset();
        swapUnit = 1;
    }

    @Override
    public void sequenceStart(Element element) {
        Element unknown = unknownSequence;
        int tag = unknown != null ? unknown.tag() : element.tag();
        unknownSequence = null;
        if (muted() || isMasked(tag)) {
            mutedAt = muted() ? mutedAt : depth;
            depth++;
            return;
        }
        begin(length -> writer.header(tag, Vr.SQ, length));
        depth++;
    }

    private interface HeaderOf {
        void write(long length) throws IOException;
    }

    private void begin(HeaderOf header) {
        try {
            header.write(lengths.begin());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void sequenceEnd() {
        depth--;
        if (muted()) {
            mutedAt = depth == mutedAt ? -1 : mutedAt;
            return;
        }
        lengths.end(LONG_HEADER_BYTES);
    }

    @Override
    public void itemStart(long headerOffset, long length) {
        if (mask != null) {
            characterSets.push(characterSets.getFirst());
        }
        if (muted()) {
            return;
        }
        begin(canonical -> writer.item(Element.ITEM, canonical));
    }

    @Override
    public void itemEnd() {
        if (mask != null) {
            characterSets.pop();
        }
        if (muted()) {
            return;
        }
        lengths.end(ITEM_HEADER_BYTES);
    }

    @Override
    public void fragmentsStart(Element element) {
        if (muted()) {
            return;
        }
        pixelFragments = depth == 0 && pixels.replaces(element.tag());
        if (pixelFragments) {
            pixelElement(element.tag());
        } else {
            begin(length -> writer.header(element.tag(), Vr.OB, length));
        }
    }

    @Override
    public Disposition fragment(long valueOffset, long length) {
        if (pixelFragments || muted()) {
            return Disposition.SKIP;
        }
        lengths.add(length);
        return Disposition.STREAM;
    }

    @Override
    public void fragmentsEnd() {
        if (!pixelFragments && !muted()) {
            lengths.end(LONG_HEADER_BYTES);
        }
        pixelFragments = false;
    }
}
