package org.archipelago.contract.study;

import java.util.Set;

/**
 * Which attributes describe a series as such, whatever a single object says: the General Series Module (PS3.3 §C.7.3.1) and
 * the General Equipment Module (PS3.3 §C.7.5.1), without Series Instance UID, which events name anyway, and without what
 * pixels decide. Closed.
 */
public final class SeriesLevelAttributes {
    private static final Set<Integer> GENERAL_SERIES = Set.of(
            0x00080021, // Series Date
            0x00080031, // Series Time
            0x00080060, // Modality
            0x0008103E, // Series Description
            0x0008103F, // Series Description Code Sequence
            0x00081050, // Performing Physician's Name
            0x00081052, // Performing Physician Identification Sequence
            0x00081070, // Operators' Name
            0x00081072, // Operator Identification Sequence
            0x00081111, // Referenced Performed Procedure Step Sequence
            0x00102210, // Anatomical Orientation Type
            0x00180015, // Body Part Examined
            0x00181030, // Protocol Name
            0x00185100, // Patient Position
            0x00200011, // Series Number
            0x00200060, // Laterality
            0x00400244, // Performed Procedure Step Start Date
            0x00400245, // Performed Procedure Step Start Time
            0x00400250, // Performed Procedure Step End Date
            0x00400251, // Performed Procedure Step End Time
            0x00400253, // Performed Procedure Step ID
            0x00400254, // Performed Procedure Step Description
            0x00400260, // Performed Protocol Code Sequence
            0x00400275, // Request Attributes Sequence
            0x00400280); // Comments on the Performed Procedure Step

    private static final Set<Integer> GENERAL_EQUIPMENT = Set.of(
            0x00080070, // Manufacturer
            0x00080080, // Institution Name
            0x00080081, // Institution Address
            0x00080082, // Institution Code Sequence
            0x00081010, // Station Name
            0x00081040, // Institutional Department Name
            0x00081041, // Institutional Department Type Code Sequence
            0x00081090, // Manufacturer's Model Name
            0x00181000, // Device Serial Number
            0x00181002, // Device UID
            0x00181008, // Gantry ID
            0x00181020); // Software Versions

    private SeriesLevelAttributes() {}

    public static boolean contains(int tag) {
        return GENERAL_SERIES.contains(tag) || GENERAL_EQUIPMENT.contains(tag);
    }
}
