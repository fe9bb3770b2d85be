package org.archipelago.node;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.quarantine.QuarantineEvent.ObjectQuarantined;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyEvent.InstancesStored;
import org.archipelago.contract.study.StudyEvent.StudyRegistered;
import org.archipelago.contract.study.VersionId;
import org.archipelago.eventstore.DamagedRecord;
import org.archipelago.eventstore.LogEntry;
import org.archipelago.eventstore.RecordCursor;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.eventstore.record.RecordHeader;
import org.archipelago.node.audit.AccessRecorder;
import org.archipelago.node.dicom.dataset.Part10;
import org.archipelago.node.portal.QuarantinedObjects;
import org.archipelago.node.retrieve.HeldInstance;
import org.archipelago.node.retrieve.OutgoingObject;
import org.archipelago.node.retrieve.Retrieval;
import org.archipelago.node.web.ByteCount;

/** What an archive gives out for an export, read from its log and blobs: search is not needed. Every list and every object is an access. */
final class ArchiveExport implements ExportSource {
    private static final int PAGE_RECORDS = 20_000;
    private static final String BEGINNING = "StudyRegistered";
    private static final String QUARANTINED = "ObjectQuarantined";
    private static final List<String> TELLING = List.of(BEGINNING, "InstancesStored", QUARANTINED);
    private static final String STUDY_KIND = "study";

    private final Archive archive;
    private final Retrieval retrieval;
    private final AccessRecorder recorder;
    private final Actor who;
    private final Optional<QuarantinedObjects> quarantined;

    /** @param quarantined empty where whoever exports may not have them */
    ArchiveExport(
            Archive archive,
            Retrieval retrieval,
            AccessRecorder recorder,
            Actor who,
            Optional<QuarantinedObjects> quarantined) {
        this.archive = archive;
        this.retrieval = retrieval;
        this.recorder = recorder;
        this.who = who;
        this.quarantined = quarantined;
    }

    @Override
    public String site() {
        return archive.names().site().toString();
    }

    @Override
    public Page page(long after) {
        return recorded(Optional.empty(), "studies after log position " + after, access -> {
            Page page = read(after, access);
            access.outcome(AccessOutcome.COMPLETED);
            return page;
        });
    }

    private Page read(long after, AccessRecorder.Access access) {
        Found found = new Found(access);
        long last = after;
        RecordCursor cursor = new RecordCursor(archive.log(), new LocalPosition(after));
        for (int read = 0; read < PAGE_RECORDS; read++) {
            Optional<LogEntry> next = cursor.nextEntry();
            if (next.isEmpty()) {
                return found.page(last, true);
            }
            last = next.get().local().value();
            switch (next.get()) {
                case StoredRecord stored -> found.record(stored.record());
                case DamagedRecord damaged -> found.damaged(damaged);
            }
        }
        return found.page(last, false);
    }

    /** What a part of the log tells. */
    private final class Found {
        private final List<String> studies = new ArrayList<>();
        private final Map<String, String> unreadable = new LinkedHashMap<>();
        private final List<String> quarantined = new ArrayList<>();
        private final AccessRecorder.Access access;
        private long objects;
        private long erased;

        Found(AccessRecorder.Access access) {
            this.access = access;
        }

        void record(LogRecord record) {
            RecordHeader header = record.header();
            if (!TELLING.contains(header.type())
                    || !header.origin().equals(archive.log().site())) {
                return; // what other sites hold is for them to give out
            }
            try {
                switch (archive.sealing().open(record).payload()) {
                    case StudyRegistered registered -> {
                        studies.add(registered.studyInstanceUid().value());
                        access.found(registered.patient().stream().toList());
                    }
                    case InstancesStored stored -> objects += stored.instances().size();
                    case ObjectQuarantined _ -> quarantined.add(header.stream().name());
                    case Erased _ -> erased += header.type().equals(BEGINNING) ? 1 : 0;
                    case Object _ -> {}
                }
            } catch (ArchiveException e) {
                if (header.type().equals(BEGINNING)) {
                    unreadable.put("study " + header.stream(), String.valueOf(e.getMessage()));
                } else if (header.type().equals(QUARANTINED)) {
                    unreadable.put("quarantined object " + header.stream().name(), String.valueOf(e.getMessage()));
                }
            }
        }

        /** What is not the beginning of a study is found out when the study is read. */
        void damaged(DamagedRecord damaged) {
            boolean isElsewhere = damaged.stream()
                            .filter(stream -> !stream.kind().equals(STUDY_KIND))
                            .isPresent()
                    || damaged.atOrigin()
                            .filter(at -> !at.origin().equals(archive.log().site()))
                            .isPresent();
            boolean isLater =
                    damaged.inStream().filter(at -> at.revision().value() > 0).isPresent();
            if (!isElsewhere && !isLater) {
                unreadable.put(
                        damaged.stream().map(stream -> "study " + stream).orElse("record " + damaged.local()),
                        "the record at local position " + damaged.local()
                                + " is damaged; if a study begins with it, that study is not exported");
            }
        }

        Page page(long last, boolean end) {
            return new Page(studies, objects, quarantined, last, end, erased, unreadable);
        }
    }

    @Override
    public List<Kept> objects(String study) {
        StudyInstanceUid uid = new StudyInstanceUid(study);
        return recorded(Optional.of(uid), "study", access -> {
            List<HeldInstance> held = retrieval.select(Retrieval.Scope.study(uid));
            access.found(retrieval.patientsOf(held));
            List<Kept> objects = Stream.concat(
                            held.stream().map(instance -> kept(instance.current(), "")),
                            held.stream()
                                    .flatMap(instance -> instance.others().stream())
                                    .map(other -> kept(other, other.version().value())))
                    .toList();
            access.outcome(objects.isEmpty() ? AccessOutcome.REFUSED : AccessOutcome.COMPLETED);
            return objects;
        });
    }

    private static Kept kept(StoredObject object, String version) {
        return new Kept(object.sopInstanceUid().value(), version);
    }

    @Override
    public void write(String study, Kept object, OutputStream out) throws IOException {
        StudyInstanceUid uid = new StudyInstanceUid(study);
        Retrieval.Scope scope =
                new Retrieval.Scope(uid, Optional.empty(), Optional.of(new SopInstanceUid(object.instance())));
        write(Optional.of(uid), "study", out, access -> {
            HeldInstance held = retrieval.select(scope).stream()
                    .findFirst()
                    .flatMap(instance -> object.isCurrent()
                            ? Optional.of(instance)
                            : instance.leaving(new VersionId(object.version())))
                    .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "object to export"));
            access.found(retrieval.patientsOf(List.of(held)));
            return retrieval.open(held, List.of());
        });
    }

    @Override
    public void writeQuarantined(String id, OutputStream out) throws IOException {
        write(Optional.empty(), "quarantined object " + id, out, _ -> {
            QuarantinedObjects objects = quarantined.orElseThrow(() ->
                    new ArchiveException(ArchiveError.NOT_AUTHORIZED, "quarantined object (http.mayFetchQuarantined)"));
            return objects.open(id);
        });
    }

    private interface Reading<T> {
        /** Says what came of it, unless it throws. */
        T read(AccessRecorder.Access access);
    }

    /** Lists and objects of one study share one session. */
    private <T> T recorded(Optional<StudyInstanceUid> study, String what, Reading<T> reading) {
        try (AccessRecorder.Access access = recorder.begin(AccessKind.EXPORT, who, "export", study, what)) {
            try {
                return reading.read(access);
            } catch (ArchiveException e) {
                access.outcome(AccessOutcome.of(e.error()));
                throw e;
            }
        }
    }

    private interface Opening {
        OutgoingObject open(AccessRecorder.Access access);
    }

    /** What left is on record, also when it breaks on its way. */
    private void write(Optional<StudyInstanceUid> study, String what, OutputStream out, Opening opening)
            throws IOException {
        try (AccessRecorder.Access access = recorder.begin(AccessKind.EXPORT, who, "export", study, what)) {
            ByteCount counting = new ByteCount(out);
            AccessOutcome outcome = AccessOutcome.FAILED;
            try (OutgoingObject object = opening.open(access)) {
                Part10.writeStart(counting, object.sopClassUid(), object.sopInstanceUid(), object.transferSyntax());
                object.writeTo(counting);
                counting.flush();
                outcome = AccessOutcome.COMPLETED;
            } catch (ArchiveException e) {
                outcome = AccessOutcome.of(e.error());
                throw e;
            } finally {
                boolean whole = outcome == AccessOutcome.COMPLETED;
                access.count(whole ? 1 : 0, counting.bytes());
                access.outcome(!whole && counting.bytes() > 0 ? AccessOutcome.PARTIAL : outcome);
            }
        }
    }
}
