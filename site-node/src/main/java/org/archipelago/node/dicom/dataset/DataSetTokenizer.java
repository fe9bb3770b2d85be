package org.archipelago.node.dicom.dataset;

import java.util.ArrayDeque;
import java.util.Deque;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dataset.TokenHandler.Disposition;
import org.archipelago.node.dicom.dictionary.Dictionary;
import org.archipelago.node.dicom.dictionary.TransferSyntax.Encoding;
import org.jspecify.annotations.Nullable;

/**
 * Reads the structure of a data set (PS3.5 §7) while its bytes stream by; keeps at most one value in memory, and that only
 * when its handler asks for it. Tolerates what real senders do and dcmtk, dcm4che and pydicom read: an encoding other
 * than the announced one, Implicit VR items or elements inside Explicit VR, VRs of no registry, sequences that are none.
 */
public final class DataSetTokenizer {
    private enum State {
        HEADER,
        COLLECT,
        STREAM,
        SKIP
    }

    /** An open sequence, item or fragment list. {@code limit}: the first offset that its content must not pass. */
    private static final class Container {
        final Kind kind;
        final long end;
        final long limit;
        Encoding encoding;
        boolean probed;

        Container(Kind kind, long end, long limit, Encoding encoding) {
            this.kind = kind;
            this.end = end;
            this.limit = limit;
            this.encoding = encoding;
        }
    }

    private enum Kind {
        DATA_SET,
        SEQUENCE,
        ITEM,
        FRAGMENTS
    }

    private static final int HEADER_BYTES = 8;
    private static final int LONG_HEADER_BYTES = 12;
    private static final int IDENTIFYING_GROUP = 0x0008;
    private static final long MAX_32_BIT = 0xFFFFFFFFL;

    private final TokenHandler handler;
    private final DataSetLimits limits;
    private final Deque<Container> open = new ArrayDeque<>();
    private final byte[] header = new byte[LONG_HEADER_BYTES + HEADER_BYTES];
    private int headerLength;
    private int headerNeeded = HEADER_BYTES;
    private long position;
    private int elements;
    private int depth;
    private State state = State.HEADER;
    private long valueRemaining;
    private byte[] collected = {};
    private boolean inFragment;
    private @Nullable Element current;
    /** A sequence of defined length whose first bytes decide whether it has items. */
    private @Nullable Element undecided;

    public DataSetTokenizer(Encoding announced, TokenHandler handler, DataSetLimits limits) {
        this.handler = handler;
        this.limits = limits;
        open.push(new Container(Kind.DATA_SET, Element.UNDEFINED, Long.MAX_VALUE, announced));
    }

    /** Bytes taken so far. */
    public long position() {
        return position;
    }

    /** The encoding found at the start of the data set, which may not be the announced one. */
    public Encoding encoding() {
        return open.getLast().encoding;
    }

    /** How many bytes the reader may step over instead of feeding them; then call {@link #skipped}. */
    public long skippable() {
        return state == State.SKIP ? valueRemaining : 0;
    }

    public void skipped(long bytes) {
        if (state != State.SKIP || bytes > valueRemaining) {
            throw new IllegalArgumentException("nothing to step over");
        }
        position += bytes;
        valueRemaining -= bytes;
        endValueWhenDone();
    }

    /** @throws ArchiveException NOT_A_DATASET, DATASET_LIMIT */
    public void feed(byte[] bytes, int offset, int length) {
        int at = offset;
        int end = offset + length;
        while (true) {
            if (state == State.HEADER) {
                closeFinished();
            }
            if (at == end) {
                return;
            }
            at += state == State.HEADER ? takeHeader(bytes, at, end) : takeValue(bytes, at, end);
        }
    }

    /** @throws ArchiveException NOT_A_DATASET when the data set is not whole, or empty */
    public void finish() {
        if (state == State.HEADER) {
            closeFinished();
        }
        if (state != State.HEADER || headerLength > 0 || open.size() != 1) {
            throw notADataSet("truncated");
        }
        if (elements == 0) {
            throw notADataSet("empty");
        }
    }

    private int takeHeader(byte[] bytes, int at, int end) {
        int taken = Math.min(headerNeeded - headerLength, end - at);
        System.arraycopy(bytes, at, header, headerLength, taken);
        headerLength += taken;
        position += taken;
        if (headerLength == headerNeeded) {
            header();
        }
        return taken;
    }

    private int takeValue(byte[] bytes, int at, int end) {
        int taken = (int) Math.min(valueRemaining, end - at);
        switch (state) {
            case COLLECT -> System.arraycopy(bytes, at, collected, collected.length - (int) valueRemaining, taken);
            case STREAM -> handler.chunk(bytes, at, taken);
            case SKIP, HEADER -> {}
        }
        position += taken;
        valueRemaining -= taken;
        endValueWhenDone();
        return taken;
    }

    private void endValueWhenDone() {
        if (valueRemaining > 0) {
            return;
        }
        State ended = state;
        state = State.HEADER;
        switch (ended) {
            case COLLECT -> {
                byte[] value = collected;
                collected = new byte[0];
                handler.value(java.util.Objects.requireNonNull(current), value);
            }
            case STREAM -> handler.valueEnd();
            case SKIP, HEADER -> {}
        }
        inFragment = false;
    }

    private void closeFinished() {
        while (headerLength == 0 && undecided == null && open.getFirst().end == position) {
            close();
        }
    }

    private void close() {
        Container closed = open.pop();
        switch (closed.kind) {
            case SEQUENCE -> {
                depth--;
                handler.sequenceEnd();
            }
            case ITEM -> handler.itemEnd();
            case FRAGMENTS -> handler.fragmentsEnd();
            case DATA_SET -> throw new IllegalStateException("a data set ends with its bytes");
        }
    }

    private void header() {
        if (undecided != null) {
            decide(undecided);
            return;
        }
        Container container = open.getFirst();
        switch (container.kind) {
            case SEQUENCE -> itemHeader(container);
            case FRAGMENTS -> fragmentHeader(container);
            case DATA_SET, ITEM -> elementHeader(container);
        }
    }

    private void done() {
        headerLength = 0;
        headerNeeded = HEADER_BYTES;
    }

    private void count() {
        if (++elements > limits.maxElements()) {
            throw limit("elements");
        }
    }

    private void itemHeader(Container sequence) {
        boolean big = sequence.encoding.bigEndian();
        int tag = tag(0, big);
        long length = length(unsigned32(4, big));
        done();
        count();
        if (tag == Element.ITEM) {
            long end = length == Element.UNDEFINED ? Element.UNDEFINED : position + length;
            checkEnd(sequence, end);
            open.push(
                    new Container(Kind.ITEM, end, end == Element.UNDEFINED ? sequence.limit : end, sequence.encoding));
            handler.itemStart(position - HEADER_BYTES, length);
        } else if (tag == Element.SEQUENCE_DELIMITATION && length == 0) {
            // A needless delimiter inside a defined length is passed over when the length ends right here.
            if (sequence.end == Element.UNDEFINED || sequence.end == position) {
                close();
            }
        } else if (tag == Element.ITEM_DELIMITATION && length == 0) {
            // A needless one after an item of defined length.
            return;
        } else {
            throw notADataSet("sequence without items");
        }
    }

    private void fragmentHeader(Container fragments) {
        boolean big = fragments.encoding.bigEndian();
        int tag = tag(0, big);
        long length = unsigned32(4, big);
        done();
        if (tag == Element.SEQUENCE_DELIMITATION) {
            close();
            return;
        }
        if (tag != Element.ITEM || length == MAX_32_BIT) {
            throw notADataSet("fragments without items");
        }
        checkEnd(fragments, position + length);
        inFragment = true;
        begin(handler.fragment(position, length), length);
    }

    private void elementHeader(Container container) {
        if (!container.probed) {
            probe(container);
        }
        boolean big = container.encoding.bigEndian();
        int tag = tag(0, big);
        if (tag >>> 16 == 0xFFFE) {
            delimiter(container, tag, unsigned32(4, big));
        } else if (!container.encoding.explicit()) {
            long length = length(unsigned32(4, big));
            start(container, tag, Dictionary.implicitVr(tag), container.encoding, length);
        } else {
            explicitHeader(container, tag, big);
        }
    }

    private void explicitHeader(Container container, int tag, boolean big) {
        Vr vr = vrAt(4);
        if (vr == null && !lettersAt(4)) {
            // A single element in Implicit VR, as some devices insert.
            start(container, tag, Dictionary.implicitVr(tag), Encoding.IMPLICIT_LITTLE, length(unsigned32(4, false)));
        } else if (vr == null ? unsigned16(6, big) == 0 : hasLongHeader(vr)) {
            // A VR of a newer standard has the long form (PS3.5 §7.1.2); its two reserved bytes are zero.
            if (headerNeeded == HEADER_BYTES) {
                headerNeeded = LONG_HEADER_BYTES;
                return;
            }
            start(container, tag, vr == null ? Vr.UN : vr, container.encoding, length(unsigned32(8, big)));
        } else {
            start(container, tag, vr == null ? Vr.UN : vr, container.encoding, unsigned16(6, big));
        }
    }

    private void delimiter(Container container, int tag, long length) {
        done();
        count();
        if (tag == Element.ITEM_DELIMITATION && container.kind == Kind.ITEM && container.end == Element.UNDEFINED) {
            close();
        } else if (length != 0) {
            throw notADataSet("item outside of a sequence");
        }
        // A stray delimiter without a length carries nothing and is passed over, as other readers do.
    }

    private void start(Container container, int tag, Vr vr, Encoding encoding, long length) {
        long headerOffset = position - headerLength;
        Element element = new Element(tag, vr, encoding, headerOffset, position, length);
        done();
        count();
        if (length == Element.UNDEFINED) {
            startUndefined(container, element);
            return;
        }
        checkEnd(container, position + length);
        if (vr == Vr.SQ && length > 0) {
            undecided = element;
            headerNeeded = (int) Math.min(HEADER_BYTES, length);
        } else if (vr == Vr.SQ) {
            handler.sequenceStart(element);
            handler.sequenceEnd();
        } else {
            value(element);
        }
    }

    private void startUndefined(Container container, Element element) {
        switch (element.vr()) {
            case SQ -> openSequence(element, container.limit, element.encoding());
            case OB, OW, OD, OF, OL, OV -> openFragments(element, container.limit);
            case UN -> {
                if (Element.isPixelData(element.tag())) {
                    openFragments(element, container.limit);
                } else {
                    openSequence(element, container.limit, Encoding.IMPLICIT_LITTLE);
                }
            }
            default -> throw notADataSet("undefined length of " + element.vr());
        }
    }

    private void openFragments(Element element, long limit) {
        open.push(new Container(Kind.FRAGMENTS, Element.UNDEFINED, limit, element.encoding()));
        handler.fragmentsStart(element);
    }

    private void openSequence(Element element, long limit, Encoding encoding) {
        if (++depth > limits.maxDepth()) {
            throw limit("nesting");
        }
        long end = element.length() == Element.UNDEFINED ? Element.UNDEFINED : element.valueOffset() + element.length();
        open.push(new Container(Kind.SEQUENCE, end, end == Element.UNDEFINED ? limit : end, encoding));
        handler.sequenceStart(element);
    }

    /** With the first bytes of the value at hand: items, or a value that merely stands where a sequence belongs. */
    private void decide(Element element) {
        undecided = null;
        boolean items =
                headerLength == HEADER_BYTES && tag(0, element.encoding().bigEndian()) == Element.ITEM;
        if (items) {
            openSequence(element, open.getFirst().limit, element.encoding());
            itemHeader(open.getFirst());
            return;
        }
        int peeked = headerLength;
        byte[] first = java.util.Arrays.copyOf(header, peeked);
        position -= peeked;
        done();
        value(new Element(
                element.tag(),
                Vr.UN,
                element.encoding(),
                element.headerOffset(),
                element.valueOffset(),
                element.length()));
        if (state == State.HEADER) {
            throw new IllegalStateException("a value with bytes cannot be over before them");
        }
        takeValue(first, 0, peeked);
    }

    private void value(Element element) {
        current = element;
        begin(handler.element(element), element.length());
    }

    private void begin(Disposition disposition, long length) {
        valueRemaining = length;
        state = switch (disposition) {
            case COLLECT -> State.COLLECT;
            case STREAM -> State.STREAM;
            case SKIP -> State.SKIP;
        };
        if (state == State.COLLECT) {
            if (inFragment || length > limits.maxHeaderBytes()) {
                throw limit("value");
            }
            collected = new byte[(int) length];
        }
        endValueWhenDone();
    }

    private static void checkEnd(Container container, long end) {
        if (end > container.limit) {
            throw notADataSet("length beyond its container");
        }
    }

    /** Decides the encoding by the first element of a data set or item. */
    private void probe(Container container) {
        container.probed = true;
        boolean big = container.encoding.bigEndian();
        if (container.kind == Kind.ITEM) {
            if (container.encoding.explicit() && tag(0, big) >>> 16 != 0xFFFE && !lettersAt(4)) {
                container.encoding = Encoding.IMPLICIT_LITTLE;
            }
            return;
        }
        if (lettersAt(4) && (container.encoding.explicit() || vrAt(4) != null)) {
            int littleGroup = unsigned16(0, false);
            boolean bigEndian = big ? littleGroup != IDENTIFYING_GROUP : littleGroup == IDENTIFYING_GROUP << 8;
            container.encoding = bigEndian ? Encoding.EXPLICIT_BIG : Encoding.EXPLICIT_LITTLE;
        } else {
            container.encoding = Encoding.IMPLICIT_LITTLE;
        }
    }

    /** The encoding of a data set that begins with these bytes, at least 8. */
    static Encoding probe(byte[] start, Encoding announced) {
        TokenHandler nothing = new RawCollector(DataSetLimits.DEFAULT);
        DataSetTokenizer tokenizer = new DataSetTokenizer(announced, nothing, DataSetLimits.DEFAULT);
        System.arraycopy(start, 0, tokenizer.header, 0, HEADER_BYTES);
        tokenizer.probe(tokenizer.open.getFirst());
        return tokenizer.encoding();
    }

    private boolean lettersAt(int offset) {
        return letter(header[offset]) && letter(header[offset + 1]);
    }

    private static boolean letter(byte c) {
        return c >= 'A' && c <= 'Z';
    }

    private @Nullable Vr vrAt(int offset) {
        return VrCodes.of(header[offset], header[offset + 1]);
    }

    /** PS3.5 Table 7.1-1: VRs with two reserved bytes and a 32-bit length. */
    static boolean hasLongHeader(Vr vr) {
        return switch (vr) {
            case OB, OD, OF, OL, OV, OW, SQ, SV, UC, UN, UR, UT, UV -> true;
            default -> false;
        };
    }

    private static long length(long unsigned) {
        return unsigned == MAX_32_BIT ? Element.UNDEFINED : unsigned;
    }

    private int tag(int offset, boolean big) {
        return unsigned16(offset, big) << 16 | unsigned16(offset + 2, big);
    }

    private int unsigned16(int offset, boolean big) {
        int first = header[offset] & 0xFF;
        int second = header[offset + 1] & 0xFF;
        return big ? first << 8 | second : second << 8 | first;
    }

    private long unsigned32(int offset, boolean big) {
        long first = unsigned16(offset, big);
        long second = unsigned16(offset + 2, big);
        return big ? first << 16 | second : second << 16 | first;
    }

    private static ArchiveException notADataSet(String why) {
        return new ArchiveException(ArchiveError.NOT_A_DATASET, why);
    }

    private static ArchiveException limit(String what) {
        return new ArchiveException(ArchiveError.DATASET_LIMIT, what);
    }
}
