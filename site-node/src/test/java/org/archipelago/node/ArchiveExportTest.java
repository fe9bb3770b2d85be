package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.eventstore.record.RecordFormat;
import org.archipelago.eventstore.record.RecordHeader;
import org.archipelago.eventstore.record.Suite;
import org.archipelago.node.cli.Progress;
import org.archipelago.node.cli.SiteOperations.ExportResult;
import org.archipelago.node.ingest.Ingested;
import org.archipelago.node.web.FakeAccess;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveExportTest {
    private static final Progress SILENT = new Progress() {
        @Override
        public void total(long items) {}

        @Override
        public void advance(long items) {}
    };

    @TempDir
    Path temp;

    private final FakeAccess access = new FakeAccess();
    private SmallNode node;
    private ArchiveExport export;

    @BeforeEach
    void store() throws IOException {
        node = SmallNode.open(temp);
        node.store(SmallNode.encoded(SmallNode.object("1.2.3.4", "17", "DOE^JANE")));
        export = new ArchiveExport(
                node.archive, node.retrieval(), access, SmallNode.CT, Optional.of(new Quarantine(node.archive)));
    }

    @AfterEach
    void close() throws IOException {
        node.close();
    }

    @Test
    void listOfStudies_isAnAccessOfNoneOfThem() {
        assertThat(export.page(-1).studies()).containsExactly(SmallNode.STUDY.value());

        FakeAccess.Recorded recorded = only();
        assertThat(recorded.study).isEmpty();
        assertThat(recorded.patients).containsExactly(patient());
        assertThat(recorded.outcome).isEqualTo(AccessOutcome.COMPLETED);
    }

    @Test
    void recordsOfAnotherSite_areNotExported() {
        SiteId other = new SiteId(new UUID(9, 9));
        byte[] body = {1, 2, 3};
        Digest digest = Digest.sha256(body);
        RecordHeader header = new RecordHeader(
                Suite.FIRST,
                new RecordId(new UUID(1, 1)),
                "StudyRegistered",
                1,
                new StreamId(other + "/study/theirs"),
                new Revision(0),
                Instant.EPOCH,
                new KeyId(digest),
                digest);
        node.archive
                .log()
                .appendReplica(other, new OriginPosition(0), List.of(LogRecord.of(RecordFormat.encode(header), body)))
                .join();

        ExportSource.Page page = export.page(-1);

        assertThat(page.studies()).containsExactly(SmallNode.STUDY.value());
        assertThat(page.unreadable()).isEmpty();
    }

    @Test
    void listOfObjects_isAnAccessOfTheStudy() {
        assertThat(export.objects(SmallNode.STUDY.value())).containsExactly(new ExportSource.Kept("1.2.3.4", ""));

        FakeAccess.Recorded recorded = only();
        assertThat(recorded.study).contains(SmallNode.STUDY);
        assertThat(recorded.patients).containsExactly(patient());
        assertThat(recorded.outcome).isEqualTo(AccessOutcome.COMPLETED);
    }

    @Test
    void object_isAnAccessOfItsPatient() throws IOException {
        export.write(SmallNode.STUDY.value(), new ExportSource.Kept("1.2.3.4", ""), OutputStream.nullOutputStream());

        assertThat(only().patients).containsExactly(patient());
    }

    @Test
    void objectThatBreaksOnItsWay_isOnRecordWithTheBytesThatLeft() {
        OutputStream breaking = new OutputStream() {
            private int left = 200;

            @Override
            public void write(int b) throws IOException {
                if (left-- == 0) {
                    throw new IOException("gone");
                }
            }
        };

        assertThatThrownBy(() -> export.write(SmallNode.STUDY.value(), new ExportSource.Kept("1.2.3.4", ""), breaking))
                .isInstanceOf(IOException.class);

        assertThat(only().outcome).isEqualTo(AccessOutcome.PARTIAL);
        assertThat(only().objects).isZero();
        assertThat(only().bytes).isPositive();
    }

    private PatientRecordId patient() {
        return node.archive.names().patient(new PatientIdentifier("17", "NORTH"));
    }

    @Test
    void listOfObjectsOfAStudyThatIsNotHere_isOnRecordAsRefused() {
        assertThat(export.objects("9.9")).isEmpty();

        FakeAccess.Recorded recorded = only();
        assertThat(recorded.study).contains(new StudyInstanceUid("9.9"));
        assertThat(recorded.outcome).isEqualTo(AccessOutcome.REFUSED);
    }

    @Test
    void whatCannotBeRecorded_isNotTold() {
        access.down = true;

        assertNotTold(() -> export.page(-1));
        assertNotTold(() -> export.objects(SmallNode.STUDY.value()));
    }

    @Test
    void exportThatIsResumed_holdsTheCorrectionsThatCameSince() throws IOException {
        assertThat(toDirectory().written()).isEqualTo(1);
        assertThat(toDirectory().skipped()).isEqualTo(1);
        node.correctName("17", "ROE^JANE");

        ExportResult resumed = toDirectory();

        assertThat(resumed.replaced()).isEqualTo(1);
        assertThat(resumed.failed()).isZero();
        assertThat(exported()).hasSize(1).first().asString().contains("ROE^JANE");
        assertThat(toDirectory().skipped()).isEqualTo(1);
    }

    @Test
    void everyKeptVersionAndWhatIsQuarantined_areWrittenWhereVersionsAreAskedFor() throws IOException {
        node.store(
                SmallNode.encoded(SmallNode.object("1.2.3.4", "17", "DOE^JOAN")),
                SmallNode.EXPLICIT,
                SmallNode.STEWARD);
        AttributeSet homeless =
                SmallNode.object("1.2.3.5", "17", "DOE^LOST").filter(tag -> tag != Tags.STUDY_INSTANCE_UID);
        assertThat(node.store(SmallNode.encoded(homeless)).outcome()).isEqualTo(Ingested.Outcome.QUARANTINED);

        ExportResult result = toDirectory();

        assertThat(result.written()).isEqualTo(3);
        assertThat(exported())
                .anySatisfy(file -> assertThat(file).contains("DOE^JANE"))
                .anySatisfy(file -> assertThat(file).contains("DOE^JOAN"))
                .anySatisfy(file -> assertThat(file).contains("DOE^LOST"));
        assertThat(toDirectory().skipped()).isEqualTo(3);
    }

    @Test
    void whoMayNotHaveQuarantinedObjects_getsNone() {
        ArchiveExport refused =
                new ArchiveExport(node.archive, node.retrieval(), access, SmallNode.CT, Optional.empty());
        assertThatThrownBy(() -> refused.writeQuarantined("0".repeat(64), OutputStream.nullOutputStream()))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.NOT_AUTHORIZED));
        assertThat(only().outcome).isEqualTo(AccessOutcome.REFUSED);
    }

    private ExportResult toDirectory() throws IOException {
        return new Export(export, temp.resolve("out"), true, SILENT).run(List.of());
    }

    private List<String> exported() throws IOException {
        try (Stream<Path> files = Files.walk(temp.resolve("out"))) {
            List<String> contents = new ArrayList<>();
            for (Path file : files.filter(path -> path.toString().endsWith(".dcm"))
                    .sorted()
                    .toList()) {
                contents.add(Files.readString(file, StandardCharsets.ISO_8859_1));
            }
            return contents;
        }
    }

    private static void assertNotTold(Runnable reading) {
        assertThatThrownBy(reading::run)
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.LOG_UNAVAILABLE));
    }

    private FakeAccess.Recorded only() {
        assertThat(access.recorded).hasSize(1);
        assertThat(access.last().kind).isEqualTo(AccessKind.EXPORT);
        assertThat(access.last().closed).isTrue();
        return access.last();
    }
}
