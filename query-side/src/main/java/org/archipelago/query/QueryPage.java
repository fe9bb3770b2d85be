package org.archipelago.query;

import java.util.List;
import java.util.Set;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.patient.PatientRecordId;

/**
 * @param matches in a stable order; computed attributes (counts, Modalities in Study, ...) included where they were asked for or are defaults
 * @param more whether there are matches behind this page
 * @param position the position that the answer takes in
 * @param patients whose the matches are, of those who are identified; above the image level, of a record that is merged the survivor
 */
public record QueryPage(
        List<AttributeSet> matches, boolean more, LocalPosition position, Set<PatientRecordId> patients) {
    /** Of nobody who is identified. */
    public QueryPage(List<AttributeSet> matches, boolean more, LocalPosition position) {
        this(matches, more, position, Set.of());
    }
}
