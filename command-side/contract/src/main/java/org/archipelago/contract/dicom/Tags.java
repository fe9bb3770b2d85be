package org.archipelago.contract.dicom;

import java.util.HexFormat;

/** Tags (PS3.6 §6) that the rules of this archive name; everything else is data. */
public final class Tags {
    private static final HexFormat UPPER_CASE = HexFormat.of().withUpperCase();

    public static final int SPECIFIC_CHARACTER_SET = 0x00080005;
    public static final int IMAGE_TYPE = 0x00080008;
    public static final int SOP_CLASS_UID = 0x00080016;
    public static final int SOP_INSTANCE_UID = 0x00080018;
    public static final int STUDY_DATE = 0x00080020;
    public static final int SERIES_DATE = 0x00080021;
    public static final int ACQUISITION_DATE = 0x00080022;
    public static final int CONTENT_DATE = 0x00080023;
    public static final int STUDY_TIME = 0x00080030;
    public static final int SERIES_TIME = 0x00080031;
    public static final int ACQUISITION_TIME = 0x00080032;
    public static final int CONTENT_TIME = 0x00080033;
    public static final int ACCESSION_NUMBER = 0x00080050;
    public static final int ISSUER_OF_ACCESSION_NUMBER_SEQUENCE = 0x00080051;
    public static final int QUERY_RETRIEVE_LEVEL = 0x00080052;
    public static final int RETRIEVE_AE_TITLE = 0x00080054;
    public static final int INSTANCE_AVAILABILITY = 0x00080056;
    public static final int MODALITY = 0x00080060;
    public static final int MODALITIES_IN_STUDY = 0x00080061;
    public static final int SOP_CLASSES_IN_STUDY = 0x00080062;
    public static final int REFERRING_PHYSICIAN_NAME = 0x00080090;
    public static final int TIMEZONE_OFFSET_FROM_UTC = 0x00080201;
    public static final int STUDY_DESCRIPTION = 0x00081030;
    public static final int SERIES_DESCRIPTION = 0x0008103E;
    public static final int RETRIEVE_URL = 0x00081190;
    public static final int PATIENT_NAME = 0x00100010;
    public static final int PATIENT_ID = 0x00100020;
    public static final int ISSUER_OF_PATIENT_ID = 0x00100021;
    public static final int ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE = 0x00100024;
    public static final int PATIENT_BIRTH_DATE = 0x00100030;
    public static final int PATIENT_SEX = 0x00100040;
    public static final int STUDY_INSTANCE_UID = 0x0020000D;
    public static final int SERIES_INSTANCE_UID = 0x0020000E;
    public static final int STUDY_ID = 0x00200010;
    public static final int SERIES_NUMBER = 0x00200011;
    public static final int ACQUISITION_NUMBER = 0x00200012;
    public static final int INSTANCE_NUMBER = 0x00200013;
    public static final int IMAGE_POSITION_PATIENT = 0x00200032;
    public static final int IMAGE_ORIENTATION_PATIENT = 0x00200037;
    public static final int SLICE_LOCATION = 0x00201041;
    public static final int NUMBER_OF_PATIENT_RELATED_STUDIES = 0x00201200;
    public static final int NUMBER_OF_PATIENT_RELATED_SERIES = 0x00201202;
    public static final int NUMBER_OF_PATIENT_RELATED_INSTANCES = 0x00201204;
    public static final int NUMBER_OF_STUDY_RELATED_SERIES = 0x00201206;
    public static final int NUMBER_OF_STUDY_RELATED_INSTANCES = 0x00201208;
    public static final int NUMBER_OF_SERIES_RELATED_INSTANCES = 0x00201209;
    public static final int NUMBER_OF_FRAMES = 0x00280008;
    public static final int ROWS = 0x00280010;
    public static final int COLUMNS = 0x00280011;
    public static final int BITS_ALLOCATED = 0x00280100;
    public static final int LOCAL_NAMESPACE_ENTITY_ID = 0x00400031;
    public static final int UNIVERSAL_ENTITY_ID = 0x00400032;
    public static final int UNIVERSAL_ENTITY_ID_TYPE = 0x00400033;
    public static final int MODIFIED_ATTRIBUTES_SEQUENCE = 0x04000550;
    public static final int ORIGINAL_ATTRIBUTES_SEQUENCE = 0x04000561;
    public static final int ATTRIBUTE_MODIFICATION_DATE_TIME = 0x04000562;
    public static final int MODIFYING_SYSTEM = 0x04000563;
    public static final int SOURCE_OF_PREVIOUS_VALUES = 0x04000564;
    public static final int REASON_FOR_THE_ATTRIBUTE_MODIFICATION = 0x04000565;
    public static final int PIXEL_DATA = 0x7FE00010;

    private Tags() {}

    /** {@code ggggeeee} in upper-case hexadecimal, the attribute's name in the DICOM JSON model (PS3.18 §F.2.2). */
    public static String hex(int tag) {
        return UPPER_CASE.toHexDigits(tag);
    }
}
