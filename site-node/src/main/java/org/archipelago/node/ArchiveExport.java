package org.archipelago.node;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.study.StudyEvent.InstancesStored;
import org.archipelago.contract.study.StudyEvent.StudyRegistered;
import org.archipelago.eventstore.RecordCursor;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.node.audit.AccessRecorder;
import org.archipelago.node.dicom.dataset.Part10;
import org.archipelago.node.retrieve.HeldInstance;
import org.archipelago.node.retrieve.OutgoingObject;
import org.archipelago.node.retrieve.Retrieval;
import org.archipelago.node.web.ByteCount;

/** What an archive gives out for an export, read from its log and blobs: search is not needed. Every object is an access. */
final class ArchiveExport implements ExportSource {
    private static final int PAGE_RECORDS = 20_000;
    private static final List<String> TELLING = List.of("StudyRegistered", "InstancesStored");

    private final Archive archive;
    private final Retrieval retrieval;
    private final AccessRecorder recorder;
    private final Actor who;

    ArchiveExport(Archive archive, Retrieval retrieval, AccessRecorder recorder, Actor who) {
        this.archive = archive;
        this.retrieval = retrieval;
        this.recorder = recorder;
        this.who = who;
    }

    @Override
    public String site() {
        return archive.names().site().toString();
    }

    @Override
    public Page page(long after) {
        List<String> studies = new ArrayList<>();
        long objects = 0;
        long last = after;
        RecordCursor cursor = new RecordCursor(archive.log(), new LocalPosition(after));
        for (int read = 0; read < PAGE_RECORDS; read++) {
            Optional<StoredRecord> next = cursor.next();
            if (next.isEmpty()) {
                return new Page(studies, objects, last, true);
            }
            last = next.get().local().value();
            if (TELLING.contains(next.get().record().header().type())) {
                switch (archive.sealing().open(next.get().record()).payload()) {
                    case StudyRegistered registered ->
                        studies.add(registered.studyInstanceUid().value());
                    case InstancesStored stored -> objects += stored.instances().size();
                    case Object _ -> {}
                }
            }
        }
        return new Page(studies, objects, last, false);
    }

    @Override
    public List<String> objects(String study) {
        return retrieval.select(Retrieval.Scope.study(new StudyInstanceUid(study))).stream()
                .map(held -> held.current().sopInstanceUid().value())
                .toList();
    }

    @Override
    public void write(String study, String instance, OutputStream out) throws IOException {
        StudyInstanceUid uid = new StudyInstanceUid(study);
        Retrieval.Scope scope = new Retrieval.Scope(uid, Optional.empty(), Optional.of(new SopInstanceUid(instance)));
        try (AccessRecorder.Access access =
                recorder.begin(AccessKind.EXPORT, who, "export", Optional.of(uid), "study")) {
            try {
                write(scope, out, access);
            } catch (ArchiveException e) {
                access.outcome(AccessOutcome.of(e.error()));
                throw e;
            }
        }
    }

    private void write(Retrieval.Scope scope, OutputStream out, AccessRecorder.Access access) throws IOException {
        HeldInstance held = retrieval.select(scope).stream()
                .findFirst()
                .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "object to export"));
        try (OutgoingObject object = retrieval.open(held, List.of())) {
            ByteCount counting = new ByteCount(out);
            Part10.writeStart(counting, object.sopClassUid(), object.sopInstanceUid(), object.transferSyntax());
            object.writeTo(counting);
            counting.flush();
            access.count(1, counting.bytes());
            access.outcome(AccessOutcome.COMPLETED);
        }
    }
}
