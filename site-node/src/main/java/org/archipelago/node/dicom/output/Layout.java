package org.archipelago.node.dicom.output;

import java.util.HashSet;
import java.util.Set;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.node.dicom.dataset.Element;
import org.archipelago.node.dicom.dataset.TokenHandler;
import org.jspecify.annotations.Nullable;

/** What the rewriting of a data set must know before it begins; memory is independent of the data set's length. */
final class Layout implements TokenHandler {
    /** Top-level sequences in which fragments were found: images within, such as icons. */
    final Set<Integer> sequencesWithFragments = new HashSet<>();
    /** Top-level elements of those that are asked for. */
    final Set<Integer> present = new HashSet<>();

    private final Set<Integer> wanted;
    private int depth;
    private int topLevelSequence;
    private @Nullable Element originalAttributes;

    Layout(Set<Integer> wanted) {
        this.wanted = wanted;
    }

    /** Original Attributes Sequence, when it is there as a sequence of items. */
    @Nullable
    Element originalAttributes() {
        return originalAttributes;
    }

    private void top(int tag) {
        if (depth == 0 && wanted.contains(tag)) {
            present.add(tag);
        }
    }

    @Override
    public Disposition element(Element element) {
        top(element.tag());
        return Disposition.SKIP;
    }

    @Override
    public void value(Element element, byte[] value) {
        throw new IllegalStateException("no value was asked for");
    }

    @Override
    public void sequenceStart(Element element) {
        top(element.tag());
        if (depth == 0) {
            topLevelSequence = element.tag();
            if (element.tag() == Tags.ORIGINAL_ATTRIBUTES_SEQUENCE) {
                originalAttributes = element;
            }
        }
        depth++;
    }

    @Override
    public void sequenceEnd() {
        depth--;
    }

    @Override
    public void itemStart(long headerOffset, long length) {}

    @Override
    public void itemEnd() {}

    @Override
    public void fragmentsStart(Element element) {
        top(element.tag());
        if (depth > 0) {
            sequencesWithFragments.add(topLevelSequence);
        }
    }

    @Override
    public void fragmentsEnd() {}

    static boolean isGroupLength(int tag) {
        return (tag & 0xFFFF) == 0;
    }
}
