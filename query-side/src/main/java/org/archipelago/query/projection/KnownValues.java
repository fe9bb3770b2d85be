package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.study.DescriptionOfPatient;
import org.archipelago.contract.study.EventAttributes;
import org.archipelago.contract.study.NamedValues;
import org.archipelago.contract.study.SeriesLevelAttributes;
import org.archipelago.contract.study.StudyLevelAttributes;
import org.archipelago.contract.study.VersionStanding;
import org.archipelago.query.attributes.AttributeJson;

/**
 * What objects say of a study, of one of its people or of a series: the values that events name, and of how many current objects
 * of each person each is, as far as it is not the baseline's. Grows with what events name.
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
    /** Current objects that do not say what the baseline says: by person, tag and place, never 0. */
    private final TreeMap<Integer, Otherwise> otherwise = new TreeMap<>();

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

    Set<Integer> varied() {
        return Collections.unmodifiableSet(varied);
    }

    /** The version counts from now on, or does so no longer. */
    void count(VersionStanding version, int change) {
        version.says().byTag().forEach((tag, place) -> {
            if (level.isDescribedBy(tag)) {
                count(version.person(), tag, place, change);
            }
        });
    }

    private void count(int person, int tag, int place, long change) {
        Otherwise ofPerson = otherwise.computeIfAbsent(person, _ -> new Otherwise());
        ofPerson.count(tag, place, change);
        if (ofPerson.isEmpty()) {
            otherwise.remove(person);
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
     * Of each attribute the first value that a current object of these people has; an empty one where none has any. While there is
     * no such object what the first one says.
     *
     * @param objects of these people that are current
     */
    AttributeSet shown(Collection<Integer> people, long objects) {
        AttributeSet first = constant(baseline);
        AttributeSet shown = first.with(undescribed());
        if (objects > 0) {
            Otherwise counts = otherwise(people);
            for (int tag : counts.tags()) {
                Optional<Attribute> said = places(counts, tag, objects)
                        .mapToObj(place -> value(tag, place).orElseThrow())
                        .findFirst()
                        .or(() -> first.get(tag).map(KnownValues::emptied));
                shown = said.isPresent() ? shown.with(tag, said.get()) : shown;
            }
        }
        return shown;
    }

    /** Every value that a current object of these people has, of what describes; of everything else all that events name. */
    AttributeSet said(Collection<Integer> people, long objects) {
        Otherwise counts = otherwise(people);
        NavigableMap<Integer, Attribute> said = new TreeMap<>(Integer::compareUnsigned);
        constant(baseline).attributes().forEach((tag, attribute) -> {
            if (!counts.tags().contains(tag) && (objects > 0 || !level.isDescribedBy(tag))) {
                said.put(tag, attribute);
            }
        });
        for (int tag : counts.tags()) {
            List<Attribute> all = places(counts, tag, objects)
                    .mapToObj(place -> value(tag, place).orElseThrow())
                    .toList();
            all.stream()
                    .reduce((one, other) -> new Attribute(
                            one.vr(),
                            Stream.concat(one.values().stream(), other.values().stream())
                                    .distinct()
                                    .toList()))
                    .ifPresent(values -> said.put(tag, values));
        }
        return AttributeSet.of(said).with(undescribed());
    }

    /** What nobody contradicts of what does not describe, where the first object has none. */
    private AttributeSet undescribed() {
        AttributeSet found = AttributeSet.EMPTY;
        for (AttributeSet values : further) {
            found = found.with(constant(values).filter(tag -> !level.isDescribedBy(tag) && !hasBaseline(tag)));
        }
        return found;
    }

    private Otherwise otherwise(Collection<Integer> people) {
        Otherwise all = new Otherwise();
        people.forEach(person -> {
            Otherwise ofPerson = otherwise.get(person);
            if (ofPerson != null) {
                all.add(ofPerson);
            }
        });
        return all;
    }

    /** Of the values that are known and that some of the objects have, the first first. */
    private IntStream places(Otherwise counts, int tag, long objects) {
        Map<Integer, Long> places = counts.of(tag);
        long usual =
                objects - places.values().stream().mapToLong(Long::longValue).sum();
        IntStream baseline = usual > 0 && hasBaseline(tag) ? IntStream.of(0) : IntStream.empty();
        return IntStream.concat(
                baseline,
                places.entrySet().stream()
                        .filter(place -> place.getValue() > 0 && isKnown(tag, place.getKey()))
                        .mapToInt(Map.Entry::getKey));
    }

    private Optional<Attribute> value(int tag, int place) {
        return place == 0 && hasBaseline(tag)
                ? baseline.get(tag)
                : further.get(place).get(tag);
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

    /**
     * Changes whenever what is shown or found does, of whatever people.
     *
     * @param objects of a person that are current
     */
    Object appearance(IntToLongFunction objects) {
        Map<Integer, Map<Integer, List<Integer>>> said = new TreeMap<>();
        otherwise.forEach((person, counts) -> {
            Map<Integer, List<Integer>> byTag = new TreeMap<>();
            counts.tags()
                    .forEach(tag -> byTag.put(
                            tag,
                            places(counts, tag, objects.applyAsLong(person))
                                    .boxed()
                                    .toList()));
            said.put(person, byTag);
        });
        int named = further.stream().mapToInt(AttributeSet::size).sum();
        return List.of(baseline.size(), named, varied.size(), said);
    }

    int sizeBytes() {
        int bytes = EventAttributes.sizeBytes(baseline);
        for (AttributeSet values : further) {
            bytes += EventAttributes.sizeBytes(values);
        }
        return bytes;
    }

    ObjectNode toJson() {
        ObjectNode node = Json.object();
        node.set("baseline", AttributeJson.write(baseline));
        ArrayNode later = node.putArray("further");
        further.forEach(values -> later.add(AttributeJson.write(values)));
        Json.texts(node, "varied", varied.stream().map(Tags::hex).toList());
        ObjectNode counts = node.putObject("otherwise");
        otherwise.forEach((person, ofPerson) -> counts.set(Integer.toString(person), ofPerson.toJson()));
        return node;
    }

    static KnownValues read(Level level, JsonNode node) {
        KnownValues known = new KnownValues(level);
        known.baseline = AttributeJson.read(node.path("baseline"));
        node.path("further").forEach(values -> known.further.add(AttributeJson.read(values)));
        node.path("varied").forEach(tag -> known.varied.add(Integer.parseUnsignedInt(tag.asText(), 16)));
        node.path("otherwise")
                .properties()
                .forEach(person ->
                        known.otherwise.put(Integer.valueOf(person.getKey()), Otherwise.read(person.getValue())));
        return known;
    }
}
