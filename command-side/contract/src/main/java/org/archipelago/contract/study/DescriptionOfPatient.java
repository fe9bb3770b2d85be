package org.archipelago.contract.study;

import java.util.Set;

/**
 * Which attributes tell of the patient, at the time of the study or for ever: the Patient Module (PS3.3 §C.7.1.1) and the
 * Patient Study Module (§C.7.2.2). Another patient's objects say nothing of them. Closed.
 */
public final class DescriptionOfPatient {
    /** Patient Study Module, PS3.3 Table C.7-4a. */
    private static final Set<Integer> PATIENT_STUDY = Set.of(
            0x00081080, // Admitting Diagnoses Description
            0x00081084, // Admitting Diagnoses Code Sequence
            0x00100011, // Person Names to Use Sequence
            0x00100014, // Third Person Pronouns Sequence
            0x00100041, // Gender Identity Sequence
            0x00100042, // Sex Parameters for Clinical Use Category Comment
            0x00100043, // Sex Parameters for Clinical Use Category Sequence
            0x00101010, // Patient's Age
            0x00101020, // Patient's Size
            0x00101021, // Patient's Size Code Sequence
            0x00101022, // Patient's Body Mass Index
            0x00101023, // Measured AP Dimension
            0x00101024, // Measured Lateral Dimension
            0x00101030, // Patient's Weight
            0x00102000, // Medical Alerts
            0x00102110, // Allergies
            0x00102180, // Occupation
            0x001021A0, // Smoking Status
            0x001021B0, // Additional Patient History
            0x001021C0, // Pregnancy Status
            0x001021D0, // Last Menstrual Date
            0x00102203, // Patient's Sex Neutered
            0x00321066, // Reason for Visit
            0x00321067, // Reason for Visit Code Sequence
            0x00380010, // Admission ID
            0x00380014, // Issuer of Admission ID Sequence
            0x00380060, // Service Episode ID
            0x00380062, // Service Episode Description
            0x00380064, // Issuer of Service Episode ID Sequence
            0x00380500); // Patient State

    private DescriptionOfPatient() {}

    public static boolean contains(int tag) {
        return PatientLevelAttributes.contains(tag) || PATIENT_STUDY.contains(tag);
    }
}
