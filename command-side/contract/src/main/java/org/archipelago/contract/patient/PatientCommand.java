package org.archipelago.contract.patient;

import org.archipelago.contract.Actor;
import org.archipelago.contract.dicom.AttributeSet;
import org.axonframework.modelling.command.TargetAggregateIdentifier;

/** What may be asked of a patient record. */
public sealed interface PatientCommand {
    PatientRecordId patient();

    /** Idempotent: a record that exists is left as it is. */
    record RegisterPatient(
            @TargetAggregateIdentifier PatientRecordId patient, PatientIdentifier identifier, AttributeSet attributes)
            implements PatientCommand {}

    record CorrectPatient(
            @TargetAggregateIdentifier PatientRecordId patient, AttributeSet attributes, Actor by, String reason)
            implements PatientCommand {}

    record MergePatient(
            @TargetAggregateIdentifier PatientRecordId patient, PatientRecordId survivor, Actor by, String reason)
            implements PatientCommand {}

    record UnmergePatient(@TargetAggregateIdentifier PatientRecordId patient, Actor by, String reason)
            implements PatientCommand {}
}
