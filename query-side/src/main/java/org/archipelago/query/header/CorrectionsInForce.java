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

        /**
         * Of an object that nothing identifies, what rows show of the one identified person of the study whose it is: identifier
         * and corrections in force. None of it is in what leaves. Empty when there is no such person.
         */
        default AttributeSet listedAs(StoredObject object) {
            return AttributeSet.EMPTY;
        }

        /** Whose the object is, though it may not say so itself; empty when nobody is identified. */
        default Optional<PatientRecordId> patientOf(StoredObject object) {
            return Optional.empty();
        }
    }
}
