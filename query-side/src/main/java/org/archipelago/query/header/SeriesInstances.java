package org.archipelago.query.header;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.patient.AccessionIdentifier;
import org.archipelago.contract.study.StoredInstance;
import org.archipelago.contract.study.StudyCopyId;

/** Port: what the log says a study copy holds. Never asks Elasticsearch. Thread-safe. */
public interface SeriesInstances {
    /** Empty when this site holds no such study. */
    Optional<StudyCopyId> study(StudyInstanceUid uid);

    /** Every study copy that holds an instance: real senders give one UID to two studies. */
    List<StudyCopyId> holding(SopInstanceUid uid);

    /** Every order that an object of a study copy names, with the issuer that it was recorded with. */
    Set<AccessionIdentifier> accessions(StudyCopyId study);

    /** In order of first arrival. */
    List<SeriesInstanceUid> series(StudyCopyId study);

    /** Current versions in order of first arrival; empty when there is no such series. */
    List<StoredInstance> current(StudyCopyId study, SeriesInstanceUid series);
}
