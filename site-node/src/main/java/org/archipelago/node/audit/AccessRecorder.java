package org.archipelago.node.audit;

import java.util.Collection;
import java.util.Optional;
import org.archipelago.contract.Actor;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.patient.PatientRecordId;

/** Records who reads what. Thread-safe. */
public interface AccessRecorder {
    /**
     * On return the access is durable and bytes may leave. Repeated reads of one study by one actor for one purpose fold into one session.
     *
     * @param study empty for a query
     * @param what the query's keys or what was named, cut at 4 KiB
     * @throws org.archipelago.contract.ArchiveException LOG_UNAVAILABLE: then nothing may leave
     */
    Access begin(AccessKind kind, Actor who, String purpose, Optional<StudyInstanceUid> study, String what);

    /** One access that is going on. */
    interface Access extends AutoCloseable {
        void count(long objects, long bytes);

        /** Whom it is about, as far as they are identified: of what a query returns, or of the objects that are to leave. */
        void found(Collection<PatientRecordId> patients);

        void outcome(AccessOutcome outcome);

        /** Ends it; without an outcome it counts as failed. */
        @Override
        void close();
    }
}
