package org.archipelago.node.dicom.output;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.archipelago.node.dicom.dataset.DataSetTokenizer;
import org.archipelago.node.dicom.dataset.Element;
import org.archipelago.node.dicom.dataset.TokenHandler;
import org.jspecify.annotations.Nullable;

/**
 * Which bytes of a data set stay and which elements take the place of others: all that is not corrected leaves as it is,
 * byte for byte. Lengths of groups that change are left out, since they would be wrong (PS3.5 §7.2).
 */
final class Splice implements TokenHandler {
    private sealed interface Part {}

    private record Stored(long from, long to) implements Part {}

    private record Fresh(byte[] bytes) implements Part {}

    private static final int COPY_BYTES = 64 << 10;
    private static final int DELIMITER_BYTES = 8;

    private final List<Part> parts = new ArrayList<>();
    private final NavigableMap<Integer, byte[]> pending = new TreeMap<>(Integer::compareUnsigned);
    private final Set<Integer> replaced;
    private final Set<Integer> present;
    private final @Nullable Appended appended;
    private int depth;
    private long keptFrom;
    private boolean keeping = true;
    private boolean inAppended;
    private boolean appendedDefined;
    private @Nullable DataSetTokenizer driver;

    /**
     * Items for a sequence that is already there.
     *
     * @param header of the sequence with its new length; used when its length is defined
     */
    record Appended(int tag, byte[] header, byte[] items) {}

    /**
     * @param elements encoded, by tag
     * @param present those of them that the data set has
     */
    Splice(Map<Integer, byte[]> elements, Set<Integer> present, @Nullable Appended appended) {
        this.pending.putAll(elements);
        this.replaced = Set.copyOf(elements.keySet());
        this.present = present;
        this.appended = appended;
    }

    private DataSetTokenizer tokenizer() {
        return java.util.Objects.requireNonNull(driver);
    }

    void drivenBy(DataSetTokenizer tokenizer) {
        driver = tokenizer;
    }

    private void topElement(int tag, long offset) {
        if (depth > 0) {
            return;
        }
        boolean drop = replaced.contains(tag) || Layout.isGroupLength(tag) && changes(tag >>> 16);
        boolean insertsBefore = !pending.isEmpty() && Integer.compareUnsigned(pending.firstKey(), tag) <= 0;
        if (!drop && keeping && !insertsBefore) {
            return;
        }
        keepUntil(offset);
        // What the data set has further on, out of order, is replaced there.
        pending.headMap(tag, true).entrySet().removeIf(next -> {
            boolean here = next.getKey() == tag || !present.contains(next.getKey());
            if (here) {
                parts.add(new Fresh(next.getValue()));
            }
            return here;
        });
        keeping = !drop;
        keptFrom = offset;
    }

    private boolean changes(int group) {
        return replaced.stream().anyMatch(tag -> tag >>> 16 == group)
                || appended != null && appended.tag >>> 16 == group;
    }

    private void keepUntil(long offset) {
        if (keeping && offset > keptFrom) {
            parts.add(new Stored(keptFrom, offset));
        }
        keptFrom = offset;
    }

    /** Closes the plan; {@code end} is the data set's length. */
    void end(long end) {
        keepUntil(end);
        pending.values().forEach(bytes -> parts.add(new Fresh(bytes)));
        pending.clear();
    }

    @Override
    public Disposition element(Element element) {
        topElement(element.tag(), element.headerOffset());
        return Disposition.SKIP;
    }

    @Override
    public void value(Element element, byte[] value) {
        throw new IllegalStateException("no value was asked for");
    }

    @Override
    public void sequenceStart(Element element) {
        topElement(element.tag(), element.headerOffset());
        if (depth == 0 && appended != null && element.tag() == appended.tag) {
            inAppended = true;
            appendedDefined = element.length() != Element.UNDEFINED;
            if (appendedDefined) {
                keepUntil(element.headerOffset());
                parts.add(new Fresh(appended.header));
                keptFrom = element.valueOffset();
            }
        }
        depth++;
    }

    @Override
    public void sequenceEnd() {
        depth--;
        if (depth == 0 && inAppended && appended != null) {
            inAppended = false;
            keepUntil(tokenizer().position() - (appendedDefined ? 0 : DELIMITER_BYTES));
            parts.add(new Fresh(appended.items));
        }
    }

    @Override
    public void itemStart(long headerOffset, long length) {}

    @Override
    public void itemEnd() {}

    @Override
    public void fragmentsStart(Element element) {
        topElement(element.tag(), element.headerOffset());
    }

    @Override
    public void fragmentsEnd() {}

    void writeTo(SeekableByteChannel plain, OutputStream out) throws IOException {
        for (Part part : parts) {
            switch (part) {
                case Stored(long from, long to) -> copy(plain, from, to, out);
                case Fresh(byte[] bytes) -> out.write(bytes);
            }
        }
    }

    static void copy(SeekableByteChannel plain, long from, long to, OutputStream out) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(COPY_BYTES, Math.max(1, to - from)));
        plain.position(from);
        for (long at = from; at < to; ) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), to - at));
            int n = plain.read(buffer);
            if (n < 0) {
                throw new java.io.EOFException("data set ends early");
            }
            out.write(buffer.array(), 0, n);
            at += n;
        }
    }
}
