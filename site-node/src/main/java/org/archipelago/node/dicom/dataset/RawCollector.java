package org.archipelago.node.dicom.dataset;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dataset.RawDataSet.BulkAt;
import org.archipelago.node.dicom.dataset.RawDataSet.Bytes;
import org.archipelago.node.dicom.dataset.RawDataSet.Items;
import org.archipelago.node.dicom.dataset.RawDataSet.RawElement;
import org.archipelago.node.dicom.dataset.RawDataSet.RawValue;
import org.archipelago.node.dicom.dictionary.Dictionary;
import org.jspecify.annotations.Nullable;

/** Keeps the values of a header, and where the bulk values are. Of an element that occurs twice the last one counts. */
final class RawCollector implements TokenHandler {
    /** What an element or an item takes on the heap beside its value, raw and decoded: objects, map and list entries. */
    private static final int ELEMENT_BYTES = 200;

    private final DataSetLimits limits;
    private final Deque<RawDataSet> open = new ArrayDeque<>();
    private final Deque<List<RawDataSet>> sequences = new ArrayDeque<>();
    private final RawDataSet root = new RawDataSet();
    private final LongConsumer keeping;
    private long keptBytes;
    private @Nullable PixelDataLocation pixelData;
    private @Nullable Element fragmentsOf;
    private FragmentIndex.@Nullable Builder fragments;

    RawCollector(DataSetLimits limits) {
        this(limits, bytes -> {});
    }

    /** @param keeping hears, before more is kept, how many bytes that is in all; may refuse */
    RawCollector(DataSetLimits limits, LongConsumer keeping) {
        this.limits = limits;
        this.keeping = keeping;
        open.push(root);
    }

    RawDataSet root() {
        return root;
    }

    Optional<PixelDataLocation> pixelData() {
        return Optional.ofNullable(pixelData);
    }

    @Override
    public Disposition element(Element element) {
        int tag = element.tag();
        if (isSkipped(tag)) {
            return Disposition.SKIP;
        }
        if (isBulk(element)) {
            if (Element.isPixelData(tag) && sequences.isEmpty()) {
                pixelData = new PixelDataLocation.Native(tag, element.vr(), element.valueOffset(), element.length());
            }
            put(element, new BulkAt(element.valueOffset(), element.length()));
            return Disposition.SKIP;
        }
        return Disposition.COLLECT;
    }

    private static boolean isSkipped(int tag) {
        return (tag & 0xFFFF) == 0 || tag == Element.TRAILING_PADDING;
    }

    private boolean isBulk(Element element) {
        long length = element.length();
        if (Element.isPixelData(element.tag()) && length > 0) {
            return true;
        }
        return length > (isBinary(element) ? limits.maxInlineBinaryBytes() : limits.maxTextBytes());
    }

    /** UN of a known attribute will be read by the attribute's own VR. */
    private static boolean isBinary(Element element) {
        return element.vr().isBinary()
                && (element.vr() != Vr.UN || Dictionary.vr(element.tag()).isBinary());
    }

    @Override
    public void value(Element element, byte[] value) {
        keep(ValueMemory.bytes(element, value));
        put(element, new Bytes(value));
    }

    @Override
    public void sequenceStart(Element element) {
        List<RawDataSet> items = new ArrayList<>();
        put(
                new Element(
                        element.tag(),
                        Vr.SQ,
                        element.encoding(),
                        element.headerOffset(),
                        element.valueOffset(),
                        element.length()),
                new Items(items));
        sequences.push(items);
    }

    @Override
    public void sequenceEnd() {
        sequences.pop();
    }

    @Override
    public void itemStart(long headerOffset, long length) {
        keep(ELEMENT_BYTES);
        RawDataSet item = new RawDataSet();
        sequences.getFirst().add(item);
        open.push(item);
    }

    @Override
    public void itemEnd() {
        open.pop();
    }

    @Override
    public void fragmentsStart(Element element) {
        put(element, new BulkAt(element.valueOffset(), Element.UNDEFINED));
        fragmentsOf = element;
        fragments = new FragmentIndex.Builder(limits.maxFragments());
    }

    @Override
    public Disposition fragment(long valueOffset, long length) {
        if (fragments != null) {
            fragments.add(valueOffset, length);
        }
        return Disposition.SKIP;
    }

    @Override
    public void fragmentsEnd() {
        Element element = Objects.requireNonNull(fragmentsOf);
        if (sequences.isEmpty() && Element.isPixelData(element.tag())) {
            pixelData = new PixelDataLocation.Encapsulated(
                    element.tag(),
                    element.vr(),
                    Objects.requireNonNull(fragments).build());
        }
        fragments = null;
    }

    private void put(Element element, RawValue value) {
        keep(ELEMENT_BYTES);
        Objects.requireNonNull(open.getFirst())
                .elements
                .put(element.tag(), new RawElement(element.vr(), element.encoding(), value));
    }

    private void keep(long bytes) {
        keptBytes += bytes;
        if (keptBytes > limits.maxHeaderBytes()) {
            throw new ArchiveException(ArchiveError.DATASET_LIMIT, "header bytes");
        }
        keeping.accept(keptBytes);
    }
}
