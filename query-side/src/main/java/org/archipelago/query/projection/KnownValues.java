package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
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
    private final List<Said> said = new ArrayList<>();
    private final Set<Integer> varied = new TreeSet<>(Integer::compareUnsigned);
    /** The last so many were named by events before that of the objects that say them. */
    private int unclaimed;

    /** @param patient the record of the patient whose object says it; empty for the study's patient and for nobody */
    record Said(AttributeSet values, String patient) {}

    /** Instead of what was known: the first object's. */
    void begin(AttributeSet baseline) {
        said.clear();
        unclaimed = 0;
        said.add(new Said(baseline, ""));
    }

    /** What an object says: which one, the next event of objects tells. */
    void add(AttributeSet further) {
        if (!further.isEmpty()) {
            said.add(new Said(further, ""));
            unclaimed++;
        }
    }

    /** The object of this patient has come that says what was named last. */
    void claim(String patient) {
        said.subList(said.size() - unclaimed, said.size()).replaceAll(one -> new Said(one.values, patient));
        unclaimed = 0;
    }

    /** These are of single instances: neither shown nor found here. */
    void vary(Set<Integer> tags) {
        varied.addAll(tags);
    }

    /** Everything, in order of arrival. */
    List<Said> said() {
        return varied.isEmpty()
                ? List.copyOf(said)
                : said.stream()
                        .map(one -> new Said(one.values.filter(tag -> !varied.contains(tag)), one.patient))
                        .toList();
    }

    /** Every value, in order of arrival. */
    List<AttributeSet> all() {
        return said().stream().map(Said::values).toList();
    }

    AttributeSet shown() {
        return shown(all());
    }

    /** Of each attribute the first that has a value, else an empty one. */
    static AttributeSet shown(Collection<AttributeSet> sets) {
        AttributeSet shown = AttributeSet.EMPTY;
        for (AttributeSet set : sets) {
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

    ObjectNode toJson() {
        ObjectNode node = Json.object().put("unclaimed", unclaimed);
        ArrayNode all = node.putArray("said");
        for (Said one : said) {
            all.addObject().put("patient", one.patient).set("values", AttributeJson.write(one.values));
        }
        Json.texts(node, "varied", varied.stream().map(Tags::hex).toList());
        return node;
    }

    static KnownValues read(JsonNode node) {
        KnownValues known = new KnownValues();
        known.unclaimed = node.path("unclaimed").asInt();
        for (JsonNode one : node.path("said")) {
            known.said.add(new Said(
                    AttributeJson.read(one.path("values")), one.path("patient").asText()));
        }
        node.path("varied").forEach(tag -> known.varied.add(Integer.parseUnsignedInt(tag.asText(), 16)));
        return known;
    }
}
