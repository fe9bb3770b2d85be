package org.archipelago.contract.study;

import java.util.Set;

/**
 * Which attributes describe the patient or the study and so belong to the study's baseline: the Patient Module (PS3.3
 * §C.7.1.1), the General Study Module (§C.7.2.1) and the Patient Study Module (§C.7.2.2), without Study Instance UID,
 * which events name anyway. Everything else describes the series. Closed.
 */
public final class StudyLevelAttributes {
    /** General Study Module, PS3.3 Table C.7-3. */
    private static final Set<Integer> GENERAL_STUDY = Set.of(
            0x00080020, // Study Date
            0x00080030, // Study Time
            0x00080050, // Accession Number
            0x00080051, // Issuer of Accession Number Sequence
            0x00080090, // Referring Physician's Name
            0x00080096, // Referring Physician Identification Sequence
            0x0008009C, // Consulting Physician's Name
            0x0008009D, // Consulting Physician Identification Sequence
            0x00081030, // Study Description
            0x00081032, // Procedure Code Sequence
            0x00081048, // Physician(s) of Record
            0x00081049, // Physician(s) of Record Identification Sequence
            0x00081060, // Name of Physician(s) Reading Study
            0x00081062, // Physician(s) Reading Study Identification Sequence
            0x00081110, // Referenced Study Sequence
            0x00200010, // Study ID
            0x00321033, // Requesting Service
            0x00321034, // Requesting Service Code Sequence
            0x00401012); // Reason For Performed Procedure Code Sequence

    private StudyLevelAttributes() {}

    public static boolean contains(int tag) {
        return DescriptionOfPatient.contains(tag) || GENERAL_STUDY.contains(tag);
    }
}
