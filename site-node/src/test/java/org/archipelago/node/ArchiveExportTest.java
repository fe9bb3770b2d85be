package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.node.web.FakeAccess;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveExportTest {
    @TempDir
    Path temp;

    private final FakeAccess access = new FakeAccess();
    private SmallNode node;
    private ArchiveExport export;

    @BeforeEach
    void store() throws IOException {
        node = SmallNode.open(temp);
        node.store(SmallNode.encoded(SmallNode.object("1.2.3.4", "17", "DOE^JANE")));
        export = new ArchiveExport(node.archive, node.retrieval(), access, SmallNode.CT);
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
    void listOfObjects_isAnAccessOfTheStudy() {
        assertThat(export.objects(SmallNode.STUDY.value())).containsExactly("1.2.3.4");

        FakeAccess.Recorded recorded = only();
        assertThat(recorded.study).contains(SmallNode.STUDY);
        assertThat(recorded.patients).containsExactly(patient());
        assertThat(recorded.outcome).isEqualTo(AccessOutcome.COMPLETED);
    }

    @Test
    void object_isAnAccessOfItsPatient() throws IOException {
        export.write(SmallNode.STUDY.value(), "1.2.3.4", OutputStream.nullOutputStream());

        assertThat(only().patients).containsExactly(patient());
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
