package org.archipelago.node.dicom.dataset;

import java.util.List;
import java.util.TreeMap;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dictionary.TransferSyntax.Encoding;
import org.jspecify.annotations.Nullable;

/** A data set or item whose values are still bytes, since the character set of text may follow it. */
final class RawDataSet {
    final TreeMap<Integer, RawElement> elements = new TreeMap<>(Integer::compareUnsigned);

    record RawElement(Vr vr, Encoding encoding, RawValue value) {}

    sealed interface RawValue {}

    record Bytes(byte[] bytes) implements RawValue {}

    record Items(List<RawDataSet> items) implements RawValue {}

    record BulkAt(long offset, long length) implements RawValue {}

    byte @Nullable [] bytes(int tag) {
        RawElement element = elements.get(tag);
        return element != null && element.value instanceof Bytes(byte[] bytes) ? bytes : null;
    }
}
