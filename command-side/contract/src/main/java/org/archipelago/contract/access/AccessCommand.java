package org.archipelago.contract.access;

import java.util.List;
import java.util.Optional;
import org.archipelago.contract.Actor;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.StudyCopyId;
import org.axonframework.modelling.command.TargetAggregateIdentifier;

/** What may be asked of an access session. */
public sealed interface AccessCommand {
    AccessSessionId session();

    /** @param further as in {@link AccessEvent.AccessBegan}; more of them are cut off */
    record BeginAccess(
            @TargetAggregateIdentifier AccessSessionId session,
            AccessKind kind,
            Actor who,
            String purpose,
            Optional<StudyCopyId> study,
            Optional<PatientRecordId> patient,
            List<PatientRecordId> further,
            String what)
            implements AccessCommand {}

    /** Of a session that is open. @param patients as in {@link AccessEvent.AccessWidened}, at least one */
    record WidenAccess(@TargetAggregateIdentifier AccessSessionId session, List<PatientRecordId> patients)
            implements AccessCommand {}

    /** @param patients as in {@link AccessEvent.AccessEnded} */
    record EndAccess(
            @TargetAggregateIdentifier AccessSessionId session,
            AccessOutcome outcome,
            long objects,
            long bytes,
            List<PatientRecordId> patients,
            boolean morePatients)
            implements AccessCommand {
        /** About nobody who is identified. */
        public EndAccess(AccessSessionId session, AccessOutcome outcome, long objects, long bytes) {
            this(session, outcome, objects, bytes, List.of(), false);
        }
    }
}
