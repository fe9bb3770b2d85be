package org.archipelago.node.portal;

import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;

/** A person whose objects a study has. */
public record PatientRow(String patient, String patientId, String issuer, String birthDate, String sex) {
    static PatientRow of(AttributeSet set) {
        return new PatientRow(
                Shown.name(set, Tags.PATIENT_NAME),
                Shown.text(set, Tags.PATIENT_ID),
                Shown.text(set, Tags.ISSUER_OF_PATIENT_ID),
                Shown.date(set, Tags.PATIENT_BIRTH_DATE),
                Shown.text(set, Tags.PATIENT_SEX));
    }

    /** In one line, as told from other people of a study. */
    public String label() {
        return (patient.isEmpty() ? "No name" : patient)
                + " (" + (patientId.isEmpty() ? "no ID" : patientId)
                + (birthDate.isEmpty() ? "" : ", " + birthDate) + ")";
    }
}
