package org.archipelago.contract.study;

import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;

/**
 * An instance as an event carries it: its attributes are its series' baseline ({@link StudyEvent.SeriesRegistered}) with
 * these differences of the bounded set {@link InstanceAttributes}.
 */
public record StoredInstance(SeriesInstanceUid series, StoredObject object, AttributeSet differences) {}
