package org.archipelago.node.dicom.output;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dataset.CollectedHeader;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.dataset.DataSetTokenizer;
import org.archipelago.node.dicom.dataset.Element;
import org.archipelago.node.dicom.dataset.ElementWriter;
import org.archipelago.node.dicom.dataset.PixelDataLocation;
import org.archipelago.node.dicom.dataset.PlainBytes;
import org.archipelago.node.dicom.dataset.StoredHeaders;
import org.archipelago.node.dicom.dataset.StreamedDataSet;
import org.archipelago.node.dicom.dataset.Values;
import org.archipelago.node.dicom.dictionary.TransferSyntax;
import org.archipelago.node.dicom.dictionary.TransferSyntax.Encoding;
import org.archipelago.node.dicom.pixel.FrameMemory;
import org.archipelago.node.dicom.pixel.Frames;
import org.archipelago.node.dicom.pixel.ImageDescription;
import org.archipelago.node.dicom.text.CharacterSet;
import org.jspecify.annotations.Nullable;

/**
 * Stored bytes plus the corrections in force, in the transfer syntax that a receiver takes. Without corrections and in
 * the stored syntax the output is the input. Pixels are only ever decoded, never compressed.
 */
public final class OutputFilter {
    private static final int ICON_IMAGE_SEQUENCE = 0x00880200;

    private final TransferSyntax source;
    private final TransferSyntax target;
    private final Corrections corrections;
    private final SeekableByteChannel plain;
    private final CollectedHeader header;
    private final Layout layout;
    private final Encoding storedEncoding;
    private final CharacterSet ownCharacterSet;
    private final List<AttributeSet> originals;
    /** Of a data set that names none, where one is assumed: what is corrected cannot leave it to be guessed. */
    private final AttributeSet assumed;

    private final DataSetLimits limits;

    private OutputFilter(
            SeekableByteChannel stored,
            TransferSyntaxUid from,
            Corrections corrections,
            TransferSyntaxUid to,
            Optional<String> defaultCharacterSet,
            DataSetLimits limits)
            throws IOException {
        this.limits = limits;
        this.source = TransferSyntax.of(from);
        this.target = TransferSyntax.of(to);
        this.corrections = corrections;
        this.header = new StoredHeaders(limits).collect(stored, from, defaultCharacterSet);
        this.plain = PlainBytes.open(stored, from);
        this.layout = new Layout(wanted(corrections));
        this.storedEncoding = StreamedDataSet.drive(plain, from, layout, limits).encoding();
        List<String> terms = Values.characterSet(header.attributes());
        this.ownCharacterSet = CharacterSet.of(
                terms.isEmpty()
                        ? defaultCharacterSet
                                .map(t -> List.of(t.split("\\\\", -1)))
                                .orElse(terms)
                        : terms);
        this.assumed = terms.isEmpty() && defaultCharacterSet.isPresent() && !corrections.isEmpty()
                ? named(ownCharacterSet)
                : AttributeSet.EMPTY;
        this.originals = OriginalAttributes.completed(corrections, header.attributes());
    }

    private static AttributeSet named(CharacterSet characterSet) {
        List<Value> terms = characterSet.terms().stream()
                .map(term -> (Value) new Value.Text(term))
                .toList();
        return AttributeSet.of(Map.of(Tags.SPECIFIC_CHARACTER_SET, new Attribute(Vr.CS, terms)));
    }

    private static Set<Integer> wanted(Corrections corrections) {
        Set<Integer> wanted =
                new HashSet<>(corrections.replacements().attributes().keySet());
        wanted.add(Tags.ORIGINAL_ATTRIBUTES_SEQUENCE);
        wanted.add(Tags.SPECIFIC_CHARACTER_SET);
        wanted.add(ImageDescription.PHOTOMETRIC_INTERPRETATION);
        wanted.add(ImageDescription.PLANAR_CONFIGURATION);
        return wanted;
    }

    /**
     * Does all that can fail short of writing: reads the header, encodes the corrections, decodes the first frame.
     *
     * @param stored the data set's plain bytes; stays open until the output has been written, and is not closed
     * @param defaultCharacterSet of text when the data set has no Specific Character Set
     * @throws ArchiveException TRANSCODING_FAILED, NOT_A_DATASET, DATASET_LIMIT
     */
    public static PreparedOutput prepare(
            SeekableByteChannel stored,
            TransferSyntaxUid from,
            Corrections corrections,
            TransferSyntaxUid to,
            Optional<String> defaultCharacterSet,
            DataSetLimits limits)
            throws IOException {
        if (corrections.isEmpty() && from.equals(to)) {
            return new Output(from, true, out -> Splice.copy(stored, 0, stored.size(), out));
        }
        OutputFilter filter = new OutputFilter(stored, from, corrections, to, defaultCharacterSet, limits);
        return from.equals(to) ? filter.corrected() : filter.transcoded();
    }

    private interface Writing {
        void to(OutputStream out) throws IOException;
    }

    private record Output(TransferSyntaxUid transferSyntax, boolean verbatim, Writing writing)
            implements PreparedOutput {
        @Override
        public void writeTo(OutputStream out) throws IOException {
            writing.to(out);
        }
    }

    private PreparedOutput corrected() throws IOException {
        Optional<Map<Integer, byte[]>> elements =
                encoded(assumed.with(corrections.replacements()), storedEncoding, ownCharacterSet);
        Element sequence = layout.originalAttributes();
        Encoding itemEncoding = sequence != null && sequence.vr() == Vr.UN ? Encoding.IMPLICIT_LITTLE : storedEncoding;
        Optional<byte[]> items = Values.items(originals, itemEncoding, ownCharacterSet);
        if (elements.isEmpty() || items.isEmpty()) {
            return rewritten(storedEncoding, CharacterSet.UTF8, null);
        }
        Splice.@Nullable Appended appended =
                sequence == null || originals.isEmpty() ? null : appended(sequence, items.get());
        Map<Integer, byte[]> fresh = withNewOriginals(elements.get(), storedEncoding, ownCharacterSet);
        Splice splice = new Splice(fresh, layout.present, appended);
        DataSetTokenizer tokenizer = new DataSetTokenizer(source.encoding(), splice, limits);
        splice.drivenBy(tokenizer);
        StreamedDataSet.drive(plain, source.uid(), tokenizer);
        splice.end(tokenizer.position());
        return new Output(
                target.uid(), false, out -> deflating(out, deflatingOut -> splice.writeTo(plain, deflatingOut)));
    }

    private static Splice.Appended appended(Element sequence, byte[] items) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        new ElementWriter(head, sequence.encoding()).header(sequence.tag(), Vr.SQ, sequence.length() + items.length);
        return new Splice.Appended(sequence.tag(), head.toByteArray(), items);
    }

    private PreparedOutput transcoded() throws IOException {
        if (target.encapsulated()) {
            throw new ArchiveException(ArchiveError.TRANSCODING_FAILED, "compression");
        }
        boolean decodes = header.pixelData().orElse(null) instanceof PixelDataLocation.Encapsulated;
        Frames frames = decodes ? Frames.of(plain, source.uid(), header) : null;
        return rewritten(target.encoding(), null, frames);
    }

    /** @param to null: the data set's own character set, unless a correction cannot be written in it */
    private PreparedOutput rewritten(Encoding encoding, @Nullable CharacterSet to, @Nullable Frames frames)
            throws IOException {
        AttributeSet replacements = (to == null ? assumed : named(to)).with(corrections.replacements());
        if (frames != null) {
            replacements = decodedDescription(frames).with(replacements);
        }
        CharacterSet written = to != null ? to : ownCharacterSet;
        Optional<Map<Integer, byte[]>> elements = encoded(replacements, encoding, written);
        Optional<byte[]> items = Values.items(originals, encoding, written);
        if (elements.isEmpty() || items.isEmpty()) {
            if (to != null) {
                throw new ArchiveException(ArchiveError.INVALID_REQUEST, "text with unpaired surrogates");
            }
            return rewritten(encoding, CharacterSet.UTF8, frames);
        }
        Map<Integer, byte[]> fresh = withNewOriginals(elements.get(), encoding, written);
        Set<Integer> dropped = new HashSet<>();
        if (frames != null) {
            dropped.addAll(ImageDescription.OF_ENCAPSULATION);
        }
        if (!source.uid().equals(target.uid())) {
            dropped.addAll(droppedImages());
        }
        boolean signed =
                header.attributes().text(ImageDescription.PIXEL_REPRESENTATION).equals(Optional.of("1"));
        Rewriter.Plan plan = new Rewriter.Plan(
                encoding,
                fresh,
                layout.present,
                dropped,
                items.get(),
                ownCharacterSet,
                to,
                signed,
                frames,
                Frames.pixelUnitBytes(source, header.attributes()));
        return new Output(target.uid(), false, out -> deflating(out, plainOut -> rewrite(plan, plainOut)));
    }

    /** An icon is optional (PS3.3 §C.7.6.1.1.6) and not worth a second decoder run. */
    private Set<Integer> droppedImages() {
        Set<Integer> others = new HashSet<>(layout.sequencesWithFragments);
        others.remove(ICON_IMAGE_SEQUENCE);
        if (!others.isEmpty()) {
            throw new ArchiveException(ArchiveError.TRANSCODING_FAILED, "compressed images in sequences");
        }
        return layout.sequencesWithFragments;
    }

    /** Decodes the first frame, so that what cannot be decoded fails before a byte is written. */
    private AttributeSet decodedDescription(Frames frames) throws IOException {
        ImageDescription first;
        try (FrameMemory.Held _ = FrameMemory.OF_NODE.hold(frames.memoryBytes(0))) {
            first = frames.decoded(0).image();
        }
        if (NativePixels.lengthBytes(first) > NativePixels.MAX_LENGTH_BYTES) {
            throw new ArchiveException(ArchiveError.TRANSCODING_FAILED, "more than 4 GiB when decoded");
        }
        Map<Integer, Attribute> changed = new HashMap<>();
        if (!first.photometric().equals(frames.image().photometric())) {
            changed.put(
                    ImageDescription.PHOTOMETRIC_INTERPRETATION,
                    new Attribute(Vr.CS, List.of(new Value.Text(first.photometric()))));
        }
        if (first.samples() > 1) {
            changed.put(
                    ImageDescription.PLANAR_CONFIGURATION,
                    new Attribute(Vr.US, List.of(new Value.Numeric(java.math.BigDecimal.ZERO))));
        }
        return AttributeSet.of(changed);
    }

    private void rewrite(Rewriter.Plan plan, OutputStream out) throws IOException {
        Rewriter rewriter = new Rewriter(plan, out);
        try {
            StreamedDataSet.drive(plain, source.uid(), rewriter, limits);
            rewriter.end();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Original Attributes Sequence as a whole, unless the data set has one whose items can be added to. */
    private Map<Integer, byte[]> withNewOriginals(
            Map<Integer, byte[]> elements, Encoding encoding, CharacterSet characterSet) {
        Map<Integer, byte[]> all = new HashMap<>(elements);
        if (originals.isEmpty() || layout.originalAttributes() != null) {
            return all;
        }
        List<Value> items = new ArrayList<>(header.attributes()
                .get(Tags.ORIGINAL_ATTRIBUTES_SEQUENCE)
                .filter(attribute -> attribute.vr() == Vr.SQ)
                .map(Attribute::values)
                .orElse(List.of()));
        originals.forEach(item -> items.add(new Value.Item(item)));
        all.put(
                Tags.ORIGINAL_ATTRIBUTES_SEQUENCE,
                Values.element(Tags.ORIGINAL_ATTRIBUTES_SEQUENCE, new Attribute(Vr.SQ, items), encoding, characterSet)
                        .orElseThrow());
        return all;
    }

    private static Optional<Map<Integer, byte[]>> encoded(
            AttributeSet attributes, Encoding encoding, CharacterSet characterSet) {
        Map<Integer, byte[]> elements = new HashMap<>();
        for (Map.Entry<Integer, Attribute> entry : attributes.attributes().entrySet()) {
            Optional<byte[]> element = Values.element(entry.getKey(), entry.getValue(), encoding, characterSet);
            if (element.isEmpty()) {
                return Optional.empty();
            }
            elements.put(entry.getKey(), element.get());
        }
        return Optional.of(elements);
    }

    private void deflating(OutputStream out, Writing writing) throws IOException {
        if (!target.deflated()) {
            writing.to(out);
            return;
        }
        try (Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true)) {
            DeflaterOutputStream deflating = new DeflaterOutputStream(out, deflater);
            writing.to(deflating);
            deflating.finish();
            if (deflater.getBytesWritten() % 2 == 1) {
                out.write(0);
            }
        }
    }
}
