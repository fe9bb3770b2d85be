package org.archipelago.node.portal;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Instant;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.quarantine.QuarantineReason;
import org.archipelago.contract.study.ConflictId;
import org.archipelago.contract.study.ConflictKind;
import org.archipelago.contract.study.VersionId;
import org.archipelago.node.retrieve.Retrieval.Scope;
import org.archipelago.node.web.Callers;
import org.archipelago.node.web.FakeAccess;
import org.archipelago.node.web.FakeArchive;
import org.archipelago.node.web.FakeNetwork;
import org.archipelago.node.web.HttpOptions;

/** A portal on an archive in memory, with a few studies that look like real ones. */
final class FakePortal {
    private static final Instant NOON = Instant.parse("2026-03-04T12:00:00Z");

    /** A study whose access history fails when it is written out. */
    static final String UNPRINTABLE = "6.6.6";

    static final String QUARANTINED = "0123456789abcdef0123456789abcdef";

    /** Studies of which an instance has a version that waits for a decision, with that. */
    static final Map<StudyInstanceUid, StudyConflicts.Open> CHALLENGED = new ConcurrentHashMap<>();

    private FakePortal() {}

    private static final class Unprintable<T> extends AbstractList<T> {
        @Override
        public T get(int index) {
            throw new IllegalStateException("cannot be read");
        }

        @Override
        public int size() {
            return 1;
        }
    }

    /** One of each study, and two of the patient that is known as 17 at NORTH. */
    private static final class Accesses implements AccessHistory {
        private static final Entry RETRIEVED = new Entry(
                NOON,
                AccessKind.RETRIEVE,
                "http",
                "127.0.0.1",
                "not stated",
                "objects",
                Optional.of(AccessOutcome.COMPLETED),
                120,
                63_000_000);
        private static final Entry FOUND = new Entry(
                NOON, AccessKind.QUERY, "CT1", "127.0.0.1", "C-FIND", "", Optional.of(AccessOutcome.COMPLETED), 1, 0);

        @Override
        public List<Entry> of(StudyInstanceUid study, int offset, int most) {
            return study.value().equals(UNPRINTABLE) ? new Unprintable<>() : page(offset, most, List.of(RETRIEVED));
        }

        @Override
        public List<Entry> of(Set<PatientRecordId> records, int offset, int most) {
            return page(offset, most, List.of(RETRIEVED, FOUND));
        }

        @Override
        public Set<PatientRecordId> records(PatientIdentifier patient) {
            return patient.equals(new PatientIdentifier("17", "NORTH")) ? Set.of(FakeArchive.ANNA) : Set.of();
        }
    }

    static Portal of(FakeArchive archive, FakeAccess access, Optional<Path> viewer) {
        return of(archive, access, viewer, Optional.empty());
    }

    /** One quarantined object, with the bytes of the first that the archive keeps. */
    static QuarantinedObjects quarantined(FakeArchive archive) {
        return id -> {
            if (!id.equals(QUARANTINED)) {
                throw new ArchiveException(ArchiveError.NOT_FOUND, "fake");
            }
            return archive.open(
                    archive.select(Scope.study(new StudyInstanceUid("1.2.3"))).getFirst(), List.of());
        };
    }

    static Portal of(
            FakeArchive archive, FakeAccess access, Optional<Path> viewer, Optional<QuarantinedObjects> quarantined) {
        return new Portal(
                "north",
                "NORTH",
                viewer,
                archive,
                Optional.of(FakeNetwork.of(archive)),
                archive,
                access,
                new Callers(HttpOptions.loopback(0)),
                (study, offset, most) -> page(
                        offset,
                        most,
                        List.of(
                                new HistoryEntry(
                                        new LocalPosition(17),
                                        NOON,
                                        "StudyRegistered",
                                        "CT1",
                                        "First object of the study."),
                                new HistoryEntry(
                                        new LocalPosition(18),
                                        NOON.plusSeconds(2),
                                        "VersionSuperseded",
                                        "CT1",
                                        "A newer version of an instance arrived.",
                                        Optional.of(new SopInstanceUid("1.1"))),
                                new HistoryEntry(
                                        new LocalPosition(31),
                                        NOON.plusSeconds(95),
                                        "StudySettled",
                                        "",
                                        "Nothing has arrived for 60 s."))),
                study -> List.of("1.2.3", "6.1.2").contains(study.value()) || CHALLENGED.containsKey(study)
                        ? new StudyMarks.Marks(1, true)
                        : StudyMarks.Marks.NONE,
                new Conflicts(),
                (offset, most) -> page(
                        offset,
                        most,
                        List.of(new QuarantineList.Entry(
                                QUARANTINED,
                                "1.2.840.99.1",
                                "1.2.840.10008.5.1.4.39.1",
                                QuarantineReason.NON_PATIENT_OBJECT,
                                "PACS7",
                                48_213,
                                NOON))),
                quarantined,
                new Accesses(),
                (plain, syntax, edge) -> {
                    if (syntax.equals(TransferSyntaxUid.EXPLICIT_VR_BIG_ENDIAN)) {
                        throw new ArchiveException(ArchiveError.TRANSCODING_FAILED, "fake");
                    }
                    return new byte[] {(byte) 0xff, (byte) 0xd8, (byte) edge};
                },
                new ThumbnailSettings(64, 10),
                () -> new LinkedHashMap<>(Map.of("Version", "0.1.0", "Studies", "3")),
                study -> List.of(new StudyPlaces.Recorded("harbor", 3, List.of("harbor", "valley"))),
                2);
    }

    /** Study 1.2.3 has one about nothing that is here to be chosen. */
    private static final class Conflicts implements StudyConflicts {
        private final List<Open> open = new ArrayList<>(List.of(new Open(
                new ConflictId(1),
                ConflictKind.TWO_PATIENTS,
                NOON.toString(),
                Actor.device("CT1", "127.0.0.1"),
                Optional.empty(),
                Optional.empty(),
                Optional.empty())));

        @Override
        public List<Open> of(StudyInstanceUid study) {
            return study.value().equals("1.2.3")
                    ? List.copyOf(open)
                    : Optional.ofNullable(CHALLENGED.get(study)).stream().toList();
        }

        @Override
        public List<Waiting> waiting(int offset, int most) {
            return page(offset, most, List.of(new Waiting(new StudyInstanceUid("1.2.3"), open.size())));
        }

        @Override
        public void resolve(
                StudyInstanceUid study,
                ConflictId conflict,
                Optional<VersionId> current,
                Optional<VersionId> seen,
                Actor by,
                String reason) {
            if (!open.removeIf(one -> one.conflict().equals(conflict))) {
                throw new ArchiveException(ArchiveError.UNKNOWN_CONFLICT, "fake");
            }
        }
    }

    private static <T> List<T> page(int offset, int most, List<T> all) {
        return all.stream().skip(offset).limit(most).toList();
    }

    static AttributeSet study(
            String uid, String name, String ideographic, String id, String description, String... modalities) {
        return AttributeSet.of(Map.of(
                Tags.STUDY_INSTANCE_UID, FakeArchive.uid(uid),
                Tags.PATIENT_NAME, new Attribute(Vr.PN, List.of(new Value.Name(new PersonName(name, ideographic, "")))),
                Tags.PATIENT_ID, text(Vr.LO, id),
                Tags.PATIENT_BIRTH_DATE, text(Vr.DA, "19610412"),
                Tags.PATIENT_SEX, text(Vr.CS, "F"),
                Tags.STUDY_DATE, text(Vr.DA, "20240131"),
                Tags.STUDY_TIME, text(Vr.TM, "142233.5"),
                Tags.STUDY_DESCRIPTION, text(Vr.LO, description),
                Tags.MODALITIES_IN_STUDY,
                        new Attribute(
                                Vr.CS,
                                List.of(modalities).stream()
                                        .<Value>map(Value.Text::new)
                                        .toList()),
                Tags.NUMBER_OF_STUDY_RELATED_INSTANCES,
                        new Attribute(Vr.IS, List.of(new Value.Numeric(BigDecimal.valueOf(120))))));
    }

    static Attribute text(Vr vr, String text) {
        return new Attribute(vr, List.of(new Value.Text(text)));
    }
}
