package org.archipelago.node.dicom.phantom;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dictionary.Dictionary;

/** Builds an attribute set by the keywords of PS3.6; VRs come from the registry. */
final class DataSet {
    private final TreeMap<Integer, Attribute> attributes = new TreeMap<>(Integer::compareUnsigned);

    /** Strings, as text or numbers as the VR is; none at all for an empty attribute. */
    DataSet put(String keyword, String... values) {
        int tag = tag(keyword);
        Vr vr = Dictionary.vr(tag);
        attributes.put(
                tag,
                new Attribute(
                        vr, Arrays.stream(values).map(value -> value(vr, value)).toList()));
        return this;
    }

    DataSet put(String keyword, long value) {
        return put(keyword, Long.toString(value));
    }

    DataSet items(String keyword, DataSet... items) {
        List<Value> values = Arrays.stream(items)
                .map(item -> (Value) new Value.Item(item.done()))
                .toList();
        attributes.put(tag(keyword), new Attribute(Vr.SQ, values));
        return this;
    }

    DataSet bytes(String keyword, Vr vr, byte[] bytes) {
        attributes.put(tag(keyword), new Attribute(vr, List.of(new Value.Inline(bytes))));
        return this;
    }

    DataSet all(DataSet other) {
        attributes.putAll(other.attributes);
        return this;
    }

    static DataSet code(String value, String scheme, String meaning) {
        return new DataSet()
                .put("CodeValue", value)
                .put("CodingSchemeDesignator", scheme)
                .put("CodeMeaning", meaning);
    }

    AttributeSet done() {
        return new AttributeSet(attributes);
    }

    private static int tag(String keyword) {
        return Dictionary.tag(keyword).orElseThrow(() -> new IllegalArgumentException(keyword));
    }

    private static Value value(Vr vr, String text) {
        return switch (vr) {
            case PN -> {
                String[] groups = text.split("=", -1);
                yield new Value.Name(new PersonName(
                        groups[0], groups.length > 1 ? groups[1] : "", groups.length > 2 ? groups[2] : ""));
            }
            case FL, FD, SL, SS, SV, UL, US, UV -> new Value.Numeric(new BigDecimal(text));
            case AT -> new Value.Numeric(BigDecimal.valueOf(Integer.toUnsignedLong(tag(text))));
            default -> new Value.Text(text);
        };
    }
}
