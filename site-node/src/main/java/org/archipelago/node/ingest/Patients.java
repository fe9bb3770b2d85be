package org.archipelago.node.ingest;

import java.util.Optional;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.patient.AccessionIdentifier;
import org.archipelago.contract.patient.PatientRecordId;

/** Knows whose an object is. */
public interface Patients {
    /** The patient's record, made durable before this returns when it is new; empty when nobody is identified. */
    Optional<PatientRecordId> register(AttributeSet attributes, Optional<String> defaultIssuer);

    /** The order that an object belongs to; empty when it names none. */
    Optional<AccessionIdentifier> accession(AttributeSet attributes, Optional<String> defaultIssuer);
}
