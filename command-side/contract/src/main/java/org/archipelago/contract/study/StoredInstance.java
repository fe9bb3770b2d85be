package org.archipelago.contract.study;

import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;

/**
 * An instance as an event carries it: its attributes are its series' baseline ({@link StudyEvent.SeriesRegistered}) with
 * these differences of the bounded set {@link InstanceAttributes}.
 *
 * @param differences an empty attribute: the baseline has a value and this instance has none
 * @param person whose object it is: number of a person of the study, see {@link StudyEvent.PersonDescribed}. Corrections of a
 *     patient apply to objects of that patient only
 * @param says which of the values that events name of its study, its patient and its series it has
 */
public record StoredInstance(
        SeriesInstanceUid series, StoredObject object, AttributeSet differences, int person, NamedValues says) {
    /** An instance of whom the study's first object describes, which says what the baselines say. */
    public StoredInstance(SeriesInstanceUid series, StoredObject object, AttributeSet differences) {
        this(series, object, differences, 0);
    }

    /** An instance that says what the baselines say. */
    public StoredInstance(SeriesInstanceUid series, StoredObject object, AttributeSet differences, int person) {
        this(series, object, differences, person, NamedValues.OF_BASELINE);
    }

    /** What it counts for while this version is current. */
    public VersionStanding standing() {
        return new VersionStanding(series, object.sopClassUid(), person, says);
    }
}
