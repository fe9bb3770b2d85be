package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.query.attributes.AttributeJson;

/** What objects say of a study or a series: the first object's attributes, then what later ones added. Bounded by the events. */
final class KnownValues {
    private final List<AttributeSet> sets = new ArrayList<>();
    private final Set<Integer> varied = new TreeSet<>(Integer::compareUnsigned);

    /** Instead of what was known: the first object's. */
    void begin(AttributeSet baseline) {
        sets.clear();
        sets.add(baseline);
    }

    void add(AttributeSet further) {
        if (!further.isEmpty()) {
            sets.add(further);
        }
    }

    /** These are of single instances: neither shown nor found here. */
    void vary(Set<Integer> tags) {
        varied.addAll(tags);
    }

    /** Every value, in order of arrival. */
    List<AttributeSet> all() {
        return varied.isEmpty()
                ? List.copyOf(sets)
                : sets.stream()
                        .map(set -> set.filter(tag -> !varied.contains(tag)))
                        .toList();
    }

    /** Of each attribute the first that has a value, else an empty one. */
    AttributeSet shown() {
        AttributeSet shown = AttributeSet.EMPTY;
        for (AttributeSet set : all()) {
            AttributeSet before = shown;
            shown = shown.with(set.filter(
                    tag -> before.get(tag).filter(KnownValues::hasValue).isEmpty()));
        }
        return shown;
    }

    private static boolean hasValue(Attribute attribute) {
        return attribute.values().stream()
                .anyMatch(value ->
                        !(value instanceof Value.Text text) || !text.text().isBlank());
    }

    ArrayNode toJson() {
        ArrayNode node = Json.array();
        sets.forEach(set -> node.add(AttributeJson.write(set)));
        return node;
    }

    ArrayNode variedToJson() {
        ArrayNode node = Json.array();
        varied.forEach(tag -> node.add(Tags.hex(tag)));
        return node;
    }

    static KnownValues read(JsonNode values, JsonNode varied) {
        KnownValues known = new KnownValues();
        values.forEach(set -> known.sets.add(AttributeJson.read(set)));
        varied.forEach(tag -> known.varied.add(Integer.parseUnsignedInt(tag.asText(), 16)));
        return known;
    }
}
