package org.archipelago.query;

import java.util.List;
import java.util.Set;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.patient.PatientRecordId;

/**
 * @param matches in a stable order; computed attributes (counts, Modalities in Study, ...) included where they were asked for or are defaults
 * @param more whether there are matches behind this page
 * @param position the position that the answer takes in
 * @param patients whose the matches are, of those who are identified; above the image level, of a record that is merged the survivor
 * @param inConflict studies among the matches that have open conflicts; told at the study level only
 */
public record QueryPage(
        List<AttributeSet> matches,
        boolean more,
        LocalPosition position,
        Set<PatientRecordId> patients,
        Set<StudyInstanceUid> inConflict) {
    /** Of nobody who is identified. */
    public QueryPage(List<AttributeSet> matches, boolean more, LocalPosition position) {
        this(matches, more, position, Set.of(), Set.of());
    }
}
