package org.archipelago.domain.patient;

import java.util.Optional;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;

/** What is known of one patient record, whoever remembers it. */
public interface PatientFacts {
    /** Empty before registration and after erasure. */
    Optional<PatientIdentifier> identifier();

    /** As registered, before corrections. */
    AttributeSet attributes();

    /** All corrected attributes in force. */
    AttributeSet corrected();

    /** The record that this one is merged into, where it is. */
    Optional<PatientRecordId> mergedInto();
}
