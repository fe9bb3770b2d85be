package org.archipelago.domain.study;

import java.util.Collection;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.study.InstanceAttributes;
import org.archipelago.domain.EventAttributes;

/** What a study copy must remember of a baseline to tell what a further object changes about it. Series without UID: the study's. */
final class SeriesState {
    private final Optional<SeriesInstanceUid> uid;
    /** The baseline's attributes that nothing has differed from so far; shrinks. */
    private final NavigableMap<Integer, Attribute> constant;
    /** The baseline's values of {@link InstanceAttributes#DIFFERING}, for ever. */
    private final AttributeSet differing;

    private int currentInstances;

    SeriesState(Optional<SeriesInstanceUid> uid, AttributeSet constant, AttributeSet differing, int currentInstances) {
        this.uid = uid;
        this.constant = new TreeMap<>(constant.attributes());
        this.differing = differing;
        this.currentInstances = currentInstances;
    }

    static SeriesState of(SeriesInstanceUid series, AttributeSet baseline) {
        return new SeriesState(
                Optional.of(series), baseline, baseline.filter(InstanceAttributes.DIFFERING::contains), 0);
    }

    static SeriesState ofStudy(AttributeSet baseline) {
        return new SeriesState(Optional.empty(), baseline, AttributeSet.EMPTY, 0);
    }

    /** The study's baseline, as the first instance has it. */
    static AttributeSet studyBaseline(AttributeSet instance) {
        return EventAttributes.bounded(instance, StudyLevelAttributes::contains);
    }

    /** A series' baseline, as its first object has it. */
    static AttributeSet seriesBaseline(AttributeSet instance) {
        IntPredicate ofOneInstance = tag -> tag == Tags.SOP_INSTANCE_UID
                || tag == Tags.SOP_CLASS_UID
                || tag == Tags.STUDY_INSTANCE_UID
                || tag == Tags.SERIES_INSTANCE_UID;
        return EventAttributes.bounded(
                instance, tag -> !StudyLevelAttributes.contains(tag) && !ofOneInstance.test(tag));
    }

    /** Adds to {@code varied} which attributes of the baseline, constant until now, this object does not share. */
    void collectVaried(AttributeSet instance, Set<Integer> varied) {
        constant.forEach((tag, attribute) -> {
            if (!attribute.equals(instance.attributes().get(tag))) {
                varied.add(tag);
            }
        });
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
                found.put(tag, new Attribute(base.get().vr(), java.util.List.of()));
            }
        }
        return found.isEmpty() ? AttributeSet.EMPTY : AttributeSet.of(found);
    }

    void vary(Collection<Integer> tags) {
        constant.keySet().removeAll(new TreeSet<>(tags));
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
        return new StudySnapshot.Series(uid, AttributeSet.of(constant), differing, currentInstances);
    }

    static SeriesState of(StudySnapshot.Series snapshot) {
        return new SeriesState(snapshot.uid(), snapshot.constant(), snapshot.differing(), snapshot.currentInstances());
    }
}
