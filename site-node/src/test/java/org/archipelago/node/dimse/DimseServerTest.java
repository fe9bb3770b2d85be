package org.archipelago.node.dimse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.archipelago.contract.AeTitle;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.DimseService;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.association.AbortReason;
import org.archipelago.node.association.AssociationRejectedException;
import org.archipelago.node.association.AssociationRequestor;
import org.archipelago.node.association.CommandField;
import org.archipelago.node.association.CommandSet;
import org.archipelago.node.association.CommonExtendedNegotiation;
import org.archipelago.node.association.RawStorageSender;
import org.archipelago.node.association.RawStorageSender.Kind;
import org.archipelago.node.association.Rejection;
import org.archipelago.node.association.UserIdentity;
import org.archipelago.node.dimse.DimseConfiguration.Permission;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.QueryLevel;
import org.archipelago.testing.LoopbackPorts;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class DimseServerTest {
    static final String CT = "1.2.840.10008.5.1.4.1.1.2";
    static final String MR = "1.2.840.10008.5.1.4.1.1.4";
    static final String HTJ2K = "1.2.840.10008.1.2.4.201";

    @TempDir
    Path directory;

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static RawStorageSender sender(TestNode node, String sopClass, String syntax) throws IOException {
        return RawStorageSender.open(
                TestNode.HOST,
                node.port(),
                TestNode.SCU,
                TestNode.NODE,
                List.of(new Kind(new SopClassUid(sopClass), new TransferSyntaxUid(syntax))),
                TestNode.LIMITS);
    }

    private static RawStorageSender.Result send(RawStorageSender sender, String instance, byte[] bytes)
            throws IOException {
        var context = sender.association().contexts().iterator().next();
        return sender.send(context, context.abstractSyntax(), instance, out -> out.write(bytes), Optional.empty());
    }

    /** An access ends after the last answer has left. */
    private static void awaitOutcome(TestNode node, AccessOutcome outcome) {
        Awaitility.await()
                .untilAsserted(() ->
                        assertThat(node.archive.accesses.getFirst().outcome()).hasValue(outcome));
    }

    @Test
    void echo_succeeds() throws IOException {
        try (TestNode node = TestNode.start(directory);
                TestScu scu = TestScu.open(node.port(), SopClasses.VERIFICATION)) {
            assertThat(scu.echo().status()).isZero();
        }
    }

    @Test
    void listenerBeyondLoopback_needsTheSwitch() throws IOException {
        InetAddress any = InetAddress.getByName("0.0.0.0");
        assertThatThrownBy(() -> new DimseConfiguration.Listener(any, 104, Set.of(TestNode.NODE), false, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("beyondLoopback");
        assertThat(new DimseConfiguration.Listener(any, 104, Set.of(TestNode.NODE), true, false).port())
                .isEqualTo(104);
    }

    @Test
    void portInUse_isNamed() throws IOException {
        try (TestNode node = TestNode.start(directory)) {
            int port = node.port();
            assertThatThrownBy(() -> TestNode.start(
                            directory,
                            c -> new DimseConfiguration(
                                    List.of(new DimseConfiguration.Listener(
                                            InetAddress.ofLiteral("127.0.0.1"),
                                            port,
                                            Set.of(TestNode.NODE),
                                            false,
                                            false)),
                                    c.remoteAes(),
                                    c.unknownOnLoopback(),
                                    c.siteIssuer(),
                                    c.extraStorageClasses(),
                                    c.preferredStorageSyntaxes(),
                                    c.limits(),
                                    c.serviceLimits(),
                                    c.tls())))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("127.0.0.1:" + port);
        }
    }

    @Test
    void store_keepsEveryByteInAnyTransferSyntax() throws IOException {
        try (TestNode node = TestNode.start(directory)) {
            for (String syntax : List.of(HTJ2K, "1.2.3.4.5.6.7.private")) {
                for (int length : new int[] {0, 2, 131_060, 131_072, 700_000}) {
                    try (RawStorageSender sender = sender(node, CT, syntax)) {
                        assertThat(send(sender, "1.2." + length, random(length)).status())
                                .isZero();
                    }
                    FakeArchive.Kept kept = node.archive.kept.get("1.2." + length);
                    assertThat(kept.bytes()).isEqualTo(random(length));
                    assertThat(kept.arrival().transferSyntax().value()).isEqualTo(syntax);
                    assertThat(kept.arrival().source().name()).isEqualTo("TESTSCU");
                }
            }
        }
    }

    @Test
    void refusedStore_answersTheStatusAndServesTheNext() throws IOException {
        try (TestNode node = TestNode.start(directory);
                RawStorageSender sender = sender(node, CT, HTJ2K)) {
            node.archive.refusal = Optional.of(new ArchiveException(ArchiveError.BLOB_STORE_FULL, "x".repeat(100)));
            RawStorageSender.Result refused = send(sender, "1.2.1", random(600_000));
            assertThat(refused.status()).isEqualTo(0xA700);
            assertThat(refused.comment().orElseThrow())
                    .startsWith("BLOB_STORE_FULL")
                    .hasSize(64);
            node.archive.refusal = Optional.empty();
            node.archive.coerce = true;
            RawStorageSender.Result coerced = send(sender, "1.2.2", random(600_000));
            assertThat(coerced.status()).isEqualTo(0xB007);
            assertThat(coerced.isWarning()).isTrue();
            assertThat(node.archive.kept).containsOnlyKeys("1.2.2");
        }
    }

    @Test
    void malformedAnnouncedUid_isRefused() throws IOException {
        try (TestNode node = TestNode.start(directory);
                RawStorageSender sender = sender(node, CT, HTJ2K)) {
            assertThat(send(sender, "../../etc", random(10)).status()).isEqualTo(0xC000);
            assertThat(send(sender, "01.002.3 ", random(10)).status()).isZero();
            assertThat(node.archive.kept).containsOnlyKeys("01.002.3");
        }
    }

    @Test
    void unknownStorageClass_needsCommonExtendedNegotiation() throws IOException {
        String unknown = "1.3.6.1.4.1.99999.1";
        try (TestNode node = TestNode.start(directory)) {
            AssociationRequestor.Proposal proposal = TestScu.proposal(node.port(), unknown);
            try (RawStorageSender sender = RawStorageSender.open(proposal, TestNode.LIMITS)) {
                assertThat(sender.association().contexts()).isEmpty();
            }
            try (RawStorageSender sender = RawStorageSender.open(
                    proposal.withCommonExtended(List.of(new CommonExtendedNegotiation(
                            unknown, CommonExtendedNegotiation.STORAGE_SERVICE_CLASS, List.of(CT)))),
                    TestNode.LIMITS)) {
                assertThat(send(sender, "1.2.3", random(100)).status()).isZero();
            }
        }
    }

    @Test
    void wrongTitles_areRejected() throws IOException {
        try (TestNode node = TestNode.start(directory)) {
            AssociationRequestor.Proposal proposal = TestScu.proposal(node.port(), SopClasses.VERIFICATION);
            AssociationRequestor.Proposal wrong = AssociationRequestor.Proposal.of(
                    TestNode.HOST, node.port(), TestNode.SCU, new AeTitle("OTHER"), proposal.contexts());
            assertThatThrownBy(() -> AssociationRequestor.open(wrong, TestNode.LIMITS))
                    .isInstanceOfSatisfying(
                            AssociationRejectedException.class,
                            e -> assertThat(e.rejection()).isEqualTo(Rejection.CALLED_AE_NOT_RECOGNIZED));
        }
    }

    @Test
    void configuredAeWithoutPermission_getsNoContext() throws IOException {
        try (TestNode node = TestNode.start(directory, TestNode.remote("TESTSCU", 1, Permission.ECHO));
                TestScu scu = TestScu.open(node.port(), SopClasses.VERIFICATION, CT, SopClasses.STUDY_ROOT_FIND)) {
            assertThat(scu.association.contexts())
                    .singleElement()
                    .satisfies(c -> assertThat(c.abstractSyntax()).isEqualTo(SopClasses.VERIFICATION));
        }
    }

    private static AttributeSet match(String studyUid, String name) {
        return AttributeSet.of(Map.of(
                Tags.STUDY_INSTANCE_UID, new Attribute(Vr.UI, List.of(new Value.Text(studyUid))),
                Tags.PATIENT_ID, new Attribute(Vr.LO, List.of(new Value.Text(name)))));
    }

    @Test
    void find_answersAllPagesWithTheKeysAsked() throws IOException {
        try (TestNode node = TestNode.start(directory);
                TestScu scu = new TestScu(AssociationRequestor.open(
                        TestScu.proposal(node.port(), SopClasses.STUDY_ROOT_FIND)
                                .withIdentity(UserIdentity.named("dr who")),
                        TestNode.LIMITS))) {
            for (int i = 0; i < 7; i++) {
                node.archive.matches.add(match("1.2." + i, "Müller" + i));
            }
            scu.request(
                    CommandField.C_FIND_RQ,
                    SopClasses.STUDY_ROOT_FIND,
                    TestScu.keys(
                            "STUDY", Tags.PATIENT_ID, "M*", Tags.STUDY_INSTANCE_UID, "", Tags.ACCESSION_NUMBER, ""),
                    Optional.empty());
            List<TestScu.Answer> answers = scu.allAnswers();
            assertThat(answers).hasSize(8);
            AttributeSet first = answers.getFirst().data().orElseThrow();
            assertThat(answers.getFirst().status()).isEqualTo(0xFF00);
            assertThat(first.text(Tags.STUDY_INSTANCE_UID)).contains("1.2.0");
            assertThat(first.text(Tags.PATIENT_ID)).contains("Müller0");
            assertThat(first.text(Tags.SPECIFIC_CHARACTER_SET)).contains("ISO_IR 192");
            assertThat(first.get(Tags.ACCESSION_NUMBER))
                    .hasValueSatisfying(a -> assertThat(a.isEmpty()).isTrue());
            assertThat(first.text(Tags.RETRIEVE_AE_TITLE)).contains("NODE");
            assertThat(first.text(Tags.INSTANCE_AVAILABILITY)).contains("ONLINE");
            assertThat(answers.getLast().status()).isZero();
            ArchiveQuery asked = node.archive.queried.getFirst();
            assertThat(asked.level()).isEqualTo(QueryLevel.STUDY);
            assertThat(asked.localIssuer()).isEqualTo("SITE");
            assertThat(asked.keys())
                    .singleElement()
                    .satisfies(k -> assertThat(k.value()).isEqualTo("M*"));
            assertThat(asked.includeFields())
                    .containsExactlyInAnyOrder(Tags.PATIENT_ID, Tags.STUDY_INSTANCE_UID, Tags.ACCESSION_NUMBER);
            FakeArchive.Recorded access = node.archive.accesses.getFirst();
            assertThat(access.kind()).isEqualTo(AccessKind.QUERY);
            assertThat(access.who().name()).isEqualTo("TESTSCU (asserted user dr who)");
            assertThat(access.counts()[0]).isEqualTo(7);
            awaitOutcome(node, AccessOutcome.COMPLETED);
        }
    }

    /** Icon Image Sequence (0088,0200) whose Pixel Data stayed in the blob. */
    @Test
    void bulkValue_isLeftOutOfItsMatchAndHidesNoOther() throws IOException {
        int icon = 0x00880200;
        Attribute stayed = new Attribute(Vr.OW, List.of(new Value.Bulk(1_000, 4_000)));
        AttributeSet image = AttributeSet.of(
                Map.of(Tags.MODALITY, new Attribute(Vr.CS, List.of(new Value.Text("CT"))), Tags.PIXEL_DATA, stayed));
        try (TestNode node = TestNode.start(directory);
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_FIND)) {
            node.archive.matches.add(match("1.2.1", "x")
                    .with(icon, new Attribute(Vr.SQ, List.of(new Value.Item(image))))
                    .with(Tags.PIXEL_DATA, stayed));
            node.archive.matches.add(match("1.2.2", "x"));
            scu.request(
                    CommandField.C_FIND_RQ,
                    SopClasses.STUDY_ROOT_FIND,
                    TestScu.keys("STUDY", Tags.STUDY_INSTANCE_UID, "", icon, "", Tags.PIXEL_DATA, ""),
                    Optional.empty());
            List<TestScu.Answer> answers = scu.allAnswers();
            assertThat(answers).extracting(TestScu.Answer::status).containsExactly(0xFF00, 0xFF00, 0);
            AttributeSet first = answers.getFirst().data().orElseThrow();
            Attribute zeroLength = new Attribute(Vr.OW, List.of());
            assertThat(first.get(Tags.PIXEL_DATA)).contains(zeroLength);
            assertThat(first.get(icon).orElseThrow().values())
                    .containsExactly(new Value.Item(image.with(Tags.PIXEL_DATA, zeroLength)));
            assertThat(answers.get(1).data().orElseThrow().text(Tags.STUDY_INSTANCE_UID))
                    .contains("1.2.2");
        }
    }

    @Test
    void queryThatFailsAfterSomeMatches_isRecordedWithThem() throws IOException {
        try (TestNode node = TestNode.start(directory);
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_FIND)) {
            node.archive.matches.add(match("1.2", "x"));
            node.archive.matches.add(match("1.3", "y"));
            node.archive.afterMatches = () -> {
                throw new ArchiveException(ArchiveError.SEARCH_UNAVAILABLE, "fake");
            };
            scu.request(CommandField.C_FIND_RQ, SopClasses.STUDY_ROOT_FIND, TestScu.keys("STUDY"), Optional.empty());

            assertThat(scu.allAnswers())
                    .hasSize(3)
                    .last()
                    .satisfies(a -> assertThat(a.status())
                            .isEqualTo(ArchiveError.SEARCH_UNAVAILABLE.dimseStatus(DimseService.C_FIND)));
            awaitOutcome(node, AccessOutcome.PARTIAL);
            assertThat(node.archive.accesses.getFirst().counts()).startsWith(2);
        }
    }

    @Test
    void unrecordableQuery_isRefusedBeforeItIsAsked() throws IOException {
        try (TestNode node = TestNode.start(directory);
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_FIND)) {
            node.archive.matches.add(match("1.2", "x"));
            node.archive.recorderRefusal = Optional.of(new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "access"));
            scu.request(CommandField.C_FIND_RQ, SopClasses.STUDY_ROOT_FIND, TestScu.keys("STUDY"), Optional.empty());
            assertThat(scu.allAnswers())
                    .singleElement()
                    .satisfies(a -> assertThat(a.status()).isEqualTo(0xA700));
            assertThat(node.archive.queried).isEmpty();
        }
    }

    @Test
    void identifierOutsideTheHierarchy_isRefused() throws IOException {
        try (TestNode node = TestNode.start(directory);
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_FIND, SopClasses.PATIENT_ROOT_FIND)) {
            List<AttributeSet> wrong = List.of(
                    TestScu.keys("PATIENT"),
                    TestScu.keys("NONSENSE"),
                    TestScu.keys("SERIES"),
                    TestScu.keys("SERIES", Tags.STUDY_INSTANCE_UID, "1.2\\1.3"),
                    TestScu.keys("STUDY", Tags.SERIES_INSTANCE_UID, "1.2"),
                    TestScu.keys("IMAGE", Tags.STUDY_INSTANCE_UID, "1.2"));
            for (AttributeSet keys : wrong) {
                scu.request(CommandField.C_FIND_RQ, SopClasses.STUDY_ROOT_FIND, keys, Optional.empty());
                assertThat(scu.allAnswers())
                        .singleElement()
                        .satisfies(a -> assertThat(a.status()).isEqualTo(0xA900));
            }
            scu.request(CommandField.C_FIND_RQ, SopClasses.PATIENT_ROOT_FIND, TestScu.keys("STUDY"), Optional.empty());
            assertThat(scu.allAnswers().getFirst().status()).isEqualTo(0xA900);
            scu.request(
                    CommandField.C_FIND_RQ,
                    SopClasses.STUDY_ROOT_FIND,
                    TestScu.keys("SERIES", Tags.STUDY_INSTANCE_UID, "1.2", Tags.SERIES_INSTANCE_UID, ""),
                    Optional.empty());
            assertThat(scu.allAnswers().getFirst().status()).isZero();
        }
    }

    @Test
    void cancelledFind_answersCancelled() throws IOException {
        try (TestNode node = TestNode.start(directory);
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_FIND)) {
            for (int i = 0; i < 200_000; i++) {
                node.archive.matches.add(match("1.2.3", "x"));
            }
            int id = scu.request(
                    CommandField.C_FIND_RQ, SopClasses.STUDY_ROOT_FIND, TestScu.keys("STUDY"), Optional.empty());
            scu.next();
            scu.cancel(SopClasses.STUDY_ROOT_FIND, id);
            List<TestScu.Answer> rest = scu.allAnswers();
            assertThat(rest.getLast().status()).isEqualTo(0xFE00);
            awaitOutcome(node, AccessOutcome.PARTIAL);
        }
    }

    @Test
    void findThatMatchesNothing_isCancelled() throws IOException {
        try (TestNode node = TestNode.start(directory, c -> c, archive -> archive.searchesOn = true);
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_FIND)) {
            int id = scu.request(
                    CommandField.C_FIND_RQ, SopClasses.STUDY_ROOT_FIND, TestScu.keys("STUDY"), Optional.empty());
            scu.cancel(SopClasses.STUDY_ROOT_FIND, id);
            assertThat(scu.allAnswers())
                    .singleElement()
                    .satisfies(a -> assertThat(a.status()).isEqualTo(0xFE00));
            node.archive.searchesOn = false;
            awaitOutcome(node, AccessOutcome.PARTIAL);
        }
    }

    @Test
    void findThatMatchesNothing_endsWhenTheAskerLeaves() throws IOException {
        try (TestNode node = TestNode.start(directory, c -> c, archive -> archive.searchesOn = true)) {
            TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_FIND);
            scu.request(CommandField.C_FIND_RQ, SopClasses.STUDY_ROOT_FIND, TestScu.keys("STUDY"), Optional.empty());
            Awaitility.await().until(() -> !node.archive.queried.isEmpty());
            scu.association.abort(AbortReason.NOT_SPECIFIED);
            awaitOutcome(node, AccessOutcome.PARTIAL);
        }
    }

    private static AttributeSet study() {
        return TestScu.keys("STUDY", Tags.STUDY_INSTANCE_UID, FakeArchive.STUDY.value());
    }

    @Test
    void get_sendsEveryInstanceByteForByte() throws IOException {
        try (TestNode node = TestNode.start(directory);
                TestScu scu = TestScu.openForGet(node.port(), CT)) {
            for (int i = 1; i <= 5; i++) {
                node.archive.hold(CT, "1.2." + i, TestScu.EXPLICIT, random(100_000 * i));
            }
            Map<String, byte[]> received = new TreeMap<>();
            scu.request(CommandField.C_GET_RQ, SopClasses.STUDY_ROOT_GET, study(), Optional.empty());
            List<TestScu.Answer> answers = scu.allAnswers(received);
            assertThat(received).hasSize(5);
            received.forEach((uid, bytes) ->
                    assertThat(bytes).isEqualTo(node.archive.kept.get(uid).bytes()));
            CommandSet last = answers.getLast().command();
            assertThat(last.status()).isZero();
            assertThat(last.us(CommandSet.COMPLETED_SUBOPERATIONS)).hasValue(5);
            assertThat(answers).hasSizeGreaterThan(1);
            assertThat(answers.getFirst().command().us(CommandSet.REMAINING_SUBOPERATIONS))
                    .hasValue(3);
            FakeArchive.Recorded access = node.archive.accesses.getFirst();
            assertThat(access.kind()).isEqualTo(AccessKind.RETRIEVE);
            assertThat(access.study()).contains(FakeArchive.STUDY);
            assertThat(access.counts()).containsExactly(5, 1_500_000);
            awaitOutcome(node, AccessOutcome.COMPLETED);
        }
    }

    @Test
    void getOfWhatIsNotHere_isOnRecordAsRefused() throws IOException {
        try (TestNode node = TestNode.start(directory);
                TestScu scu = TestScu.openForGet(node.port(), CT)) {
            node.archive.hold(CT, "1.2.1", TestScu.EXPLICIT, random(1000));
            List<AttributeSet> wanted = List.of(
                    TestScu.keys("STUDY", Tags.STUDY_INSTANCE_UID, "7.7"),
                    TestScu.keys("STUDY", Tags.STUDY_INSTANCE_UID, FakeArchive.STUDY.value(), Tags.PATIENT_ID, "OTHER"),
                    TestScu.keys("IMAGE", Tags.SOP_INSTANCE_UID, "7.7.7"),
                    TestScu.keys("STUDY", Tags.STUDY_INSTANCE_UID, "not_a_uid"));
            for (AttributeSet keys : wanted) {
                scu.request(CommandField.C_GET_RQ, SopClasses.STUDY_ROOT_GET, keys, Optional.empty());
                scu.allAnswers(new TreeMap<>());
            }
            Awaitility.await()
                    .untilAsserted(() -> assertThat(node.archive.accesses)
                            .extracting(access -> access.outcome().get())
                            .containsExactly(
                                    AccessOutcome.REFUSED,
                                    AccessOutcome.REFUSED,
                                    AccessOutcome.REFUSED,
                                    AccessOutcome.REFUSED));
            assertThat(node.archive.accesses)
                    .extracting(FakeArchive.Recorded::study)
                    .containsExactly(
                            Optional.of(new StudyInstanceUid("7.7")),
                            Optional.of(FakeArchive.STUDY),
                            Optional.empty(),
                            Optional.empty());
        }
    }

    @Test
    void getOfTwoStudies_tellsTheRefusedFromTheSent() throws IOException {
        try (TestNode node = TestNode.start(directory);
                TestScu scu = TestScu.openForGet(node.port(), CT)) {
            node.archive.hold(CT, "1.2.1", TestScu.EXPLICIT, random(1000));
            scu.request(
                    CommandField.C_GET_RQ,
                    SopClasses.STUDY_ROOT_GET,
                    TestScu.keys("STUDY", Tags.STUDY_INSTANCE_UID, "7.7\\" + FakeArchive.STUDY.value()),
                    Optional.empty());
            scu.allAnswers(new TreeMap<>());
            Awaitility.await()
                    .untilAsserted(() -> assertThat(node.archive.accesses)
                            .extracting(access -> access.outcome().get())
                            .containsExactly(AccessOutcome.REFUSED, AccessOutcome.COMPLETED));
        }
    }

    @Test
    void moveToAnUnknownDestination_isOnRecordAsRefused() throws IOException {
        try (TestNode node = TestNode.start(directory);
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_MOVE)) {
            scu.request(CommandField.C_MOVE_RQ, SopClasses.STUDY_ROOT_MOVE, study(), Optional.of("STRANGER"));
            assertThat(scu.allAnswers().getLast().status()).isEqualTo(0xA801);
            awaitOutcome(node, AccessOutcome.REFUSED);
            assertThat(node.archive.accesses.getFirst().study()).contains(FakeArchive.STUDY);
        }
    }

    @Test
    void moveThatNamesNoStudyToADestinationThatIsDown_isOnRecordAsFailed() throws IOException {
        int nobodyListens = LoopbackPorts.free();
        try (TestNode node =
                        TestNode.start(directory, TestNode.remote("DOWN", nobodyListens, Permission.MOVE_DESTINATION));
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_MOVE)) {
            node.archive.hold(CT, "1.2.1", TestScu.EXPLICIT, random(100));
            scu.request(
                    CommandField.C_MOVE_RQ,
                    SopClasses.STUDY_ROOT_MOVE,
                    TestScu.keys("IMAGE", Tags.SOP_INSTANCE_UID, "1.2.1"),
                    Optional.of("DOWN"));
            TestScu.Answer last = scu.allAnswers().getLast();
            assertThat(last.status()).isEqualTo(0xA702);
            assertThat(last.data().orElseThrow().get(SubOperations.FAILED_SOP_INSTANCE_UID_LIST))
                    .isPresent();
            awaitOutcome(node, AccessOutcome.FAILED);
            assertThat(node.archive.accesses).hasSize(1);
            assertThat(node.archive.accesses.getFirst().study()).contains(FakeArchive.STUDY);
        }
    }

    @Test
    void moveThatCannotBeRecorded_tellsNoUids() throws IOException {
        int nobodyListens = LoopbackPorts.free();
        try (TestNode node =
                        TestNode.start(directory, TestNode.remote("DOWN", nobodyListens, Permission.MOVE_DESTINATION));
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_MOVE)) {
            node.archive.hold(CT, "1.2.1", TestScu.EXPLICIT, random(100));
            node.archive.recorderRefusal = Optional.of(new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "access"));
            scu.request(
                    CommandField.C_MOVE_RQ,
                    SopClasses.STUDY_ROOT_MOVE,
                    TestScu.keys("IMAGE", Tags.SOP_INSTANCE_UID, "1.2.1"),
                    Optional.of("DOWN"));
            TestScu.Answer last = scu.allAnswers().getLast();
            assertThat(last.status()).isEqualTo(ArchiveError.LOG_UNAVAILABLE.dimseStatus(DimseService.C_MOVE));
            assertThat(last.data()).isEmpty();
        }
    }

    @Test
    void getOfWhatCannotBeDecoded_failsThatInstanceAlone() throws IOException {
        try (TestNode node = TestNode.start(directory);
                TestScu scu = TestScu.openForGet(node.port(), CT)) {
            node.archive.hold(CT, "1.2.1", TestScu.EXPLICIT, random(1000));
            node.archive.hold(CT, "1.2.2", HTJ2K, random(1000));
            node.archive.hold(MR, "1.2.3", TestScu.EXPLICIT, random(1000));
            node.archive.undecodable = "1.2.2"::equals;
            Map<String, byte[]> received = new TreeMap<>();
            scu.request(CommandField.C_GET_RQ, SopClasses.STUDY_ROOT_GET, study(), Optional.empty());
            TestScu.Answer last = scu.allAnswers(received).getLast();
            assertThat(received).containsOnlyKeys("1.2.1");
            assertThat(last.status()).isEqualTo(0xB000);
            assertThat(last.command().us(CommandSet.FAILED_SUBOPERATIONS)).hasValue(2);
            assertThat(last.data()
                            .orElseThrow()
                            .get(SubOperations.FAILED_SOP_INSTANCE_UID_LIST)
                            .orElseThrow()
                            .values())
                    .containsExactly(new Value.Text("1.2.2"), new Value.Text("1.2.3"));
            awaitOutcome(node, AccessOutcome.PARTIAL);
        }
    }

    @Test
    void cancelledGet_stops() throws IOException {
        try (TestNode node = TestNode.start(directory);
                TestScu scu = TestScu.openForGet(node.port(), CT)) {
            for (int i = 0; i < 50; i++) {
                node.archive.hold(CT, "1.2." + i, TestScu.EXPLICIT, random(1000));
            }
            int id = scu.request(CommandField.C_GET_RQ, SopClasses.STUDY_ROOT_GET, study(), Optional.empty());
            scu.cancel(SopClasses.STUDY_ROOT_GET, id);
            Map<String, byte[]> received = new TreeMap<>();
            TestScu.Answer last = scu.allAnswers(received).getLast();
            assertThat(last.status()).isEqualTo(0xFE00);
            assertThat(received.size()).isLessThan(50);
            assertThat(last.command().us(CommandSet.REMAINING_SUBOPERATIONS)).hasValue(50 - received.size());
            awaitOutcome(node, AccessOutcome.PARTIAL);
        }
    }

    @Test
    void move_sendsToTheDestinationWithTheOriginator() throws IOException {
        try (TestNode destination = TestNode.start(directory.resolve("d"));
                TestNode node = TestNode.start(
                        directory.resolve("n"),
                        TestNode.remote("NODE", destination.port(), Permission.MOVE_DESTINATION));
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_MOVE)) {
            for (int i = 1; i <= 5; i++) {
                node.archive.hold(
                        i % 2 == 0 ? CT : MR, "1.2." + i, i % 2 == 0 ? HTJ2K : TestScu.EXPLICIT, random(9999 * i));
            }
            scu.request(CommandField.C_MOVE_RQ, SopClasses.STUDY_ROOT_MOVE, study(), Optional.of("NODE"));
            List<TestScu.Answer> answers = scu.allAnswers();
            CommandSet last = answers.getLast().command();
            assertThat(last.status()).isZero();
            assertThat(last.us(CommandSet.COMPLETED_SUBOPERATIONS)).hasValue(5);
            assertThat(answers).hasSizeGreaterThan(1);
            node.archive.kept.forEach((uid, kept) -> {
                FakeArchive.Kept copy = destination.archive.kept.get(uid);
                assertThat(copy.bytes()).isEqualTo(kept.bytes());
                assertThat(copy.arrival().transferSyntax())
                        .isEqualTo(kept.arrival().transferSyntax());
            });
        }
    }

    @Test
    void moveOfMoreKindsThanOneAssociationHolds_usesSeveral() throws IOException {
        try (TestNode destination = TestNode.start(directory.resolve("d"));
                TestNode node = TestNode.start(
                        directory.resolve("n"),
                        TestNode.remote("NODE", destination.port(), Permission.MOVE_DESTINATION));
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_MOVE)) {
            for (int i = 1; i <= 150; i++) {
                node.archive.hold("1.2.840.10008.5.1.4.1.1." + i, "1.2." + i, HTJ2K, random(100));
            }
            scu.request(CommandField.C_MOVE_RQ, SopClasses.STUDY_ROOT_MOVE, study(), Optional.of("NODE"));
            assertThat(scu.allAnswers().getLast().status()).isZero();
            assertThat(destination.archive.kept).hasSize(150);
        }
    }

    @Test
    void moveToAnUnknownOrSilentDestination_fails() throws IOException {
        try (TestNode node = TestNode.start(directory, TestNode.remote("DOWN", 1, Permission.MOVE_DESTINATION));
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_MOVE)) {
            node.archive.hold(CT, "1.2.1", HTJ2K, random(100));
            scu.request(CommandField.C_MOVE_RQ, SopClasses.STUDY_ROOT_MOVE, study(), Optional.of("NOBODY"));
            assertThat(scu.allAnswers().getLast().status()).isEqualTo(0xA801);
            scu.request(CommandField.C_MOVE_RQ, SopClasses.STUDY_ROOT_MOVE, study(), Optional.of("DOWN"));
            TestScu.Answer last = scu.allAnswers().getLast();
            assertThat(last.status()).isEqualTo(0xA702);
            assertThat(last.command().us(CommandSet.FAILED_SUBOPERATIONS)).hasValue(1);
        }
    }

    @Test
    void longMove_sendsPendingResponsesMeanwhile() throws IOException {
        try (TestNode destination = TestNode.start(directory.resolve("d"));
                TestNode node = TestNode.start(
                        directory.resolve("n"),
                        TestNode.remote("NODE", destination.port(), Permission.MOVE_DESTINATION));
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_MOVE)) {
            node.archive.hold(CT, "1.2.1", HTJ2K, random(100));
            CountDownLatch seen = new CountDownLatch(1);
            node.archive.beforeEachOpen = () -> {
                try {
                    assertThat(seen.await(20, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            };
            scu.request(CommandField.C_MOVE_RQ, SopClasses.STUDY_ROOT_MOVE, study(), Optional.of("NODE"));
            TestScu.Answer pending = scu.next();
            assertThat(pending.status()).isEqualTo(0xFF00);
            assertThat(pending.command().us(CommandSet.REMAINING_SUBOPERATIONS)).hasValue(1);
            seen.countDown();
            assertThat(scu.allAnswers().getLast().status()).isZero();
        }
    }

    private static AttributeSet commitmentRequest(String... classAndInstance) {
        List<Value> items = new ArrayList<>();
        for (int i = 0; i < classAndInstance.length; i += 2) {
            items.add(new Value.Item(AttributeSet.of(Map.of(
                    CommitmentData.REFERENCED_SOP_CLASS_UID,
                            new Attribute(Vr.UI, List.of(new Value.Text(classAndInstance[i]))),
                    CommitmentData.REFERENCED_SOP_INSTANCE_UID,
                            new Attribute(Vr.UI, List.of(new Value.Text(classAndInstance[i + 1])))))));
        }
        return AttributeSet.of(Map.of(
                CommitmentData.TRANSACTION_UID, new Attribute(Vr.UI, List.of(new Value.Text("1.7.7"))),
                CommitmentData.REFERENCED_SOP_SEQUENCE, new Attribute(Vr.SQ, items)));
    }

    @Test
    void commitment_isReportedOnTheSameAssociation() throws IOException {
        try (TestNode node = TestNode.start(directory);
                TestScu scu = TestScu.open(node.port(), SopClasses.STORAGE_COMMITMENT)) {
            node.archive.hold(CT, "1.2.1", HTJ2K, random(100));
            scu.requestCommitment(commitmentRequest(CT, "1.2.1", CT, "1.2.99", MR, "1.2.1"));
            assertThat(scu.next().status()).isZero();
            assertThat(new FilePendingReports(directory, TestNode.FLIPPED, 10).list())
                    .hasSize(1);
            TestScu.Answer report = scu.next();
            assertThat(report.command().commandField()).isEqualTo(CommandField.N_EVENT_REPORT_RQ);
            assertThat(report.command().us(CommandSet.EVENT_TYPE_ID)).hasValue(2);
            AttributeSet information = report.data().orElseThrow();
            assertThat(information.text(CommitmentData.TRANSACTION_UID)).contains("1.7.7");
            assertThat(information
                            .get(CommitmentData.REFERENCED_SOP_SEQUENCE)
                            .orElseThrow()
                            .values())
                    .hasSize(1);
            assertThat(information
                            .get(CommitmentData.FAILED_SOP_SEQUENCE)
                            .orElseThrow()
                            .values())
                    .extracting(v -> ((Value.Item) v)
                            .attributes()
                            .text(CommitmentData.FAILURE_REASON)
                            .orElseThrow())
                    .containsExactly(String.valueOf(0x0112), String.valueOf(0x0119));
            scu.association.send(
                    scu.context(SopClasses.STORAGE_COMMITMENT).id(),
                    report.command().response(0).build());
            Awaitility.await()
                    .untilAsserted(() -> assertThat(new FilePendingReports(directory, TestNode.FLIPPED, 10).list())
                            .isEmpty());
        }
    }

    @Test
    void commitmentReport_survivesRestartAndGoesToTheConfiguredAddress() throws Exception {
        FilePendingReports pending = new FilePendingReports(directory, TestNode.FLIPPED, 10);
        pending.persist(new PendingReport(
                UUID.randomUUID(),
                TestNode.NODE,
                TestNode.SCU,
                "192.0.2.7",
                "1.7.8",
                List.of(new PendingReport.ReferencedInstance(CT, "1.2.1")),
                Instant.now()));
        try (EventReportReceiver receiver = new EventReportReceiver();
                TestNode node =
                        TestNode.start(directory, TestNode.remote("TESTSCU", receiver.port(), Permission.COMMITMENT))) {
            assertThat(node.port()).isPositive();
            TestScu.Answer report = receiver.next();
            assertThat(report.command().us(CommandSet.EVENT_TYPE_ID)).hasValue(2);
            assertThat(report.data().orElseThrow().text(CommitmentData.TRANSACTION_UID))
                    .contains("1.7.8");
            assertThat(receiver.next().command().messageId()).isPositive();
            Awaitility.await().untilAsserted(() -> assertThat(pending.list()).isEmpty());
        }
    }

    @Test
    void pendingReports_areBoundedAndNotInClear() throws IOException {
        FilePendingReports pending = new FilePendingReports(directory, TestNode.FLIPPED, 1);
        PendingReport report = new PendingReport(
                UUID.randomUUID(),
                TestNode.NODE,
                TestNode.SCU,
                "192.0.2.7",
                "1.7.8",
                List.of(new PendingReport.ReferencedInstance(CT, "1.2.1")),
                Instant.EPOCH);
        pending.persist(report);
        assertThat(pending.list()).containsExactly(report);
        assertThatThrownBy(() -> pending.persist(report)).isInstanceOf(ArchiveException.class);
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                        .doesNotContain("1.7.8");
            }
        }
        pending.remove(report.id());
        assertThat(pending.list()).isEmpty();
    }

    @Test
    void cancelledMove_stops() throws IOException {
        try (TestNode destination = TestNode.start(directory.resolve("d"));
                TestNode node = TestNode.start(
                        directory.resolve("n"),
                        TestNode.remote("NODE", destination.port(), Permission.MOVE_DESTINATION));
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_MOVE)) {
            for (int i = 0; i < 50; i++) {
                node.archive.hold(CT, "1.2." + i, TestScu.EXPLICIT, random(1000));
            }
            int id = scu.request(CommandField.C_MOVE_RQ, SopClasses.STUDY_ROOT_MOVE, study(), Optional.of("NODE"));
            scu.cancel(SopClasses.STUDY_ROOT_MOVE, id);
            TestScu.Answer last = scu.allAnswers().getLast();
            assertThat(last.status()).isEqualTo(0xFE00);
            assertThat(destination.archive.kept.size()).isLessThan(50);
            assertThat(last.command().us(CommandSet.REMAINING_SUBOPERATIONS))
                    .hasValue(50 - destination.archive.kept.size());
            awaitOutcome(node, AccessOutcome.PARTIAL);
        }
    }

    @Test
    void cancelledMove_stopsWhileItsDestinationIsSilent() throws IOException {
        try (TestNode destination = TestNode.start(directory.resolve("d"));
                TestNode node = TestNode.start(
                        directory.resolve("n"),
                        TestNode.remote("NODE", destination.port(), Permission.MOVE_DESTINATION));
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_MOVE)) {
            CountDownLatch asked = new CountDownLatch(1);
            CountDownLatch answered = new CountDownLatch(1);
            destination.archive.beforeEachStore = () -> {
                asked.countDown();
                Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> answered.getCount() == 0);
            };
            node.archive.hold(CT, "1.2.1", TestScu.EXPLICIT, random(1000));
            node.archive.hold(CT, "1.2.2", TestScu.EXPLICIT, random(1000));
            int id = scu.request(CommandField.C_MOVE_RQ, SopClasses.STUDY_ROOT_MOVE, study(), Optional.of("NODE"));
            Awaitility.await().until(() -> asked.getCount() == 0);
            scu.cancel(SopClasses.STUDY_ROOT_MOVE, id);
            TestScu.Answer last = scu.allAnswers().getLast();
            assertThat(answered.getCount())
                    .as("while the destination is silent")
                    .isOne();
            answered.countDown();
            assertThat(last.status()).isEqualTo(0xFE00);
            assertThat(destination.archive.kept).isEmpty();
        }
    }

    @Test
    void objectOfOddLength_leavesLast() throws IOException {
        try (TestNode destination = TestNode.start(directory.resolve("d"));
                TestNode node = TestNode.start(
                        directory.resolve("n"),
                        TestNode.remote("NODE", destination.port(), Permission.MOVE_DESTINATION));
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_MOVE)) {
            byte[] odd = random(1001);
            node.archive.hold(CT, "1.2.1", TestScu.EXPLICIT, odd);
            node.archive.hold(CT, "1.2.2", TestScu.EXPLICIT, random(1000));
            List<String> stored = Collections.synchronizedList(new ArrayList<>());
            destination.archive.beforeEachStore = () -> stored.add(String.join(" ", destination.archive.kept.keySet()));
            scu.request(CommandField.C_MOVE_RQ, SopClasses.STUDY_ROOT_MOVE, study(), Optional.of("NODE"));
            assertThat(scu.allAnswers().getLast().status()).isZero();
            assertThat(stored).containsExactly("", "1.2.2");
            assertThat(destination.archive.kept.get("1.2.1").bytes()).isEqualTo(odd);
        }
    }

    @Test
    void moveToADestinationThatRefuses_listsTheFailed() throws IOException {
        try (TestNode destination = TestNode.start(directory.resolve("d"));
                TestNode node = TestNode.start(
                        directory.resolve("n"),
                        TestNode.remote("NODE", destination.port(), Permission.MOVE_DESTINATION));
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_MOVE)) {
            node.archive.hold(CT, "1.2.1", TestScu.EXPLICIT, random(1000));
            node.archive.hold(MR, "1.2.2", TestScu.EXPLICIT, random(1000));
            destination.archive.refusal = Optional.of(new ArchiveException(ArchiveError.BLOB_STORE_FULL, "disk"));
            scu.request(CommandField.C_MOVE_RQ, SopClasses.STUDY_ROOT_MOVE, study(), Optional.of("NODE"));
            TestScu.Answer last = scu.allAnswers().getLast();
            assertThat(last.status()).isEqualTo(0xA702);
            assertThat(last.data()
                            .orElseThrow()
                            .get(SubOperations.FAILED_SOP_INSTANCE_UID_LIST)
                            .orElseThrow()
                            .values())
                    .hasSize(2);
            awaitOutcome(node, AccessOutcome.PARTIAL);
            assertThat(node.archive.accesses.getFirst().counts()).containsExactly(2, 2000);
        }
    }

    @Test
    void moveToADestinationThatLeavesBeforeItAnswers_isOnRecordWithWhatLeft() throws IOException {
        try (StorageDestination destination = new StorageDestination();
                TestNode node = TestNode.start(
                        directory.resolve("n"),
                        TestNode.remote("DEST", destination.port(), Permission.MOVE_DESTINATION));
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_MOVE)) {
            destination.leavesUnanswered = true;
            node.archive.hold(CT, "1.2.1", TestScu.EXPLICIT, random(1000));
            scu.request(CommandField.C_MOVE_RQ, SopClasses.STUDY_ROOT_MOVE, study(), Optional.of("DEST"));

            assertThat(scu.allAnswers().getLast().status()).isEqualTo(0xA702);
            awaitOutcome(node, AccessOutcome.PARTIAL);
            assertThat(node.archive.accesses.getFirst().counts()).containsExactly(1, 1000);
        }
    }

    @Test
    void objectThatBreaksOnItsWay_failsAlone() throws IOException {
        try (TestNode destination = TestNode.start(directory.resolve("d"));
                TestNode node = TestNode.start(
                        directory.resolve("n"),
                        TestNode.remote("NODE", destination.port(), Permission.MOVE_DESTINATION));
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_MOVE)) {
            for (int i = 1; i <= 4; i++) {
                node.archive.hold(CT, "1.2." + i, TestScu.EXPLICIT, random(300_000));
            }
            node.archive.corrupt = Set.of("1.2.1", "1.2.3")::contains;
            scu.request(CommandField.C_MOVE_RQ, SopClasses.STUDY_ROOT_MOVE, study(), Optional.of("NODE"));
            TestScu.Answer last = scu.allAnswers().getLast();
            assertThat(last.status()).isEqualTo(0xB000);
            assertThat(destination.archive.kept).containsOnlyKeys("1.2.2", "1.2.4");
        }
    }

    @Test
    void brokenSender_leavesNothingBehind() throws IOException {
        try (TestNode node = TestNode.start(directory)) {
            RawStorageSender sender = sender(node, CT, HTJ2K);
            var context = sender.association().contexts().iterator().next();
            assertThatThrownBy(() -> sender.send(
                            context,
                            CT,
                            "1.2.1",
                            out -> {
                                out.write(random(500_000));
                                throw new IOException("cable pulled");
                            },
                            Optional.empty()))
                    .isInstanceOf(IOException.class);
            Awaitility.await()
                    .untilAsserted(
                            () -> assertThat(node.server.openConnections()).isZero());
            assertThat(node.archive.kept).isEmpty();
        }
    }

    @Test
    void close_letsARetrievalThatAwaitsAnAnswerEnd() throws Exception {
        TestNode node = TestNode.start(directory);
        for (int i = 1; i <= 3; i++) {
            node.archive.hold(CT, "1.2." + i, TestScu.EXPLICIT, random(1000));
        }
        TestScu scu = TestScu.openForGet(node.port(), CT);
        scu.request(CommandField.C_GET_RQ, SopClasses.STUDY_ROOT_GET, study(), Optional.empty());
        var first = scu.association.receive().orElseThrow();
        assertThat(first.command().commandField()).isEqualTo(CommandField.C_STORE_RQ);
        TestScu idle = TestScu.open(node.port(), SopClasses.VERIFICATION);
        Thread closing = Thread.ofVirtual().start(node::close);
        Awaitility.await()
                .untilAsserted(() -> assertThat(node.server.openAssociations()).isEqualTo(1));
        assertThatThrownBy(idle::echo).isInstanceOf(IOException.class);
        scu.association.send(first.context().id(), first.command().response(0).build());
        TestScu.Answer last = scu.allAnswers().getLast();
        assertThat(last.status()).isZero();
        assertThat(last.command().us(CommandSet.COMPLETED_SUBOPERATIONS)).hasValue(3);
        closing.join();
    }

    @Test
    void refusedObjectOfAnyLength_isAnswered() throws IOException {
        long length = 1200L << 20;
        byte[] chunk = random(1 << 20);
        try (TestNode node = TestNode.start(directory);
                RawStorageSender sender = sender(node, CT, HTJ2K)) {
            node.archive.refusal = Optional.of(new ArchiveException(ArchiveError.BLOB_STORE_FULL, "disk"));
            var context = sender.association().contexts().iterator().next();
            RawStorageSender.Result result = sender.send(
                    context,
                    CT,
                    "1.2.1",
                    out -> {
                        for (long sent = 0; sent < length; sent += chunk.length) {
                            out.write(chunk);
                        }
                    },
                    Optional.empty());
            assertThat(result.status()).isEqualTo(0xA700);
            assertThat(result.bytes()).isEqualTo(length);
        }
    }

    @Test
    void userName_isConfirmedWhenThatIsAskedForAndAPasscodeNever() throws IOException {
        record Case(UserIdentity identity, boolean confirmed) {}
        try (TestNode node = TestNode.start(directory)) {
            for (Case c : List.of(
                    new Case(new UserIdentity(1, true, Optional.of("dr who")), true),
                    new Case(new UserIdentity(1, false, Optional.of("dr who")), false),
                    new Case(new UserIdentity(2, true, Optional.of("dr who")), false))) {
                try (TestScu scu = new TestScu(AssociationRequestor.open(
                        TestScu.proposal(node.port(), SopClasses.VERIFICATION).withIdentity(c.identity()),
                        TestNode.LIMITS))) {
                    assertThat(scu.association.acceptorUser().identityConfirmed())
                            .as(c.toString())
                            .isEqualTo(c.confirmed());
                    assertThat(scu.echo().status()).isZero();
                }
            }
        }
    }

    @Test
    void close_letsWhatIsBeingServedEndAndTakesNoMore() throws Exception {
        TestNode node = TestNode.start(directory);
        RawStorageSender idle = sender(node, CT, HTJ2K);
        RawStorageSender busy = sender(node, CT, HTJ2K);
        CountDownLatch sending = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        var context = busy.association().contexts().iterator().next();
        FutureTask<RawStorageSender.Result> result = new FutureTask<>(() -> busy.send(
                context,
                CT,
                "1.2.1",
                out -> {
                    out.write(random(500_000));
                    sending.countDown();
                    try {
                        assertThat(goOn.await(20, TimeUnit.SECONDS)).isTrue();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                },
                Optional.empty()));
        Thread.ofVirtual().start(result);
        sending.await();
        Awaitility.await().until(() -> node.archive.arriving.get() == 1);
        Thread closing = Thread.ofVirtual().start(node::close);
        Awaitility.await()
                .untilAsserted(() -> assertThat(node.server.openAssociations()).isEqualTo(1));
        assertThatThrownBy(() -> TestScu.open(node.port(), SopClasses.VERIFICATION))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> send(idle, "1.2.2", random(10))).isInstanceOf(IOException.class);
        goOn.countDown();
        assertThat(result.get().status()).isZero();
        closing.join();
        assertThat(node.archive.kept).containsOnlyKeys("1.2.1");
        assertThat(node.server.openConnections()).isZero();
    }
}
