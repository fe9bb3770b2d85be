package org.archipelago.node.dimse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.node.association.AssociationRequestor;
import org.archipelago.node.association.CommandField;
import org.archipelago.node.association.CommandSet;
import org.archipelago.node.association.RoleSelection;
import org.archipelago.node.dimse.DimseConfiguration.Permission;
import org.archipelago.node.dimse.DimseConfiguration.RemoteAe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RetrieveIdentifierTest {
    private static final String CT = DimseServerTest.CT;
    private static final String STUDY = FakeArchive.STUDY.value();
    private static final String SERIES = FakeArchive.SERIES.value();

    @TempDir
    Path directory;

    private static List<String> get(TestScu scu, String model, AttributeSet identifier) throws IOException {
        TreeMap<String, byte[]> received = new TreeMap<>();
        scu.request(CommandField.C_GET_RQ, model, identifier, Optional.empty());
        assertThat(scu.allAnswers(received).getLast().status()).isZero();
        return List.copyOf(received.keySet());
    }

    private static TestScu forGet(TestNode node) throws IOException {
        return new TestScu(AssociationRequestor.open(
                TestScu.proposal(node.port(), SopClasses.PATIENT_ROOT_GET, SopClasses.STUDY_ROOT_GET, CT)
                        .withRoles(List.of(new RoleSelection(CT, false, true))),
                TestNode.LIMITS));
    }

    @Test
    void identifierOutsideTheHierarchy_isRefused() throws IOException {
        try (TestNode node = TestNode.start(directory, TestNode.remote("NODE", 1, Permission.MOVE_DESTINATION));
                TestScu scu = TestScu.open(
                        node.port(),
                        SopClasses.PATIENT_ROOT_MOVE,
                        SopClasses.STUDY_ROOT_MOVE,
                        SopClasses.PATIENT_STUDY_ONLY_MOVE)) {
            node.archive.hold(CT, "1.2.1", TestScu.EXPLICIT, new byte[10]);
            record Case(String model, AttributeSet identifier) {}
            List<Case> wrong = new ArrayList<>();
            wrong.add(new Case(SopClasses.PATIENT_ROOT_MOVE, TestScu.keys("PATIENT")));
            wrong.add(new Case(SopClasses.PATIENT_ROOT_MOVE, TestScu.keys("PATIENT", Tags.PATIENT_ID, "P1\\P2")));
            wrong.add(new Case(SopClasses.PATIENT_ROOT_MOVE, TestScu.keys("PATIENT", Tags.PATIENT_ID, "P*")));
            wrong.add(new Case(
                    SopClasses.PATIENT_ROOT_MOVE,
                    TestScu.keys("PATIENT", Tags.PATIENT_ID, "P1", Tags.STUDY_INSTANCE_UID, STUDY)));
            for (String model : List.of(SopClasses.STUDY_ROOT_MOVE, SopClasses.PATIENT_STUDY_ONLY_MOVE)) {
                wrong.add(new Case(
                        model,
                        TestScu.keys("STUDY", Tags.STUDY_INSTANCE_UID, STUDY, Tags.SERIES_INSTANCE_UID, SERIES)));
            }
            wrong.add(new Case(
                    SopClasses.STUDY_ROOT_MOVE,
                    TestScu.keys("STUDY", Tags.STUDY_INSTANCE_UID, STUDY, Tags.PATIENT_ID, "P1\\P2")));
            wrong.add(new Case(
                    SopClasses.STUDY_ROOT_MOVE,
                    TestScu.keys(
                            "SERIES", Tags.STUDY_INSTANCE_UID, STUDY + "\\1.2.9", Tags.SERIES_INSTANCE_UID, SERIES)));
            wrong.add(new Case(SopClasses.STUDY_ROOT_MOVE, TestScu.keys("SERIES", Tags.SERIES_INSTANCE_UID, SERIES)));
            wrong.add(new Case(
                    SopClasses.STUDY_ROOT_MOVE,
                    TestScu.keys("IMAGE", Tags.STUDY_INSTANCE_UID, STUDY + "\\1.2.9", Tags.SOP_INSTANCE_UID, "1.2.1")));
            wrong.add(new Case(
                    SopClasses.STUDY_ROOT_MOVE,
                    TestScu.keys(
                            "IMAGE",
                            Tags.STUDY_INSTANCE_UID,
                            STUDY,
                            Tags.SERIES_INSTANCE_UID,
                            SERIES + "\\1.2.9",
                            Tags.SOP_INSTANCE_UID,
                            "1.2.1")));
            for (Case c : wrong) {
                scu.request(CommandField.C_MOVE_RQ, c.model(), c.identifier(), Optional.of("NODE"));
                assertThat(scu.allAnswers())
                        .as(c.toString())
                        .singleElement()
                        .satisfies(a -> assertThat(a.status()).isEqualTo(0xA900));
            }
        }
    }

    @Test
    void givenPatient_selectsNoOtherPatientsObjects() throws IOException {
        try (TestNode node = TestNode.start(directory);
                TestScu scu = forGet(node)) {
            node.archive.hold(CT, "1.2.1", TestScu.EXPLICIT, new byte[10]);
            node.archive.hold(CT, "1.2.2", TestScu.EXPLICIT, new byte[10]);
            node.archive.hold(CT, "1.2.3", TestScu.EXPLICIT, new byte[10]);
            node.archive.patientOf.put("1.2.2", new PatientIdentifier("P2", "SITE"));
            node.archive.patientOf.put("1.2.3", new PatientIdentifier("P1", "OTHER"));
            for (String model : List.of(SopClasses.PATIENT_ROOT_GET, SopClasses.STUDY_ROOT_GET)) {
                assertThat(get(scu, model, study(Tags.PATIENT_ID, "P1"))).containsExactly("1.2.1");
                assertThat(get(scu, model, study(Tags.PATIENT_ID, "P2"))).containsExactly("1.2.2");
                assertThat(get(scu, model, study(Tags.PATIENT_ID, "P3"))).isEmpty();
                assertThat(get(scu, model, study(Tags.PATIENT_ID, "P1", Tags.ISSUER_OF_PATIENT_ID, "OTHER")))
                        .containsExactly("1.2.3");
                assertThat(get(scu, model, study())).hasSize(3);
            }
            node.archive.matches.add(AttributeSet.of(
                    Map.of(Tags.STUDY_INSTANCE_UID, new Attribute(Vr.UI, List.of(new Value.Text(STUDY))))));
            assertThat(get(scu, SopClasses.PATIENT_ROOT_GET, TestScu.keys("PATIENT", Tags.PATIENT_ID, "P2")))
                    .containsExactly("1.2.2");
        }
    }

    @Test
    void patientFromBeforeTheSiteWasGivenAnIssuer_isItsOwn() throws IOException {
        try (TestNode node = TestNode.start(directory);
                TestScu scu = forGet(node)) {
            node.archive.hold(CT, "1.2.1", TestScu.EXPLICIT, new byte[10]);
            node.archive.hold(CT, "1.2.2", TestScu.EXPLICIT, new byte[10]);
            node.archive.patientOf.put("1.2.1", new PatientIdentifier("P1", "LOCAL"));
            node.archive.patientOf.put("1.2.2", new PatientIdentifier("P2", "LOCAL"));
            assertThat(get(scu, SopClasses.STUDY_ROOT_GET, study(Tags.PATIENT_ID, "P1")))
                    .containsExactly("1.2.1");
            assertThat(get(
                            scu,
                            SopClasses.STUDY_ROOT_GET,
                            study(Tags.PATIENT_ID, "P1", Tags.ISSUER_OF_PATIENT_ID, "SITE")))
                    .isEmpty();
        }
    }

    /** Placeholders never identify (architecture section 3), yet do no harm beside a study's UID. */
    @Test
    void placeholder_isNoPatientToRetrieve() throws IOException {
        try (TestNode node = TestNode.start(directory, TestNode.remote("NODE", 1, Permission.MOVE_DESTINATION));
                TestScu scu = forGet(node);
                TestScu mover = TestScu.open(node.port(), SopClasses.PATIENT_ROOT_MOVE)) {
            node.archive.hold(CT, "1.2.1", TestScu.EXPLICIT, new byte[10]);
            node.archive.matches.add(AttributeSet.of(
                    Map.of(Tags.STUDY_INSTANCE_UID, new Attribute(Vr.UI, List.of(new Value.Text(STUDY))))));
            for (String placeholder : List.of("0", "000", "unknown", "Trauma ", "-", "----")) {
                node.archive.patientOf.put("1.2.1", new PatientIdentifier(placeholder.strip(), "SITE"));
                AttributeSet patient = TestScu.keys("PATIENT", Tags.PATIENT_ID, placeholder);
                TreeMap<String, byte[]> received = new TreeMap<>();
                scu.request(CommandField.C_GET_RQ, SopClasses.PATIENT_ROOT_GET, patient, Optional.empty());
                assertRefusedAsNobody(scu.allAnswers(received));
                assertThat(received).as(placeholder).isEmpty();
                mover.request(CommandField.C_MOVE_RQ, SopClasses.PATIENT_ROOT_MOVE, patient, Optional.of("NODE"));
                assertRefusedAsNobody(mover.allAnswers());
                assertThat(get(scu, SopClasses.STUDY_ROOT_GET, study(Tags.PATIENT_ID, placeholder)))
                        .as(placeholder)
                        .containsExactly("1.2.1");
            }
            assertThat(node.archive.accesses)
                    .filteredOn(access -> access.study().isEmpty())
                    .hasSize(12)
                    .allSatisfy(access -> assertThat(access.outcome()).hasValue(AccessOutcome.REFUSED));
        }
    }

    private static void assertRefusedAsNobody(List<TestScu.Answer> answers) {
        assertThat(answers).singleElement().satisfies(answer -> {
            assertThat(answer.status()).isEqualTo(0xA900);
            assertThat(answer.command().text(CommandSet.ERROR_COMMENT).orElseThrow())
                    .isEqualTo("IDENTIFIER_MISMATCH: 00100020 identifies nobody; name a study");
        });
    }

    private static AttributeSet study(Object... more) {
        List<Object> keys = new ArrayList<>(List.of(Tags.STUDY_INSTANCE_UID, STUDY));
        keys.addAll(List.of(more));
        return TestScu.keys("STUDY", keys.toArray());
    }

    @Test
    void keysWithoutMatching_areReportedWithEachMatch() throws IOException {
        try (TestNode node = TestNode.start(directory);
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_FIND)) {
            node.archive.matches.add(AttributeSet.EMPTY);
            node.archive.matches.add(AttributeSet.EMPTY);
            node.archive.unmatchable.add(Tags.NUMBER_OF_STUDY_RELATED_INSTANCES);
            scu.request(
                    CommandField.C_FIND_RQ,
                    SopClasses.STUDY_ROOT_FIND,
                    TestScu.keys("STUDY", Tags.NUMBER_OF_STUDY_RELATED_INSTANCES, "17"),
                    Optional.empty());
            assertThat(scu.allAnswers()).extracting(TestScu.Answer::status).containsExactly(0xFF01, 0xFF01, 0);
            scu.request(
                    CommandField.C_FIND_RQ,
                    SopClasses.STUDY_ROOT_FIND,
                    TestScu.keys("STUDY", Tags.NUMBER_OF_STUDY_RELATED_INSTANCES, ""),
                    Optional.empty());
            assertThat(scu.allAnswers()).extracting(TestScu.Answer::status).containsExactly(0xFF00, 0xFF00, 0);
        }
    }

    @Test
    void identifierWithoutCharacterSet_isReadByThatOfItsAe() throws IOException {
        RemoteAe asker = new RemoteAe(
                TestNode.SCU,
                TestNode.HOST,
                1,
                false,
                Set.of(Permission.QUERY),
                Optional.empty(),
                Optional.of("ISO_IR 192"),
                false);
        try (TestNode node = TestNode.start(directory, asker);
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_FIND)) {
            String utf8AsLatin1 = new String("Müller".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
            scu.request(
                    CommandField.C_FIND_RQ,
                    SopClasses.STUDY_ROOT_FIND,
                    TestScu.keys("STUDY", Tags.PATIENT_ID, utf8AsLatin1),
                    Optional.empty());
            scu.allAnswers();
            assertThat(node.archive.queried.getFirst().keys())
                    .singleElement()
                    .satisfies(k -> assertThat(k.value()).isEqualTo("Müller"));
        }
    }
}
