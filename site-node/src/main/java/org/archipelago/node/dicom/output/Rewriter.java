package org.archipelago.node.dicom.output;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dataset.Element;
import org.archipelago.node.dicom.dataset.ElementWriter;
import org.archipelago.node.dicom.dataset.TokenHandler;
import org.archipelago.node.dicom.dataset.Values;
import org.archipelago.node.dicom.dictionary.Dictionary;
import org.archipelago.node.dicom.dictionary.TransferSyntax.Encoding;
import org.archipelago.node.dicom.pixel.Frames;
import org.archipelago.node.dicom.text.CharacterSet;
import org.jspecify.annotations.Nullable;

/**
 * Writes a data set anew while it streams by: in another encoding, with text in another character set, with pixels
 * decoded. Sequences get undefined lengths; group lengths and trailing padding are left out.
 */
final class Rewriter implements TokenHandler {
    private static final int LUT_DATA = 0x00283006;

    /**
     * @param elements encoded for the target, by tag: they replace those of the data set or are added
     * @param present those of them that the data set has
     * @param dropped top-level elements to leave out
     * @param appendedOriginals items to append to Original Attributes Sequence
     * @param from of text that names no character set
     * @param to null when text stays as it is
     * @param frames null when pixel data stays as it is
     * @param bigEndianPixelBytes of a sample of native pixels that are big endian in a data set that is not; else 1
     */
    record Plan(
            Encoding target,
            Map<Integer, byte[]> elements,
            Set<Integer> present,
            Set<Integer> dropped,
            byte[] appendedOriginals,
            CharacterSet from,
            @Nullable CharacterSet to,
            boolean signedPixels,
            @Nullable Frames frames,
            int bigEndianPixelBytes) {}

    private final Plan plan;
    private final OutputStream out;
    private final ElementWriter writer;
    private final NavigableMap<Integer, byte[]> pending = new TreeMap<>(Integer::compareUnsigned);
    private final Deque<CharacterSet> characterSets = new ArrayDeque<>();
    private final Deque<Integer> sequences = new ArrayDeque<>();
    /** Nesting at which a sequence that is left out began; -1 when nothing is left out. */
    private int mutedAt = -1;

    private boolean fragmentsAreKept;
    private int swapUnit = 1;
    private final ByteArrayOutputStream partialUnit = new ByteArrayOutputStream(Long.BYTES);

    Rewriter(Plan plan, OutputStream out) {
        this.plan = plan;
        this.out = out;
        this.writer = new ElementWriter(out, plan.target);
        this.pending.putAll(plan.elements);
        this.characterSets.push(plan.from);
    }

    /** Adds what belongs behind the last element. */
    void end() {
        writing(() -> {
            for (byte[] element : pending.values()) {
                out.write(element);
            }
        });
        pending.clear();
    }

    private interface Writing {
        void run() throws IOException;
    }

    private static void writing(Writing action) {
        try {
            action.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes the new elements that belong before this one; true when this one is left out. */
    private boolean topElementIsLeftOut(int tag) {
        if (!sequences.isEmpty()) {
            return false;
        }
        pending.headMap(tag, true).entrySet().removeIf(next -> {
            boolean here = next.getKey() == tag || !plan.present.contains(next.getKey());
            if (here) {
                writing(() -> out.write(next.getValue()));
            }
            return here;
        });
        return plan.elements.containsKey(tag) || plan.dropped.contains(tag);
    }

    private boolean muted() {
        return mutedAt >= 0;
    }

    @Override
    public Disposition element(Element element) {
        int tag = element.tag();
        if (muted() || topElementIsLeftOut(tag) || Layout.isGroupLength(tag) || tag == Element.TRAILING_PADDING) {
            return Disposition.SKIP;
        }
        Vr vr = vr(element);
        if (plan.to != null && (Values.isText(vr) || tag == Tags.SPECIFIC_CHARACTER_SET)) {
            return Disposition.COLLECT;
        }
        boolean otherOrder = element.encoding().bigEndian() != plan.target.bigEndian();
        swapUnit = otherOrder ? Values.swapBytes(vr) : 1;
        if (tag == Tags.PIXEL_DATA && sequences.isEmpty() && plan.bigEndianPixelBytes > 1) {
            swapUnit = plan.target.bigEndian() ? 1 : plan.bigEndianPixelBytes;
        }
        writing(() -> writer.header(tag, vr, element.length()));
        return Disposition.STREAM;
    }

    private Vr vr(Element element) {
        Vr vr = element.vr();
        if (plan.to != null && vr == Vr.UN && Values.isText(Dictionary.vr(element.tag()))) {
            return Dictionary.vr(element.tag());
        }
        if (element.encoding().explicit() || !plan.target.explicit() || vr != Vr.US) {
            return vr;
        }
        // Implicit VR leaves to the reader what the registry calls "US or SS" and "US or OW".
        List<Vr> possible =
                Dictionary.entry(element.tag()).map(Dictionary.Entry::vrs).orElse(List.of(Vr.US));
        if (element.tag() == LUT_DATA) {
            return Vr.OW;
        }
        return possible.contains(Vr.SS) && plan.signedPixels ? Vr.SS : Vr.US;
    }

    @Override
    public void value(Element element, byte[] value) {
        CharacterSet to = java.util.Objects.requireNonNull(plan.to);
        if (element.tag() == Tags.SPECIFIC_CHARACTER_SET) {
            String terms = new String(Values.trimmed(value), StandardCharsets.US_ASCII);
            if (!terms.isEmpty()) {
                characterSets.pop();
                characterSets.push(CharacterSet.of(List.of(terms.split("\\\\", -1))));
            }
            return;
        }
        Vr vr = vr(element);
        byte[] text = Values.reencoded(vr, value, characterSets.getFirst(), to);
        writing(() -> {
            writer.header(element.tag(), vr, text.length);
            writer.value(text);
        });
    }

    @Override
    public void chunk(byte[] bytes, int offset, int length) {
        writing(() -> {
            if (swapUnit == 1) {
                out.write(bytes, offset, length);
                return;
            }
            partialUnit.write(bytes, offset, length);
            int whole = partialUnit.size() / swapUnit * swapUnit;
            byte[] all = partialUnit.toByteArray();
            out.write(Values.swapped(java.util.Arrays.copyOf(all, whole), swapUnit));
            partialUnit.reset();
            partialUnit.write(all, whole, all.length - whole);
        });
    }

    @Override
    public void valueEnd() {
        writing(() -> partialUnit.writeTo(out));
        partialUnit.reset();
        swapUnit = 1;
    }

    @Override
    public void sequenceStart(Element element) {
        boolean leaveOut = !muted() && topElementIsLeftOut(element.tag());
        if (leaveOut) {
            mutedAt = sequences.size();
        }
        sequences.push(element.tag());
        if (!muted()) {
            writing(() -> writer.header(element.tag(), Vr.SQ, Element.UNDEFINED));
        }
    }

    @Override
    public void sequenceEnd() {
        int tag = sequences.pop();
        if (muted()) {
            mutedAt = sequences.size() == mutedAt ? -1 : mutedAt;
            return;
        }
        writing(() -> {
            if (tag == Tags.ORIGINAL_ATTRIBUTES_SEQUENCE && sequences.isEmpty()) {
                out.write(plan.appendedOriginals);
            }
            writer.item(Element.SEQUENCE_DELIMITATION, 0);
        });
    }

    @Override
    public void itemStart(long headerOffset, long length) {
        characterSets.push(characterSets.getFirst());
        if (!muted()) {
            writing(() -> writer.item(Element.ITEM, Element.UNDEFINED));
        }
    }

    @Override
    public void itemEnd() {
        characterSets.pop();
        if (!muted()) {
            writing(() -> writer.item(Element.ITEM_DELIMITATION, 0));
        }
    }

    @Override
    public void fragmentsStart(Element element) {
        boolean leaveOut = muted() || topElementIsLeftOut(element.tag());
        Frames frames = plan.frames;
        fragmentsAreKept = !leaveOut && frames == null;
        if (fragmentsAreKept) {
            writing(() -> writer.header(element.tag(), element.vr(), Element.UNDEFINED));
        } else if (!leaveOut && frames != null) {
            writing(() -> NativePixels.write(frames, element.tag(), plan.target, out));
        }
    }

    @Override
    public Disposition fragment(long valueOffset, long length) {
        if (!fragmentsAreKept) {
            return Disposition.SKIP;
        }
        writing(() -> writer.item(Element.ITEM, length));
        return Disposition.STREAM;
    }

    @Override
    public void fragmentsEnd() {
        if (fragmentsAreKept) {
            writing(() -> writer.item(Element.SEQUENCE_DELIMITATION, 0));
        }
    }
}
