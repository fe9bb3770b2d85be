package org.archipelago.contract.patient;

import java.time.Instant;
import org.archipelago.contract.Actor;
import org.archipelago.contract.dicom.AttributeSet;

/** Everything that can happen to a patient record. Events that name two patients carry stream ids only. */
public sealed interface PatientEvent {
    PatientRecordId patient();

    /** @param attributes patient level attributes of the first object seen */
    record PatientRegistered(
            PatientRecordId patient, PatientIdentifier identifier, AttributeSet attributes, Instant registeredAt)
            implements PatientEvent {}

    /** @param attributes the corrected attributes, complete for each tag named; an empty attribute empties it in what leaves */
    record PatientCorrected(
            PatientRecordId patient, AttributeSet attributes, Actor by, String reason, Instant correctedAt)
            implements PatientEvent {}

    record PatientMerged(PatientRecordId patient, PatientRecordId survivor, Actor by, String reason, Instant mergedAt)
            implements PatientEvent {}

    record PatientUnmerged(PatientRecordId patient, PatientRecordId from, Actor by, String reason, Instant unmergedAt)
            implements PatientEvent {}
}
