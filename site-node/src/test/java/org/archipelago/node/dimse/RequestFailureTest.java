package org.archipelago.node.dimse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.node.association.CommandField;
import org.archipelago.node.association.CommandSet;
import org.archipelago.node.dimse.DimseConfiguration.Permission;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever goes wrong inside, the asker gets its last answer, and what is not concerned goes on. */
@Timeout(60)
class RequestFailureTest {
    private static final String CT = DimseServerTest.CT;

    @TempDir
    Path directory;

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static AttributeSet study() {
        return TestScu.keys("STUDY", Tags.STUDY_INSTANCE_UID, FakeArchive.STUDY.value());
    }

    private static List<String> failedList(TestScu.Answer last) {
        return last.data().orElseThrow().get(SubOperations.FAILED_SOP_INSTANCE_UID_LIST).orElseThrow().values().stream()
                .map(v -> ((Value.Text) v).text())
                .toList();
    }

    @Test
    void unexpectedFailure_isAnsweredAndTheAssociationGoesOn() throws IOException {
        try (TestNode node = TestNode.start(directory, TestNode.remote("NODE", 1, Permission.MOVE_DESTINATION));
                TestScu scu = TestScu.open(
                        node.port(),
                        SopClasses.PATIENT_ROOT_FIND,
                        SopClasses.PATIENT_ROOT_MOVE,
                        SopClasses.PATIENT_ROOT_GET,
                        SopClasses.VERIFICATION)) {
            node.archive.beforeEachQuery = () -> {
                throw new UncheckedIOException(new IOException("disk"));
            };
            AttributeSet patient = TestScu.keys("PATIENT", Tags.PATIENT_ID, "P1");
            scu.request(CommandField.C_FIND_RQ, SopClasses.PATIENT_ROOT_FIND, patient, Optional.empty());
            assertInternal(scu.allAnswers());
            scu.request(CommandField.C_MOVE_RQ, SopClasses.PATIENT_ROOT_MOVE, patient, Optional.of("NODE"));
            assertInternal(scu.allAnswers());
            scu.request(CommandField.C_GET_RQ, SopClasses.PATIENT_ROOT_GET, patient, Optional.empty());
            assertInternal(scu.allAnswers());
            assertThat(scu.echo().status()).isZero();
        }
    }

    private static void assertInternal(List<TestScu.Answer> answers) {
        assertThat(answers).singleElement().satisfies(a -> {
            assertThat(a.status()).isEqualTo(0xC110);
            assertThat(a.command().text(CommandSet.ERROR_COMMENT)).contains("INTERNAL: request");
        });
    }

    @Test
    void outOfResources_hasTheStatusOfItsService() throws IOException {
        try (TestNode node = TestNode.start(directory, TestNode.remote("NODE", 1, Permission.MOVE_DESTINATION));
                TestScu scu = TestScu.open(
                        node.port(),
                        SopClasses.PATIENT_ROOT_FIND,
                        SopClasses.PATIENT_ROOT_MOVE,
                        SopClasses.PATIENT_ROOT_GET)) {
            node.archive.beforeEachQuery = () -> {
                throw new ArchiveException(ArchiveError.SEARCH_UNAVAILABLE, "index");
            };
            AttributeSet patient = TestScu.keys("PATIENT", Tags.PATIENT_ID, "P1");
            scu.request(CommandField.C_FIND_RQ, SopClasses.PATIENT_ROOT_FIND, patient, Optional.empty());
            assertThat(scu.allAnswers().getLast().status()).isEqualTo(0xA700);
            scu.request(CommandField.C_MOVE_RQ, SopClasses.PATIENT_ROOT_MOVE, patient, Optional.of("NODE"));
            assertThat(scu.allAnswers().getLast().status()).isEqualTo(0xA701);
            scu.request(CommandField.C_GET_RQ, SopClasses.PATIENT_ROOT_GET, patient, Optional.empty());
            assertThat(scu.allAnswers().getLast().status()).isEqualTo(0xA701);
        }
    }

    @Test
    void retrievalOfAPatient_waitsForTheIndexAndFailsWhenItStaysBehind() throws IOException {
        try (TestNode node = TestNode.start(directory, TestNode.remote("NODE", 1, Permission.MOVE_DESTINATION));
                TestScu scu = TestScu.open(node.port(), SopClasses.PATIENT_ROOT_MOVE, SopClasses.PATIENT_ROOT_GET)) {
            AttributeSet patient = TestScu.keys("PATIENT", Tags.PATIENT_ID, "P1");
            scu.request(CommandField.C_GET_RQ, SopClasses.PATIENT_ROOT_GET, patient, Optional.empty());
            assertThat(scu.allAnswers().getLast().status()).isZero();
            assertThat(node.archive.queried.getLast().minimum()).isEqualTo(FakeArchive.HEAD);
            node.archive.beforeEachQuery = () -> {
                throw new ArchiveException(ArchiveError.POSITION_NOT_REACHED, "minimum position");
            };
            scu.request(CommandField.C_GET_RQ, SopClasses.PATIENT_ROOT_GET, patient, Optional.empty());
            assertBehind(scu.allAnswers());
            scu.request(CommandField.C_MOVE_RQ, SopClasses.PATIENT_ROOT_MOVE, patient, Optional.of("NODE"));
            assertBehind(scu.allAnswers());
        }
    }

    private static void assertBehind(List<TestScu.Answer> answers) {
        assertThat(answers).singleElement().satisfies(a -> {
            assertThat(a.status()).isEqualTo(0xA701);
            assertThat(a.command().text(CommandSet.ERROR_COMMENT)).contains("POSITION_NOT_REACHED: minimum position");
        });
    }

    @Test
    void readErrorInOneObjectOfAMove_failsThatOneAlone() throws IOException {
        try (TestNode destination = TestNode.start(directory.resolve("d"));
                TestNode node = TestNode.start(
                        directory.resolve("n"),
                        TestNode.remote("NODE", destination.port(), Permission.MOVE_DESTINATION));
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_MOVE)) {
            for (int i = 1; i <= 20; i++) {
                node.archive.hold(CT, "1.2." + i, TestScu.EXPLICIT, random(10_000));
            }
            node.archive.corrupt = Set.of("1.2.1", "1.2.2", "1.2.3", "1.2.4", "1.2.9")::contains;
            node.archive.brokenRead = new UncheckedIOException(new IOException("Input/output error"));
            scu.request(CommandField.C_MOVE_RQ, SopClasses.STUDY_ROOT_MOVE, study(), Optional.of("NODE"));
            TestScu.Answer last = scu.allAnswers().getLast();
            assertThat(last.status()).isEqualTo(0xB000);
            assertThat(last.command().us(CommandSet.COMPLETED_SUBOPERATIONS)).hasValue(15);
            assertThat(failedList(last)).containsExactly("1.2.1", "1.2.2", "1.2.3", "1.2.4", "1.2.9");
            assertThat(last.command().text(CommandSet.ERROR_COMMENT)).contains("5 failed, first: INTERNAL");
            assertThat(destination.archive.kept).hasSize(15);
        }
    }

    /** Objects that are kept in between, and larger ones that are read twice. */
    @Test
    void objectOfAGetThatBreaksWhileItIsRead_failsAloneOnTheSameAssociation() throws IOException {
        try (TestNode node = TestNode.start(directory);
                TestScu scu = TestScu.openForGet(node.port(), CT)) {
            for (int i = 1; i <= 6; i++) {
                node.archive.hold(CT, "1.2." + i, TestScu.EXPLICIT, random(i * Proof.MAX_KEPT_BYTES / 2 - i % 2));
            }
            node.archive.corrupt = Set.of("1.2.1", "1.2.6")::contains;
            for (int repeat = 0; repeat < 2; repeat++) {
                TreeMap<String, byte[]> received = new TreeMap<>();
                scu.request(CommandField.C_GET_RQ, SopClasses.STUDY_ROOT_GET, study(), Optional.empty());
                TestScu.Answer last = scu.allAnswers(received).getLast();
                assertThat(last.status()).isEqualTo(0xB000);
                assertThat(failedList(last)).containsExactlyInAnyOrder("1.2.1", "1.2.6");
                assertThat(last.command().text(CommandSet.ERROR_COMMENT)).contains("2 failed, first: CORRUPT: blob");
                assertThat(received).containsOnlyKeys("1.2.2", "1.2.3", "1.2.4", "1.2.5");
                received.forEach((uid, bytes) ->
                        assertThat(bytes).isEqualTo(node.archive.kept.get(uid).bytes()));
            }
        }
    }

    @Test
    void accessThatCannotBeRecorded_letsNothingLeave() throws IOException {
        try (TestNode node = TestNode.start(directory);
                TestScu scu = TestScu.openForGet(node.port(), CT)) {
            node.archive.hold(CT, "1.2.1", TestScu.EXPLICIT, random(1000));
            node.archive.recorderRefusal = Optional.of(new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "access"));
            TreeMap<String, byte[]> received = new TreeMap<>();
            scu.request(CommandField.C_GET_RQ, SopClasses.STUDY_ROOT_GET, study(), Optional.empty());
            TestScu.Answer last = scu.allAnswers(received).getLast();
            assertThat(last.status()).isEqualTo(0xA702);
            assertThat(last.command().text(CommandSet.ERROR_COMMENT)).contains("LOG_UNAVAILABLE: access");
            assertThat(received).isEmpty();
        }
    }
}
