package org.archipelago.query.header;

import java.util.Optional;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;

/** Port: headers of objects as they may leave. Thread-safe. */
@FunctionalInterface
public interface CorrectionsInForce {
    /** What is in force now, to be applied to the objects of one answer; by one thread. */
    OfStudy of(StudyCopyId study);

    /** For the objects of one study. */
    @FunctionalInterface
    interface OfStudy {
        /**
         * Also with Issuer of Patient ID (0010,0021) of the patient's record, where the study has one: queries by Patient ID look
         * at it.
         */
        AttributeSet apply(StoredObject object, AttributeSet header);

        /** Whose the object is; empty when nobody is identified. */
        default Optional<PatientRecordId> patientOf(StoredObject object) {
            return Optional.empty();
        }
    }
}
