package org.archipelago.node.dimse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.archipelago.contract.AeTitle;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.association.CommandField;
import org.archipelago.node.association.CommandSet;
import org.archipelago.node.association.RoleSelection;
import org.archipelago.node.dimse.DimseConfiguration.Permission;
import org.archipelago.node.dimse.PendingReport.ReferencedInstance;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Storage commitment when something does not go as it should: a report that is owed is delivered. */
@Timeout(60)
class CommitmentTest {
    private static final String CT = DimseServerTest.CT;

    @TempDir
    Path directory;

    private static AttributeSet request(String transaction, String instance) {
        AttributeSet item = AttributeSet.of(Map.of(
                CommitmentData.REFERENCED_SOP_CLASS_UID, uid(CT),
                CommitmentData.REFERENCED_SOP_INSTANCE_UID, uid(instance)));
        return AttributeSet.of(Map.of(
                CommitmentData.TRANSACTION_UID,
                uid(transaction),
                CommitmentData.REFERENCED_SOP_SEQUENCE,
                new Attribute(Vr.SQ, List.of(new Value.Item(item)))));
    }

    private static Attribute uid(String value) {
        return new Attribute(Vr.UI, List.of(new Value.Text(value)));
    }

    private FilePendingReports pending() throws IOException {
        return new FilePendingReports(directory, TestNode.FLIPPED, 100);
    }

    private void owed(String remote, String transaction) throws IOException {
        pending()
                .persist(new PendingReport(
                        UUID.randomUUID(),
                        TestNode.NODE,
                        new AeTitle(remote),
                        "192.0.2.7",
                        transaction,
                        List.of(new ReferencedInstance(CT, "1.2.1")),
                        Instant.now()));
    }

    @Test
    void refusedReport_isDeliveredElsewhereWhileTheAssociationGoesOn() throws Exception {
        try (EventReportReceiver receiver = new EventReportReceiver();
                TestNode node =
                        TestNode.start(directory, TestNode.remote("TESTSCU", receiver.port(), Permission.COMMITMENT));
                TestScu scu = TestScu.open(node.port(), SopClasses.STORAGE_COMMITMENT)) {
            node.archive.hold(CT, "1.2.1", TestScu.EXPLICIT, new byte[10]);
            scu.requestCommitment(request("1.7.1", "1.2.1"));
            assertThat(scu.next().status()).isZero();
            TestScu.Answer report = scu.next();
            scu.association.send(
                    scu.context(SopClasses.STORAGE_COMMITMENT).id(),
                    report.command().response(0x0110).build());
            assertThat(receiver.next().data().orElseThrow().text(CommitmentData.TRANSACTION_UID))
                    .contains("1.7.1");
            assertThat(node.archive.committers).hasSize(1);
            assertThat(node.archive.committers.getFirst().name()).isEqualTo("TESTSCU");
            assertThat(node.archive.committers.getFirst().from()).contains("127.0.0.1");
        }
    }

    @Test
    void unansweredReport_isDeliveredElsewhereAfterArtim() throws Exception {
        try (EventReportReceiver receiver = new EventReportReceiver();
                TestNode node = TestNode.start(
                        directory,
                        c -> TestNode.with(
                                c,
                                TestNode.LIMITS.withTimeouts(
                                        Duration.ofMillis(500),
                                        Duration.ofSeconds(50),
                                        Duration.ofSeconds(10),
                                        Duration.ofSeconds(10))),
                        TestNode.remote("TESTSCU", receiver.port(), Permission.COMMITMENT));
                TestScu scu = TestScu.open(node.port(), SopClasses.STORAGE_COMMITMENT)) {
            scu.requestCommitment(request("1.7.1", "1.2.1"));
            assertThat(scu.next().status()).isZero();
            assertThat(scu.next().command().commandField()).isEqualTo(CommandField.N_EVENT_REPORT_RQ);
            assertThat(receiver.next().data().orElseThrow().text(CommitmentData.TRANSACTION_UID))
                    .contains("1.7.1");
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void longCheck_holdsUpNeitherRequestsNorTheRelease() throws Exception {
        CountDownLatch checked = new CountDownLatch(1);
        try (EventReportReceiver receiver = new EventReportReceiver();
                TestNode node = TestNode.start(
                        directory,
                        c -> c,
                        archive -> archive.commitmentRefusals = _ -> await(checked),
                        TestNode.remote("TESTSCU", receiver.port(), Permission.COMMITMENT, Permission.ECHO))) {
            node.archive.hold(CT, "1.2.1", TestScu.EXPLICIT, new byte[10]);
            TestScu scu = TestScu.open(node.port(), SopClasses.STORAGE_COMMITMENT, SopClasses.VERIFICATION);
            scu.requestCommitment(request("1.7.1", "1.2.1"));
            assertThat(scu.next().status()).isZero();
            Awaitility.await().until(() -> !node.archive.committers.isEmpty());
            assertThat(scu.echo().status()).isZero();
            scu.close();
            Awaitility.await().atMost(Duration.ofSeconds(3)).until(() -> node.server.openAssociations() == 0);
            assertThat(receiver.associations()).isZero();

            checked.countDown();
            assertThat(receiver.next().command().commandField()).isEqualTo(CommandField.N_EVENT_REPORT_RQ);
            AttributeSet again = receiver.next().data().orElseThrow();
            assertThat(again.text(CommitmentData.TRANSACTION_UID)).contains("1.7.1");
            assertThat(again.contains(CommitmentData.REFERENCED_SOP_SEQUENCE)).isTrue();
            assertThat(node.archive.committers).hasSize(1);
        } finally {
            checked.countDown();
        }
    }

    @Test
    void checkThatOutlastsTheAssociationsSilence_isReportedOnIt() throws Exception {
        CountDownLatch checked = new CountDownLatch(1);
        try (TestNode node =
                        TestNode.start(directory, c -> c, archive -> archive.commitmentRefusals = _ -> await(checked));
                TestScu scu = TestScu.open(node.port(), SopClasses.STORAGE_COMMITMENT, SopClasses.VERIFICATION)) {
            scu.requestCommitment(request("1.7.1", "1.2.1"));
            assertThat(scu.next().status()).isZero();
            Awaitility.await().until(() -> !node.archive.committers.isEmpty());
            assertThat(scu.echo().status()).isZero();
            checked.countDown();
            assertThat(scu.next().command().commandField()).isEqualTo(CommandField.N_EVENT_REPORT_RQ);
            assertThat(node.archive.committers).hasSize(1);
        } finally {
            checked.countDown();
        }
    }

    @Test
    void checkThatIsNotDoneWhenTheNodeStops_isPendingForTheNext() throws Exception {
        CountDownLatch checked = new CountDownLatch(1);
        try (EventReportReceiver receiver = new EventReportReceiver()) {
            owed("TESTSCU", "1.7.1");
            try (TestNode node = TestNode.start(
                    directory,
                    c -> c,
                    archive -> archive.commitmentRefusals = _ -> await(checked),
                    TestNode.remote("TESTSCU", receiver.port(), Permission.COMMITMENT))) {
                Awaitility.await().until(() -> !node.archive.committers.isEmpty());
            }
            checked.countDown();
            Awaitility.await()
                    .during(Duration.ofMillis(300))
                    .untilAsserted(() -> assertThat(receiver.associations()).isZero());
            assertThat(pending().list()).hasSize(1);
            try (TestNode node =
                    TestNode.start(directory, TestNode.remote("TESTSCU", receiver.port(), Permission.COMMITMENT))) {
                assertThat(receiver.next().data().orElseThrow().text(CommitmentData.TRANSACTION_UID))
                        .contains("1.7.1");
                assertThat(node.archive.committers).hasSize(1);
            }
        } finally {
            checked.countDown();
        }
    }

    @Test
    void reportThatCannotBeMadeNow_isMadeLater() throws Exception {
        AtomicInteger attempts = new AtomicInteger();
        owed("TESTSCU", "1.7.1");
        try (EventReportReceiver receiver = new EventReportReceiver();
                TestNode node = TestNode.start(
                        directory,
                        c -> c,
                        archive -> archive.commitmentRefusals = _ -> {
                            if (attempts.incrementAndGet() < 3) {
                                throw new IllegalStateException("not now");
                            }
                        },
                        TestNode.remote("TESTSCU", receiver.port(), Permission.COMMITMENT))) {
            assertThat(receiver.next().data().orElseThrow().text(CommitmentData.TRANSACTION_UID))
                    .contains("1.7.1");
            assertThat(attempts.get()).isGreaterThanOrEqualTo(3);
            assertThat(node.port()).isPositive();
            Awaitility.await().untilAsserted(() -> assertThat(pending().list()).isEmpty());
        }
    }

    @Test
    void associationOnWhichTheReportCannotBeMade_goesOn() throws Exception {
        try (TestNode node = TestNode.start(directory);
                TestScu scu = TestScu.open(node.port(), SopClasses.STORAGE_COMMITMENT, SopClasses.VERIFICATION)) {
            AtomicInteger attempts = new AtomicInteger();
            node.archive.commitmentRefusals = _ -> {
                attempts.incrementAndGet();
                throw new IllegalStateException("not now");
            };
            scu.requestCommitment(request("1.7.1", "1.2.1"));
            assertThat(scu.next().status()).isZero();
            Awaitility.await().until(() -> attempts.get() > 0);
            assertThat(scu.echo().status()).isZero();
            assertThat(pending().list()).hasSize(1);
        }
    }

    /** More reports for a peer that accepts connections and says nothing than there ever were permits. */
    @Test
    void mutePeer_holdsUpNobodyElse() throws Exception {
        for (int i = 0; i < 8; i++) {
            owed("MUTE", "1.8." + i);
        }
        owed("TESTSCU", "1.7.1");
        try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getByName(TestNode.HOST));
                EventReportReceiver receiver = new EventReportReceiver();
                TestNode node = TestNode.start(
                        directory,
                        TestNode.remote("MUTE", mute.getLocalPort(), Permission.COMMITMENT),
                        TestNode.remote("TESTSCU", receiver.port(), Permission.COMMITMENT))) {
            long before = System.nanoTime();
            assertThat(receiver.next().data().orElseThrow().text(CommitmentData.TRANSACTION_UID))
                    .contains("1.7.1");
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(TestNode.LIMITS.artimTimeout());
            assertThat(node.port()).isPositive();
        }
    }

    @Test
    void peerThatRefusesOurRole_getsNoReport() throws Exception {
        owed("TESTSCU", "1.7.1");
        List<RoleSelection> answered = List.of(new RoleSelection(SopClasses.STORAGE_COMMITMENT, true, false));
        try (EventReportReceiver receiver = new EventReportReceiver(answered);
                TestNode node =
                        TestNode.start(directory, TestNode.remote("TESTSCU", receiver.port(), Permission.COMMITMENT))) {
            Awaitility.await()
                    .untilAsserted(() -> assertThat(receiver.associations()).isGreaterThanOrEqualTo(3));
            assertThat(receiver.reports()).isEmpty();
            assertThat(node.port()).isPositive();
            assertThat(pending().list()).hasSize(1);
        }
    }

    @Test
    void otherInstanceOrAction_isRefusedWithItsStatus() throws IOException {
        try (TestNode node = TestNode.start(directory);
                TestScu scu = TestScu.open(node.port(), SopClasses.STORAGE_COMMITMENT)) {
            record Case(String instance, int action, AttributeSet data, int status) {}
            AttributeSet good = request("1.7.1", "1.2.1");
            List<Case> cases = new ArrayList<>(List.of(
                    new Case("1.2.3", 1, good, 0x0112),
                    new Case(SopClasses.STORAGE_COMMITMENT_INSTANCE, 2, good, 0x0123),
                    new Case(
                            SopClasses.STORAGE_COMMITMENT_INSTANCE,
                            1,
                            good.filter(tag -> tag != CommitmentData.TRANSACTION_UID),
                            0x0115)));
            for (Case c : cases) {
                byte[] bytes = new MinimalCodec().encode(c.data(), TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN);
                scu.association.send(
                        scu.context(SopClasses.STORAGE_COMMITMENT).id(),
                        CommandSet.of(CommandField.N_ACTION_RQ)
                                .uid(CommandSet.REQUESTED_SOP_CLASS_UID, SopClasses.STORAGE_COMMITMENT)
                                .us(CommandSet.MESSAGE_ID, scu.association.nextMessageId())
                                .uid(CommandSet.REQUESTED_SOP_INSTANCE_UID, c.instance())
                                .us(CommandSet.ACTION_TYPE_ID, c.action())
                                .build(),
                        out -> out.write(bytes));
                TestScu.Answer answer = scu.next();
                assertThat(answer.status()).as(c.toString()).isEqualTo(c.status());
                assertThat(answer.command().text(CommandSet.ERROR_COMMENT)).isPresent();
            }
            assertThat(pending().list()).isEmpty();
            assertThat(node.archive.committers).isEmpty();
        }
    }
}
