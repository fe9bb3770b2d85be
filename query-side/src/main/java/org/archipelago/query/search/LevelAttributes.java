package org.archipelago.query.search;

import java.util.HashSet;
import java.util.Set;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.query.MatchingKey;
import org.archipelago.query.QueryLevel;

/** Which attributes belong to which level, and which a query answers without being asked (PS3.18 Tables 10.6.1-3 to 10.6.1-5). */
final class LevelAttributes {
    /** Patient and Patient Study modules, PS3.3 §C.7.1.1 and §C.7.2.2: what queries may ask of a patient. */
    static final Set<Integer> PATIENT = Set.of(
            Tags.PATIENT_NAME,
            Tags.PATIENT_ID,
            Tags.ISSUER_OF_PATIENT_ID,
            Tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE,
            Tags.PATIENT_BIRTH_DATE,
            0x00100032,
            Tags.PATIENT_SEX,
            0x00101000,
            0x00101001,
            0x00101002,
            0x00102160,
            0x00104000);

    /** General Study module, PS3.3 §C.7.2.1, and what is computed for a study. */
    static final Set<Integer> STUDY = Set.of(
            Tags.STUDY_DATE,
            Tags.STUDY_TIME,
            Tags.ACCESSION_NUMBER,
            Tags.ISSUER_OF_ACCESSION_NUMBER_SEQUENCE,
            Tags.MODALITIES_IN_STUDY,
            Tags.SOP_CLASSES_IN_STUDY,
            Tags.REFERRING_PHYSICIAN_NAME,
            Tags.STUDY_DESCRIPTION,
            0x00081032,
            0x00081048,
            0x00081060,
            Tags.STUDY_INSTANCE_UID,
            Tags.STUDY_ID);

    /** Steers the exchange and is no key (PS3.4 §C.4.1.1.3), or is filled in by the answering edge. */
    static final Set<Integer> CONTROL = Set.of(
            Tags.SPECIFIC_CHARACTER_SET,
            Tags.QUERY_RETRIEVE_LEVEL,
            Tags.RETRIEVE_AE_TITLE,
            Tags.INSTANCE_AVAILABILITY,
            Tags.RETRIEVE_URL,
            Tags.TIMEZONE_OFFSET_FROM_UTC);

    /** Counted for the answer; what no object has is not matched (PS3.4 §C.3.4). */
    private static final Set<Integer> NOT_MATCHED = Set.of(
            Tags.NUMBER_OF_PATIENT_RELATED_STUDIES,
            Tags.NUMBER_OF_PATIENT_RELATED_SERIES,
            Tags.NUMBER_OF_PATIENT_RELATED_INSTANCES,
            Tags.NUMBER_OF_STUDY_RELATED_SERIES,
            Tags.NUMBER_OF_STUDY_RELATED_INSTANCES,
            Tags.NUMBER_OF_SERIES_RELATED_INSTANCES);

    /** Each instance's own, as the General Image, Image Plane and SOP Common modules have it: in no index. */
    private static final Set<Integer> OF_INSTANCE = Set.of(
            Tags.SOP_INSTANCE_UID,
            Tags.INSTANCE_NUMBER,
            0x00080012, // Instance Creation Date
            0x00080013, // Instance Creation Time
            0x00080022, // Acquisition Date
            0x00080023, // Content Date
            0x0008002A, // Acquisition DateTime
            0x00080032, // Acquisition Time
            0x00080033, // Content Time
            0x00200012, // Acquisition Number
            0x00200032, // Image Position (Patient)
            0x00201041); // Slice Location

    private static final Set<Integer> PATIENT_DEFAULTS = Set.of(
            Tags.PATIENT_NAME, Tags.PATIENT_ID, Tags.ISSUER_OF_PATIENT_ID, Tags.PATIENT_BIRTH_DATE, Tags.PATIENT_SEX);

    private static final Set<Integer> STUDY_DEFAULTS = Set.of(
            Tags.STUDY_DATE,
            Tags.STUDY_TIME,
            Tags.ACCESSION_NUMBER,
            Tags.INSTANCE_AVAILABILITY,
            Tags.MODALITIES_IN_STUDY,
            Tags.REFERRING_PHYSICIAN_NAME,
            Tags.TIMEZONE_OFFSET_FROM_UTC,
            Tags.PATIENT_NAME,
            Tags.PATIENT_ID,
            Tags.PATIENT_BIRTH_DATE,
            Tags.PATIENT_SEX,
            Tags.STUDY_INSTANCE_UID,
            Tags.STUDY_ID,
            Tags.NUMBER_OF_STUDY_RELATED_SERIES,
            Tags.NUMBER_OF_STUDY_RELATED_INSTANCES);

    private static final Set<Integer> SERIES_DEFAULTS = Set.of(
            Tags.MODALITY,
            Tags.TIMEZONE_OFFSET_FROM_UTC,
            Tags.SERIES_DESCRIPTION,
            Tags.STUDY_INSTANCE_UID,
            Tags.SERIES_INSTANCE_UID,
            Tags.SERIES_NUMBER,
            Tags.NUMBER_OF_SERIES_RELATED_INSTANCES,
            0x00400244,
            0x00400245,
            0x00400275);

    private static final Set<Integer> IMAGE_DEFAULTS = Set.of(
            Tags.SOP_CLASS_UID,
            Tags.SOP_INSTANCE_UID,
            Tags.INSTANCE_AVAILABILITY,
            Tags.TIMEZONE_OFFSET_FROM_UTC,
            Tags.STUDY_INSTANCE_UID,
            Tags.SERIES_INSTANCE_UID,
            Tags.INSTANCE_NUMBER,
            Tags.ROWS,
            Tags.COLUMNS,
            Tags.BITS_ALLOCATED,
            Tags.NUMBER_OF_FRAMES);

    private LevelAttributes() {}

    /** Whether a key constrains queries of this level. */
    static boolean isMatched(QueryLevel level, MatchingKey key) {
        int tag = key.path().getFirst();
        return !CONTROL.contains(tag)
                && !NOT_MATCHED.contains(tag)
                && (level == QueryLevel.IMAGE || !OF_INSTANCE.contains(tag))
                && hasMatching(key.vr());
    }

    /** PS3.4 §C.2.2.2 defines none for bytes; a sequence is matched by the keys in its item. */
    private static boolean hasMatching(Vr vr) {
        return switch (vr) {
            case OB, OD, OF, OL, OV, OW, SQ -> false;
            default -> true;
        };
    }

    /** Also those of the levels above that the query did not pin down (PS3.18 §10.6.3.3). */
    static Set<Integer> defaults(QueryLevel level, boolean studyNamed, boolean seriesNamed) {
        Set<Integer> defaults = new HashSet<>();
        switch (level) {
            case PATIENT -> defaults.addAll(PATIENT_DEFAULTS);
            case STUDY -> defaults.addAll(STUDY_DEFAULTS);
            case SERIES -> defaults.addAll(SERIES_DEFAULTS);
            case IMAGE -> {
                defaults.addAll(IMAGE_DEFAULTS);
                if (!seriesNamed) {
                    defaults.addAll(SERIES_DEFAULTS);
                }
            }
        }
        if ((level == QueryLevel.SERIES || level == QueryLevel.IMAGE) && !studyNamed) {
            defaults.addAll(STUDY_DEFAULTS);
        }
        return defaults;
    }
}
