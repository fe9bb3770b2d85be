package org.archipelago.contract.patient;

import java.util.Optional;

/** Port: what is known here about patient records. Reads local records only; may be behind by what is being appended. */
public interface PatientMerges {
    boolean isRegistered(PatientRecordId patient);

    /** The record that this one is merged into, where it is. */
    Optional<PatientRecordId> mergedInto(PatientRecordId patient);
}
