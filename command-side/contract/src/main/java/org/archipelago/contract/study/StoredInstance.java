package org.archipelago.contract.study;

import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;

/**
 * An instance as an event carries it: its attributes are its series' baseline ({@link StudyEvent.SeriesRegistered}) with
 * these differences of the bounded set {@link InstanceAttributes}.
 *
 * @param differences an empty attribute: the baseline has a value and this instance has none
 */
public record StoredInstance(
        SeriesInstanceUid series, StoredObject object, AttributeSet differences, InstancePatient patient) {
    /** An instance of the study's patient. */
    public StoredInstance(SeriesInstanceUid series, StoredObject object, AttributeSet differences) {
        this(series, object, differences, InstancePatient.OF_STUDY);
    }
}
