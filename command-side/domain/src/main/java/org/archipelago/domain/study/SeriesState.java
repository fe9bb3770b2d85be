package org.archipelago.domain.study;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.study.EventAttributes;
import org.archipelago.contract.study.InstanceAttributes;
import org.archipelago.contract.study.NamedValues;
import org.archipelago.contract.study.SeriesLevelAttributes;
import org.archipelago.contract.study.StudyLevelAttributes;

/**
 * What a study copy must remember of a baseline to tell what a further object says that is new. Series without UID: the
 * study's. Bounded: see the constants.
 */
final class SeriesState {
    /** Different values of one attribute that events name, the baseline's among them; further ones stay in the blobs. */
    static final int MAX_VALUES = 16;

    /** Estimated bytes of an attribute that tells a series from others, where a study has no room for more. */
    private static final int MAX_TELLING_BYTES = 256;

    private static final Set<Integer> TELLING =
            Set.of(Tags.MODALITY, Tags.SERIES_NUMBER, Tags.SERIES_DESCRIPTION, Tags.SERIES_DATE, Tags.SERIES_TIME);

    /** Estimated bytes of all values that events name of one series, or of the study. */
    static final int MAX_BYTES = 2 * EventAttributes.MAX_SET_BYTES;

    private final Optional<SeriesInstanceUid> uid;
    /** Values, in order of arrival, of every attribute that is not known to be of single instances. Never an empty one. */
    private final NavigableMap<Integer, List<Attribute>> values = new TreeMap<>(Integer::compareUnsigned);
    /** Attributes that turned out to be of single instances. */
    private final Set<Integer> varied = new TreeSet<>(Integer::compareUnsigned);
    /** Of what describes, the attributes of which the baseline has a value: the first of those named. */
    private final Set<Integer> based;
    /** The baseline's values of {@link InstanceAttributes#DIFFERING}, for ever. */
    private final AttributeSet differing;
    /** Of all values ever named, so that what varies makes no room for more. */
    private int bytes;

    private int currentInstances;

    private SeriesState(Optional<SeriesInstanceUid> uid, AttributeSet differing, Set<Integer> based) {
        this.uid = uid;
        this.differing = differing;
        this.based = based;
    }

    static SeriesState of(SeriesInstanceUid series, AttributeSet baseline) {
        SeriesState state = new SeriesState(
                Optional.of(series),
                baseline.filter(InstanceAttributes.DIFFERING::contains),
                valued(baseline, SeriesLevelAttributes::contains));
        state.add(baseline);
        return state;
    }

    static SeriesState ofStudy(AttributeSet baseline) {
        SeriesState state =
                new SeriesState(Optional.empty(), AttributeSet.EMPTY, valued(baseline, StudyLevelAttributes::contains));
        state.add(baseline);
        return state;
    }

    private static Set<Integer> valued(AttributeSet baseline, IntPredicate which) {
        return baseline.filter(which)
                .filter(tag -> EventAttributes.hasValue(baseline.get(tag).orElseThrow()))
                .attributes()
                .keySet();
    }

    /** The study's baseline, as the first instance has it. */
    static AttributeSet studyBaseline(AttributeSet instance) {
        return EventAttributes.bounded(instance, StudyLevelAttributes::contains);
    }

    /**
     * A series' baseline, as its first object has it.
     *
     * @param isFull whether the study has no room for more than what tells its series from each other
     */
    static AttributeSet seriesBaseline(AttributeSet instance, boolean isFull) {
        return EventAttributes.bounded(
                instance, tag -> isOfSeries(tag) && (!isFull || (TELLING.contains(tag) && isShort(tag, instance))));
    }

    private static boolean isShort(int tag, AttributeSet instance) {
        return EventAttributes.sizeBytes(instance.filter(one -> one == tag)) <= MAX_TELLING_BYTES;
    }

    private static boolean isOfSeries(int tag) {
        return !StudyLevelAttributes.contains(tag)
                && tag != Tags.SOP_INSTANCE_UID
                && tag != Tags.SOP_CLASS_UID
                && tag != Tags.STUDY_INSTANCE_UID
                && tag != Tags.SERIES_INSTANCE_UID;
    }

    /**
     * What an object says that no object before said.
     *
     * @param tags attributes that turn out to be of single instances
     * @param further values that are new
     * @param places of those
     */
    record News(SortedSet<Integer> tags, AttributeSet further, NamedValues places) {
        boolean isEmpty() {
            return tags.isEmpty() && further.isEmpty();
        }

        /** Both; they are about different attributes. */
        News and(News other) {
            SortedSet<Integer> both = new TreeSet<>(tags);
            both.addAll(other.tags);
            Map<Integer, Integer> places = new HashMap<>(this.places.byTag());
            places.putAll(other.places.byTag());
            return new News(both, further.with(other.further), new NamedValues(places));
        }
    }

    /** @param isFull whether the study has no room for further values */
    News newsOf(AttributeSet instance, boolean isFull) {
        SortedSet<Integer> tags = new TreeSet<>(Integer::compareUnsigned);
        NavigableMap<Integer, Attribute> further = new TreeMap<>(Integer::compareUnsigned);
        instance.attributes().forEach((tag, attribute) -> {
            if (isOurs(tag) && !varied.contains(tag) && EventAttributes.hasValue(attribute)) {
                List<Attribute> known = known(tag);
                if (!known.isEmpty() && !describes(tag) && !known.contains(attribute)) {
                    tags.add(tag);
                } else if (isNew(tag, attribute, known)) {
                    further.put(tag, attribute);
                }
            }
        });
        AttributeSet fitting = isFull ? AttributeSet.EMPTY : fitting(further);
        return new News(tags, fitting, places(fitting));
    }

    private NamedValues places(AttributeSet fresh) {
        Map<Integer, Integer> places = new HashMap<>();
        for (int tag : fresh.attributes().keySet()) {
            int place = known(tag).size();
            if (place > 0) {
                places.put(tag, place);
            }
        }
        return new NamedValues(places);
    }

    private List<Attribute> known(int tag) {
        return values.getOrDefault(tag, List.of());
    }

    /** Which of the values named an object has of what describes, as far as the predicate takes the attribute. */
    Map<Integer, Integer> says(AttributeSet object, IntPredicate which) {
        Map<Integer, Integer> says = new HashMap<>();
        values.forEach((tag, known) -> {
            if (describes(tag) && which.test(tag)) {
                int place = object.get(tag)
                        .filter(EventAttributes::hasValue)
                        .map(own -> known.contains(own) ? known.indexOf(own) : NamedValues.UNNAMED)
                        .orElse(NamedValues.ABSENT);
                if (place != (based.contains(tag) ? 0 : NamedValues.ABSENT)) {
                    says.put(tag, place);
                }
            }
        });
        return says;
    }

    private boolean isOurs(int tag) {
        return uid.isEmpty() ? StudyLevelAttributes.contains(tag) : isOfSeries(tag);
    }

    /** Whether every value counts; any other attribute with two values is of single instances. */
    private boolean describes(int tag) {
        return uid.isEmpty() || SeriesLevelAttributes.contains(tag);
    }

    private boolean isNew(int tag, Attribute attribute, List<Attribute> known) {
        // What instances carry themselves is said against the baseline: nothing is ever added to that.
        boolean carriedByInstances = uid.isPresent() && InstanceAttributes.DIFFERING.contains(tag);
        return known.size() < MAX_VALUES && !carriedByInstances && !known.contains(attribute);
    }

    /** The same for the same input: in the order of tags as long as there is room. */
    private AttributeSet fitting(NavigableMap<Integer, Attribute> candidates) {
        if (candidates.isEmpty()) {
            return AttributeSet.EMPTY;
        }
        NavigableMap<Integer, Attribute> fitting = new TreeMap<>(Integer::compareUnsigned);
        int left = MAX_BYTES - bytes;
        AttributeSet carried = EventAttributes.bounded(AttributeSet.of(candidates), _ -> true);
        for (Map.Entry<Integer, Attribute> candidate : carried.attributes().entrySet()) {
            int needed = EventAttributes.sizeBytes(AttributeSet.of(Map.of(candidate.getKey(), candidate.getValue())));
            if (needed <= left) {
                fitting.put(candidate.getKey(), candidate.getValue());
                left -= needed;
            }
        }
        return AttributeSet.of(fitting);
    }

    /** What an event says of an object beside its baseline. */
    AttributeSet differences(AttributeSet instance) {
        NavigableMap<Integer, Attribute> found = new TreeMap<>();
        for (int tag : InstanceAttributes.DIFFERING) {
            Optional<Attribute> own = instance.get(tag).filter(EventAttributes::isCarried);
            Optional<Attribute> base = differing.get(tag);
            if (own.isPresent() && !own.equals(base)) {
                found.put(tag, own.get());
            } else if (own.isEmpty() && base.isPresent() && !base.get().isEmpty()) {
                found.put(tag, new Attribute(base.get().vr(), List.of()));
            }
        }
        return found.isEmpty() ? AttributeSet.EMPTY : AttributeSet.of(found);
    }

    void add(AttributeSet further) {
        AttributeSet fresh =
                further.filter(tag -> !known(tag).contains(further.get(tag).orElseThrow()));
        fresh.attributes().forEach((tag, attribute) -> {
            if (EventAttributes.hasValue(attribute)) {
                values.computeIfAbsent(tag, _ -> new ArrayList<>(1)).add(attribute);
            }
        });
        bytes += EventAttributes.sizeBytes(fresh);
    }

    /** Estimated, of all values ever named. */
    int bytes() {
        return bytes;
    }

    void vary(Collection<Integer> tags) {
        tags.forEach(values::remove);
        varied.addAll(tags);
    }

    void count(int change) {
        currentInstances += change;
    }

    int currentInstances() {
        return currentInstances;
    }

    Optional<SeriesInstanceUid> uid() {
        return uid;
    }

    StudySnapshot.Series snapshot() {
        List<AttributeSet> layers = new ArrayList<>();
        for (int i = 0; layers.size() == i; i++) {
            NavigableMap<Integer, Attribute> layer = new TreeMap<>(Integer::compareUnsigned);
            int at = i;
            values.forEach((tag, all) -> {
                if (all.size() > at) {
                    layer.put(tag, all.get(at));
                }
            });
            if (!layer.isEmpty()) {
                layers.add(AttributeSet.of(layer));
            }
        }
        return new StudySnapshot.Series(
                uid, layers, Set.copyOf(based), Set.copyOf(varied), differing, bytes, currentInstances);
    }

    static SeriesState of(StudySnapshot.Series snapshot) {
        SeriesState state = new SeriesState(snapshot.uid(), snapshot.differing(), snapshot.based());
        snapshot.values().forEach(state::add);
        state.varied.addAll(snapshot.varied());
        state.bytes = snapshot.bytes();
        state.currentInstances = snapshot.currentInstances();
        return state;
    }
}
