package org.archipelago.node.dimse;

import java.util.List;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.query.QueryLevel;

/** A Query/Retrieve information model: its levels from the top (PS3.4 §C.6.1, §C.6.2, §C.6.3). */
enum InformationModel {
    PATIENT_ROOT(QueryLevel.PATIENT, QueryLevel.STUDY, QueryLevel.SERIES, QueryLevel.IMAGE),
    STUDY_ROOT(QueryLevel.STUDY, QueryLevel.SERIES, QueryLevel.IMAGE),
    PATIENT_STUDY_ONLY(QueryLevel.PATIENT, QueryLevel.STUDY);

    private final List<QueryLevel> levels;

    InformationModel(QueryLevel... levels) {
        this.levels = List.of(levels);
    }

    List<QueryLevel> levels() {
        return levels;
    }

    static InformationModel of(String abstractSyntax) {
        return switch (abstractSyntax) {
            case SopClasses.PATIENT_ROOT_FIND, SopClasses.PATIENT_ROOT_MOVE, SopClasses.PATIENT_ROOT_GET ->
                PATIENT_ROOT;
            case SopClasses.PATIENT_STUDY_ONLY_FIND,
                    SopClasses.PATIENT_STUDY_ONLY_MOVE,
                    SopClasses.PATIENT_STUDY_ONLY_GET -> PATIENT_STUDY_ONLY;
            default -> STUDY_ROOT;
        };
    }

    /** The unique key of a level (PS3.4 §C.6.1.1). */
    static int uniqueKey(QueryLevel level) {
        return switch (level) {
            case PATIENT -> Tags.PATIENT_ID;
            case STUDY -> Tags.STUDY_INSTANCE_UID;
            case SERIES -> Tags.SERIES_INSTANCE_UID;
            case IMAGE -> Tags.SOP_INSTANCE_UID;
        };
    }
}
