package org.archipelago.query.header;

import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;

/** Port: an object's header as it may leave. Thread-safe. */
@FunctionalInterface
public interface CorrectionsInForce {
    /** Also with Issuer of Patient ID (0010,0021) of the patient's record, where the study has one: queries by Patient ID look at it. */
    AttributeSet apply(StudyCopyId study, StoredObject object, AttributeSet header);
}
