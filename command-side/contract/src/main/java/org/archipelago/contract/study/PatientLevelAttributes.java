package org.archipelago.contract.study;

import java.util.Set;
import org.archipelago.contract.dicom.Tags;

/** The Patient Module (PS3.3 §C.7.1.1, Table C.7-1): what describes the patient alone. Closed. */
public final class PatientLevelAttributes {
    /** What identifies a patient here; a merge changes it, a correction never does. */
    public static final Set<Integer> IDENTITY =
            Set.of(Tags.PATIENT_ID, Tags.ISSUER_OF_PATIENT_ID, Tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE);

    private static final Set<Integer> PATIENT = Set.of(
            0x00081120, // Referenced Patient Sequence
            0x00100010, // Patient's Name
            0x00100020, // Patient ID
            0x00100021, // Issuer of Patient ID
            0x00100022, // Type of Patient ID
            0x00100024, // Issuer of Patient ID Qualifiers Sequence
            0x00100026, // Source Patient Group Identification Sequence
            0x00100027, // Group of Patients Identification Sequence
            0x00100030, // Patient's Birth Date
            0x00100032, // Patient's Birth Time
            0x00100033, // Patient's Birth Date in Alternative Calendar
            0x00100034, // Patient's Death Date in Alternative Calendar
            0x00100035, // Patient's Alternative Calendar
            0x00100040, // Patient's Sex
            0x00100200, // Quality Control Subject
            0x00100212, // Strain Description
            0x00100213, // Strain Nomenclature
            0x00100216, // Strain Stock Sequence
            0x00100218, // Strain Additional Information
            0x00100219, // Strain Code Sequence
            0x00100221, // Genetic Modifications Sequence
            0x00101000, // Other Patient IDs (retired)
            0x00101001, // Other Patient Names
            0x00101002, // Other Patient IDs Sequence
            0x00101100, // Referenced Patient Photo Sequence
            0x00102160, // Ethnic Group
            0x00102201, // Patient Species Description
            0x00102202, // Patient Species Code Sequence
            0x00102292, // Patient Breed Description
            0x00102293, // Patient Breed Code Sequence
            0x00102294, // Breed Registration Sequence
            0x00102297, // Responsible Person
            0x00102298, // Responsible Person Role
            0x00102299, // Responsible Organization
            0x00104000, // Patient Comments
            0x00120062, // Patient Identity Removed
            0x00120063, // De-identification Method
            0x00120064); // De-identification Method Code Sequence

    private PatientLevelAttributes() {}

    public static boolean contains(int tag) {
        return PATIENT.contains(tag);
    }
}
