package org.archipelago.node.web;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.VersionId;
import org.archipelago.node.audit.AccessRecorder;

/** Remembers what was recorded. */
public final class FakeAccess implements AccessRecorder {
    public final List<Recorded> recorded = new CopyOnWriteArrayList<>();
    public volatile boolean down;

    /** One access and what became of it. */
    public static final class Recorded implements Access {
        public final AccessKind kind;
        public final Actor who;
        public final Optional<StudyInstanceUid> study;
        public final Optional<VersionId> version;
        public final String what;
        public final Set<PatientRecordId> patients = ConcurrentHashMap.newKeySet();
        public volatile long objects;
        public volatile long bytes;
        public volatile AccessOutcome outcome = AccessOutcome.FAILED;
        public volatile boolean closed;

        Recorded(
                AccessKind kind,
                Actor who,
                Optional<StudyInstanceUid> study,
                Optional<VersionId> version,
                String what) {
            this.version = version;
            this.kind = kind;
            this.who = who;
            this.study = study;
            this.what = what;
        }

        @Override
        public void count(long moreObjects, long moreBytes) {
            objects += moreObjects;
            bytes += moreBytes;
        }

        @Override
        public void found(Collection<PatientRecordId> more) {
            patients.addAll(more);
        }

        @Override
        public void outcome(AccessOutcome ended) {
            outcome = ended;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    @Override
    public Access begin(
            AccessKind kind,
            Actor who,
            String purpose,
            Optional<StudyInstanceUid> study,
            Optional<VersionId> version,
            String what) {
        if (down) {
            throw new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "fake");
        }
        Recorded access = new Recorded(kind, who, study, version, what);
        recorded.add(access);
        return access;
    }

    public Recorded last() {
        return recorded.getLast();
    }
}
