package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.study.NamedValues;
import org.archipelago.domain.EventAttributes;
import org.archipelago.domain.patient.DescriptionOfPatient;
import org.archipelago.domain.study.SeriesLevelAttributes;
import org.archipelago.domain.study.StudyLevelAttributes;
import org.archipelago.query.attributes.AttributeJson;

/**
 * What objects say of a study, of one of its people or of a series: the values that events name, and of how many current objects
 * each is, as far as it is not the baseline's. Grows with what events name.
 */
final class KnownValues {
    /** What the values are of. */
    enum Level {
        STUDY(tag -> StudyLevelAttributes.contains(tag) && !DescriptionOfPatient.contains(tag)),
        PERSON(DescriptionOfPatient::contains),
        SERIES(SeriesLevelAttributes::contains);

        private final IntPredicate describing;

        Level(IntPredicate describing) {
            this.describing = describing;
        }

        /** Whether each object says which value it has; any other attribute has one value at most, or varies. */
        private boolean isDescribedBy(int tag) {
            return describing.test(tag);
        }
    }

    private final Level level;
    /** What the first object says. */
    private AttributeSet baseline = AttributeSet.EMPTY;
    /** Values of later objects, by their place. */
    private final List<AttributeSet> further = new ArrayList<>();

    private final Set<Integer> varied = new TreeSet<>(Integer::compareUnsigned);
    /** Current objects that do not say what the baseline says: by tag and place, never 0. */
    private final TreeMap<Integer, TreeMap<Integer, Long>> otherwise = new TreeMap<>(Integer::compareUnsigned);

    KnownValues(Level level) {
        this.level = level;
    }

    /** What the first object says. */
    void begin(AttributeSet first) {
        baseline = first;
    }

    /** What an object is the first to say. */
    void add(AttributeSet values, NamedValues places) {
        values.attributes().forEach((tag, attribute) -> {
            int place = places.byTag().getOrDefault(tag, 0);
            while (further.size() <= place) {
                further.add(AttributeSet.EMPTY);
            }
            further.set(place, further.get(place).with(tag, attribute));
        });
    }

    /** These are of single instances: neither shown nor found here. */
    void vary(Set<Integer> tags) {
        varied.addAll(tags);
    }

    /** An object that says this is current from now on, or is so no longer. */
    void count(NamedValues says, int change) {
        says.byTag().forEach((tag, place) -> {
            if (level.isDescribedBy(tag)) {
                count(tag, place, change);
            }
        });
    }

    private void count(int tag, int place, long change) {
        TreeMap<Integer, Long> places = otherwise.computeIfAbsent(tag, _ -> new TreeMap<>());
        if (places.merge(place, change, Long::sum) == 0) {
            places.remove(place);
        }
        if (places.isEmpty()) {
            otherwise.remove(tag);
        }
    }

    /** Every value that events name. */
    List<AttributeSet> all() {
        List<AttributeSet> all = new ArrayList<>(further.size() + 1);
        all.add(constant(baseline));
        further.forEach(values -> all.add(constant(values)));
        return all;
    }

    private AttributeSet constant(AttributeSet values) {
        return varied.isEmpty() ? values : values.filter(tag -> !varied.contains(tag));
    }

    /**
     * Of each attribute the first value that a current object has; an empty one where none has any. While there is no such object
     * what the first one says.
     *
     * @param objects that are current
     */
    AttributeSet shown(long objects) {
        AttributeSet first = constant(baseline);
        AttributeSet shown = first;
        for (AttributeSet values : further) {
            shown = shown.with(constant(values).filter(tag -> !level.isDescribedBy(tag) && !hasBaseline(tag)));
        }
        if (objects > 0) {
            for (int tag : otherwise.keySet()) {
                Optional<Attribute> said =
                        said(tag, objects).or(() -> first.get(tag).map(KnownValues::emptied));
                shown = said.isPresent() ? shown.with(tag, said.get()) : shown;
            }
        }
        return shown;
    }

    private Optional<Attribute> said(int tag, long objects) {
        int place = shownPlace(tag, objects);
        if (place == 0 && hasBaseline(tag)) {
            return baseline.get(tag);
        }
        return place < 0 ? Optional.empty() : further.get(place).get(tag);
    }

    /** Of the first value that is known and that a current object has; else negative. */
    private int shownPlace(int tag, long objects) {
        Map<Integer, Long> places = otherwise.getOrDefault(tag, new TreeMap<>());
        long usual =
                objects - places.values().stream().mapToLong(Long::longValue).sum();
        if (usual > 0 && hasBaseline(tag)) {
            return 0;
        }
        return places.entrySet().stream()
                .filter(place -> place.getValue() > 0 && isKnown(tag, place.getKey()))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(NamedValues.ABSENT);
    }

    private boolean isKnown(int tag, int place) {
        return (place == 0 && hasBaseline(tag))
                || (place >= 0 && place < further.size() && further.get(place).contains(tag));
    }

    private boolean hasBaseline(int tag) {
        return baseline.get(tag).filter(EventAttributes::hasValue).isPresent();
    }

    private static Attribute emptied(Attribute attribute) {
        return new Attribute(attribute.vr(), List.of());
    }

    /** Changes whenever {@link #all} or {@link #shown} do. */
    Object appearance(long objects) {
        Map<Integer, Integer> shown = new TreeMap<>();
        otherwise.keySet().forEach(tag -> shown.put(tag, shownPlace(tag, objects)));
        int named = further.stream().mapToInt(AttributeSet::size).sum();
        return List.of(objects > 0, baseline.size(), named, varied.size(), shown);
    }

    ObjectNode toJson() {
        ObjectNode node = Json.object();
        node.set("baseline", AttributeJson.write(baseline));
        ArrayNode later = node.putArray("further");
        further.forEach(values -> later.add(AttributeJson.write(values)));
        Json.texts(node, "varied", varied.stream().map(Tags::hex).toList());
        ObjectNode counts = node.putObject("otherwise");
        otherwise.forEach((tag, places) -> {
            ObjectNode ofTag = counts.putObject(Tags.hex(tag));
            places.forEach((place, count) -> ofTag.put(Integer.toString(place), count));
        });
        return node;
    }

    static KnownValues read(Level level, JsonNode node) {
        KnownValues known = new KnownValues(level);
        known.baseline = AttributeJson.read(node.path("baseline"));
        node.path("further").forEach(values -> known.further.add(AttributeJson.read(values)));
        node.path("varied").forEach(tag -> known.varied.add(tag(tag.asText())));
        node.path("otherwise")
                .properties()
                .forEach(ofTag -> ofTag.getValue()
                        .properties()
                        .forEach(place -> known.count(
                                tag(ofTag.getKey()),
                                Integer.parseInt(place.getKey()),
                                place.getValue().asLong())));
        return known;
    }

    private static int tag(String hex) {
        return Integer.parseUnsignedInt(hex, 16);
    }
}
