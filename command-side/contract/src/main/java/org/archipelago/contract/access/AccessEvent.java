package org.archipelago.contract.access;

import java.time.Instant;
import java.util.Optional;
import org.archipelago.contract.Actor;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.StudyCopyId;

/** Who saw what. */
public sealed interface AccessEvent {
    AccessSessionId session();

    /**
     * Durable before the first byte leaves.
     *
     * @param what for a query its keys as asked, for a retrieval what was named; at most 4 KiB
     */
    record AccessBegan(
            AccessSessionId session,
            AccessKind kind,
            Actor who,
            String purpose,
            Optional<StudyCopyId> study,
            Optional<PatientRecordId> patient,
            String what,
            Instant beganAt)
            implements AccessEvent {}

    /** A crash between the two leaves "count unknown". */
    record AccessEnded(AccessSessionId session, AccessOutcome outcome, long objects, long bytes, Instant endedAt)
            implements AccessEvent {}
}
