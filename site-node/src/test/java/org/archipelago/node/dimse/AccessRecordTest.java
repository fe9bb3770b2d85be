package org.archipelago.node.dimse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.node.association.AbortReason;
import org.archipelago.node.association.CommandField;
import org.archipelago.node.association.CommandSet;
import org.archipelago.node.dimse.DimseConfiguration.Permission;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every read edge writes the access history, refusals included (architecture section 7). */
@Timeout(60)
class AccessRecordTest {
    private static final String CT = DimseServerTest.CT;

    @TempDir
    Path directory;

    private static AttributeSet image() {
        return TestScu.keys("IMAGE", Tags.SOP_INSTANCE_UID, "1.2.1");
    }

    private static AttributeSet tooLarge() {
        String text = "x".repeat(TestNode.SERVICE_LIMITS.maxIdentifierBytes());
        return TestScu.keys("STUDY", Tags.STUDY_INSTANCE_UID, "1.2.3")
                .with(0x00324000, new Attribute(Vr.UT, List.of(new Value.Text(text))));
    }

    private static FakeArchive.Recorded awaitOnly(TestNode node, AccessOutcome outcome) {
        Awaitility.await()
                .untilAsserted(() -> assertThat(node.archive.accesses)
                        .singleElement()
                        .satisfies(access -> assertThat(access.outcome()).hasValue(outcome)));
        return node.archive.accesses.getFirst();
    }

    @Test
    void queryThatIsRefused_isOnRecordWithItsKeys() throws IOException {
        Map<AttributeSet, String> refused = Map.of(
                TestScu.keys("NONSENSE", Tags.PATIENT_ID, "P1"),
                "C-FIND NONSENSE 00100020=P1",
                TestScu.keys("SERIES", Tags.PATIENT_ID, "P1"),
                "C-FIND SERIES 00100020=P1",
                AttributeSet.EMPTY,
                "C-FIND (no level) ",
                tooLarge(),
                "C-FIND with an identifier that cannot be read: REQUEST_TOO_LARGE");
        for (Map.Entry<AttributeSet, String> one : refused.entrySet()) {
            try (TestNode node = TestNode.start(directory);
                    TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_FIND)) {
                scu.request(CommandField.C_FIND_RQ, SopClasses.STUDY_ROOT_FIND, one.getKey(), Optional.empty());
                assertThat(scu.allAnswers()).hasSize(1);
                assertThat(awaitOnly(node, AccessOutcome.REFUSED).what()).isEqualTo(one.getValue());
                assertThat(node.archive.queried).isEmpty();
            }
        }
    }

    @Test
    void readInAContextOfAnotherService_isOnRecordAsRefused() throws IOException {
        Map<Integer, String> reads = Map.of(
                CommandField.C_FIND_RQ, "C-FIND",
                CommandField.C_GET_RQ, "C-GET",
                CommandField.C_MOVE_RQ, "C-MOVE");
        for (Map.Entry<Integer, String> read : reads.entrySet()) {
            try (TestNode node = TestNode.start(directory);
                    TestScu scu = TestScu.open(node.port(), CT)) {
                scu.request(read.getKey(), CT, image(), Optional.of("NODE"));
                assertThat(scu.allAnswers())
                        .singleElement()
                        .satisfies(answer -> assertThat(answer.status()).isEqualTo(0x0122));
                assertThat(awaitOnly(node, AccessOutcome.REFUSED).what())
                        .isEqualTo(read.getValue() + " in a context of " + CT);
                assertThat(node.archive.queried).isEmpty();
            }
        }
    }

    @Test
    void retrievalThatIsRefused_isOnRecordInTheStudyThatItNames() throws IOException {
        AttributeSet two =
                TestScu.keys("IMAGE", Tags.STUDY_INSTANCE_UID, "1.2.3\\1.2.4", Tags.SOP_INSTANCE_UID, "1.2.1");
        try (TestNode node = TestNode.start(directory, TestNode.remote("NODE", 1, Permission.MOVE_DESTINATION));
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_MOVE, SopClasses.STUDY_ROOT_GET)) {
            scu.request(CommandField.C_MOVE_RQ, SopClasses.STUDY_ROOT_MOVE, two, Optional.of("NODE"));
            assertThat(scu.allAnswers().getLast().status()).isEqualTo(0xA900);
            scu.request(CommandField.C_GET_RQ, SopClasses.STUDY_ROOT_GET, two, Optional.empty());
            assertThat(scu.allAnswers().getLast().status()).isEqualTo(0xA900);
            scu.request(CommandField.C_GET_RQ, SopClasses.STUDY_ROOT_GET, tooLarge(), Optional.empty());
            assertThat(scu.allAnswers().getLast().status()).isEqualTo(0xC008);
            Awaitility.await()
                    .untilAsserted(() -> assertThat(node.archive.accesses)
                            .hasSize(5)
                            .allSatisfy(access -> assertThat(access.outcome()).hasValue(AccessOutcome.REFUSED)));
            Optional<StudyInstanceUid> one = Optional.of(new StudyInstanceUid("1.2.3"));
            Optional<StudyInstanceUid> other = Optional.of(new StudyInstanceUid("1.2.4"));
            assertThat(node.archive.accesses)
                    .extracting(FakeArchive.Recorded::study)
                    .containsExactly(one, other, one, other, Optional.empty());
        }
    }

    @Test
    void query_isOnRecordWithThePatientsOfItsRows() throws IOException {
        try (TestNode node = TestNode.start(directory);
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_FIND)) {
            for (String id : List.of("P1", "P2", "P1")) {
                node.archive.matches.add(
                        AttributeSet.EMPTY.with(Tags.PATIENT_ID, new Attribute(Vr.LO, List.of(new Value.Text(id)))));
            }
            scu.request(CommandField.C_FIND_RQ, SopClasses.STUDY_ROOT_FIND, TestScu.keys("STUDY"), Optional.empty());
            scu.allAnswers();
            assertThat(awaitOnly(node, AccessOutcome.COMPLETED).patients())
                    .containsExactlyInAnyOrder(patient("P1"), patient("P2"));
        }
    }

    @Test
    void retrieval_isOnRecordWithThePatientsOfItsObjects() throws IOException {
        try (TestNode node = TestNode.start(directory)) {
            for (int i = 1; i <= 3; i++) {
                node.archive.hold(CT, "1.2." + i, TestScu.EXPLICIT, new byte[1000]);
            }
            node.archive.patientOf.put("1.2.2", new PatientIdentifier("P2", "SITE"));
            TestScu scu = TestScu.openForGet(node.port(), CT);
            AttributeSet study = TestScu.keys("STUDY", Tags.STUDY_INSTANCE_UID, FakeArchive.STUDY.value());
            scu.request(CommandField.C_GET_RQ, SopClasses.STUDY_ROOT_GET, study, Optional.empty());
            scu.association.receive().orElseThrow();
            scu.association.abort(AbortReason.SERVICE_USER);
            assertThat(awaitOnly(node, AccessOutcome.PARTIAL).patients())
                    .containsExactlyInAnyOrder(patient("P1"), patient("P2"));
        }
    }

    private static PatientRecordId patient(String id) {
        return FakeArchive.record(new PatientIdentifier(id, "SITE"));
    }

    @Test
    void queryThatItsAskerLeft_isOnRecordAsPartial() throws IOException {
        try (TestNode node = TestNode.start(directory)) {
            for (int i = 0; i < 200_000; i++) {
                node.archive.matches.add(AttributeSet.EMPTY);
            }
            TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_FIND);
            scu.request(CommandField.C_FIND_RQ, SopClasses.STUDY_ROOT_FIND, TestScu.keys("STUDY"), Optional.empty());
            scu.next();
            scu.association.abort(AbortReason.SERVICE_USER);
            assertThat(awaitOnly(node, AccessOutcome.PARTIAL).counts()[0]).isBetween(1L, 199_999L);
        }
    }

    @Test
    void retrievalThatItsAskerLeft_isOnRecordAsPartial() throws IOException {
        try (TestNode node = TestNode.start(directory)) {
            for (int i = 1; i <= 50; i++) {
                node.archive.hold(CT, "1.2." + i, TestScu.EXPLICIT, new byte[1000]);
            }
            TestScu scu = TestScu.openForGet(node.port(), CT);
            AttributeSet study = TestScu.keys("STUDY", Tags.STUDY_INSTANCE_UID, FakeArchive.STUDY.value());
            scu.request(CommandField.C_GET_RQ, SopClasses.STUDY_ROOT_GET, study, Optional.empty());
            scu.association.receive().orElseThrow();
            scu.association.abort(AbortReason.SERVICE_USER);
            awaitOnly(node, AccessOutcome.PARTIAL);
        }
    }

    @Test
    void studyThatIsFoundButCannotBeRecorded_refusesTheWholeRetrieval() throws IOException {
        try (TestNode destination = TestNode.start(directory.resolve("d"));
                TestNode node = TestNode.start(
                        directory.resolve("n"),
                        TestNode.remote("NODE", destination.port(), Permission.MOVE_DESTINATION));
                TestScu getter = TestScu.openForGet(node.port(), CT);
                TestScu mover = TestScu.open(node.port(), SopClasses.STUDY_ROOT_MOVE)) {
            node.archive.hold(CT, "1.2.1", TestScu.EXPLICIT, new byte[1000]);
            node.archive.recorderRefusal = Optional.of(new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "access"));
            TreeMap<String, byte[]> received = new TreeMap<>();
            getter.request(CommandField.C_GET_RQ, SopClasses.STUDY_ROOT_GET, image(), Optional.empty());
            assertRefused(getter.allAnswers(received));
            mover.request(CommandField.C_MOVE_RQ, SopClasses.STUDY_ROOT_MOVE, image(), Optional.of("NODE"));
            assertRefused(mover.allAnswers());
            assertThat(received).isEmpty();
            assertThat(destination.archive.kept).isEmpty();
        }
    }

    /** No count of sub-operations and no list of UIDs: the asker learns nothing of what is here. */
    private static void assertRefused(List<TestScu.Answer> answers) {
        assertThat(answers).singleElement().satisfies(answer -> {
            assertThat(answer.status()).isEqualTo(0xA702);
            assertThat(answer.command().text(CommandSet.ERROR_COMMENT)).contains("LOG_UNAVAILABLE: access");
            assertThat(answer.command().us(CommandSet.FAILED_SUBOPERATIONS)).isEmpty();
            assertThat(answer.data()).isEmpty();
        });
    }
}
