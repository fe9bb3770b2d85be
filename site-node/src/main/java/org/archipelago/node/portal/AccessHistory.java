package org.archipelago.node.portal;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;

/** Port: who saw what. */
public interface AccessHistory {
    /** Newest first. */
    List<Entry> of(StudyInstanceUid study, int offset, int most);

    /** Newest first, of queries too; what goes on may be missing until it ends. */
    List<Entry> of(Set<PatientRecordId> records, int offset, int most);

    /** Every record that is this patient's, with those that are merged; empty when nobody is known by the identifier. */
    Set<PatientRecordId> records(PatientIdentifier patient);

    /** @param outcome empty while it goes on, or when the node stopped before its end: then the counts are unknown */
    record Entry(
            Instant beganAt,
            AccessKind kind,
            String who,
            String from,
            String purpose,
            String what,
            Optional<AccessOutcome> outcome,
            long objects,
            long bytes) {}
}
