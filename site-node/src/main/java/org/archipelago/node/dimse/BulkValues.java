package org.archipelago.node.dimse;

import java.util.Map;
import java.util.TreeMap;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Value;

/** Values that stayed in their blobs: a response has their attributes with zero length, within items too. */
final class BulkValues {
    private BulkValues() {}

    static Attribute leftOut(Attribute attribute) {
        return new Attribute(
                attribute.vr(),
                attribute.values().stream()
                        .filter(value -> !(value instanceof Value.Bulk))
                        .map(value ->
                                value instanceof Value.Item(AttributeSet item) ? new Value.Item(leftOut(item)) : value)
                        .toList());
    }

    private static AttributeSet leftOut(AttributeSet set) {
        Map<Integer, Attribute> attributes = new TreeMap<>();
        set.attributes().forEach((tag, attribute) -> attributes.put(tag, leftOut(attribute)));
        return AttributeSet.of(attributes);
    }
}
