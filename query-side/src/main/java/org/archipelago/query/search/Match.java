package org.archipelago.query.search;

import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.query.ArchiveQueries;

/**
 * A match as it is shown, and whose it is.
 *
 * @param inConflict the study that it is, where that has open conflicts
 */
record Match(AttributeSet shown, Optional<PatientRecordId> patient, Optional<StudyInstanceUid> inConflict) {
    Match(AttributeSet shown, Optional<PatientRecordId> patient) {
        this(shown, patient, Optional.empty());
    }

    <E extends Exception> boolean handTo(ArchiveQueries.MatchConsumer<E> consumer) throws E {
        consumer.concerns(patient.map(Set::of).orElse(Set.of()));
        return consumer.take(shown);
    }
}
