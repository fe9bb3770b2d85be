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
import org.archipelago.query.projection.Said.Speaker;
import org.archipelago.query.projection.Said.Standing;

/** What objects say of a study or a series: the first object's attributes, then what later ones added. Grows with what events name. */
final class KnownValues {
    private final List<Said> said = new ArrayList<>();
    private final Set<Integer> varied = new TreeSet<>(Integer::compareUnsigned);
    /** The last so many were named by events before that of the objects that say them. */
    private int unclaimed;

    /** Instead of what was known: the first object's. */
    void begin(AttributeSet baseline) {
        said.clear();
        unclaimed = 0;
        said.add(new Said(baseline, Speaker.usual(0)));
    }

    /** What an object of this person says: which one, the next event of objects tells. */
    void add(int person, AttributeSet further) {
        if (!further.isEmpty()) {
            said.add(new Said(further, Speaker.usual(person)));
            unclaimed++;
        }
    }

    /** The object has come that says what was named last. */
    void claim(Speaker by) {
        said.subList(said.size() - unclaimed, said.size())
                .replaceAll(one -> new Said(one.values(), by.of(one.by().person())));
        unclaimed = 0;
    }

    /** Whether {@link #choose} of any version of this instance may change anything. */
    boolean concerns(String instance) {
        return !instance.isEmpty() && said.stream().anyMatch(one -> one.isOfInstance(instance));
    }

    /** This version of its instance is current from now on: what others of it said is set aside. */
    void choose(String instance, String version) {
        if (!concerns(instance)) {
            return;
        }
        said.replaceAll(one -> one.isOfInstance(instance) ? one.with(Standing.ASIDE) : one);
        List<Said> chosen =
                said.stream().filter(one -> one.isOfVersion(version)).toList();
        said.removeAll(chosen);
        chosen.forEach(one -> said.add(one.with(Standing.CURRENT)));
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
                        .map(one -> one.with(one.values().filter(tag -> !varied.contains(tag))))
                        .toList();
    }

    /** Every value. */
    List<AttributeSet> all() {
        return said().stream().map(Said::values).toList();
    }

    /** Of each attribute what the current version says that came last by taking another's place, else the first; without value where none has one. */
    AttributeSet shown() {
        return first(ranked(said(), Standing.CURRENT, Standing.USUAL));
    }

    /** What has one of these standings, in their order. */
    static List<AttributeSet> ranked(List<Said> said, Standing... standings) {
        List<AttributeSet> ranked = new ArrayList<>();
        for (Standing standing : standings) {
            List<Said> of = said.stream().filter(one -> one.has(standing)).toList();
            (standing == Standing.CURRENT ? of.reversed() : of).forEach(one -> ranked.add(one.values()));
        }
        return ranked;
    }

    /** Of each attribute the first that has a value, else an empty one. */
    static AttributeSet first(Collection<AttributeSet> sets) {
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
        said.forEach(one -> all.add(one.toJson()));
        Json.texts(node, "varied", varied.stream().map(Tags::hex).toList());
        return node;
    }

    static KnownValues read(JsonNode node) {
        KnownValues known = new KnownValues();
        known.unclaimed = node.path("unclaimed").asInt();
        node.path("said").forEach(one -> known.said.add(Said.read(one)));
        node.path("varied").forEach(tag -> known.varied.add(Integer.parseUnsignedInt(tag.asText(), 16)));
        return known;
    }
}
