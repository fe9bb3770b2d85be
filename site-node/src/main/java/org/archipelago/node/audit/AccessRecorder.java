package org.archipelago.node.audit;

import java.util.Collection;
import java.util.Optional;
import org.archipelago.contract.Actor;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.VersionId;

/** Records who reads what. Thread-safe. */
public interface AccessRecorder {
    /**
     * On return the access is durable and bytes may leave. Repeated reads of one study by one actor for one purpose fold into one session,
     * those of a version that is named into one of that version; no query folds into another.
     *
     * @param study empty where none is named
     * @param version of an instance, where the asker names one; what is named says which, too
     * @param what the query's keys or what was named, cut at 4 KiB
     * @throws org.archipelago.contract.ArchiveException LOG_UNAVAILABLE: then nothing may leave
     */
    Access begin(
            AccessKind kind,
            Actor who,
            String purpose,
            Optional<StudyInstanceUid> study,
            Optional<VersionId> version,
            String what);

    /** Of what is current. */
    default Access begin(AccessKind kind, Actor who, String purpose, Optional<StudyInstanceUid> study, String what) {
        return begin(kind, who, purpose, study, Optional.empty(), what);
    }

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
