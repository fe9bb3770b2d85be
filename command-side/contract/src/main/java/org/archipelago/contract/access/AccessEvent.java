package org.archipelago.contract.access;

import java.time.Instant;
import java.util.List;
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
     * @param patient of the study, where one is named: the first who was identified
     * @param further other patients whose current objects carry the study's UID, as far as they are identified; at most
     *     {@value #MAX_FURTHER}
     * @param morePatients whether there are others
     * @param what for a query its keys as asked, for a retrieval what was named; at most 4 KiB
     */
    record AccessBegan(
            AccessSessionId session,
            AccessKind kind,
            Actor who,
            String purpose,
            Optional<StudyCopyId> study,
            Optional<PatientRecordId> patient,
            List<PatientRecordId> further,
            boolean morePatients,
            String what,
            Instant beganAt)
            implements AccessEvent {
        public static final int MAX_FURTHER = 64;

        public AccessBegan {
            further = List.copyOf(further);
        }

        /** About one patient at most, as far as is known. */
        public AccessBegan(
                AccessSessionId session,
                AccessKind kind,
                Actor who,
                String purpose,
                Optional<StudyCopyId> study,
                Optional<PatientRecordId> patient,
                String what,
                Instant beganAt) {
            this(session, kind, who, purpose, study, patient, List.of(), false, what, beganAt);
        }
    }

    /**
     * The access is about further patients than its beginning says: such as of an earlier version that is to leave, too. Durable
     * before the first byte of theirs leaves, for the first {@value AccessEnded#MAX_PATIENTS} of a session.
     *
     * @param patients at most {@value AccessBegan#MAX_FURTHER}, each once in all events of a session
     */
    record AccessWidened(AccessSessionId session, List<PatientRecordId> patients, Instant widenedAt)
            implements AccessEvent {
        public AccessWidened {
            patients = List.copyOf(patients);
        }
    }

    /**
     * A crash before it leaves "count unknown".
     *
     * @param patients whom the access was about: the patients of the rows that a query returned, or of the objects that were
     *     selected to leave; as far as they are identified, each once, at most {@value #MAX_PATIENTS}
     * @param morePatients whether there were others
     */
    record AccessEnded(
            AccessSessionId session,
            AccessOutcome outcome,
            long objects,
            long bytes,
            List<PatientRecordId> patients,
            boolean morePatients,
            Instant endedAt)
            implements AccessEvent {
        public static final int MAX_PATIENTS = 1_000;

        public AccessEnded {
            patients = List.copyOf(patients);
        }

        /** About nobody who is identified. */
        public AccessEnded(AccessSessionId session, AccessOutcome outcome, long objects, long bytes, Instant endedAt) {
            this(session, outcome, objects, bytes, List.of(), false, endedAt);
        }
    }
}
