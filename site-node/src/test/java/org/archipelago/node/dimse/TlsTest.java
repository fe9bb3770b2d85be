package org.archipelago.node.dimse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.node.OwnCertificate;
import org.archipelago.node.association.Association;
import org.archipelago.node.association.AssociationLimits;
import org.archipelago.node.association.AssociationMetrics;
import org.archipelago.node.association.AssociationPolicy.Decision;
import org.archipelago.node.association.AssociationRejectedException;
import org.archipelago.node.association.AssociationRequestor;
import org.archipelago.node.association.AssociationServer;
import org.archipelago.node.association.CommandField;
import org.archipelago.node.association.OpenAssociations;
import org.archipelago.node.association.Peer;
import org.archipelago.node.association.Rejection;
import org.archipelago.node.association.TlsContext;
import org.archipelago.node.dimse.DimseConfiguration.Permission;
import org.archipelago.node.dimse.DimseConfiguration.RemoteAe;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
    private static final String CT = "1.2.840.10008.5.1.4.1.1.2";

    @TempDir
    static Path keys;

    @TempDir
    Path reports;

    private static OwnCertificate node;
    private static OwnCertificate modality;
    private static OwnCertificate stranger;

    @BeforeAll
    static void makeKeys() throws Exception {
        node = OwnCertificate.make(keys, "node");
        modality = OwnCertificate.make(keys, "modality");
        stranger = OwnCertificate.make(keys, "stranger");
    }

    @Test
    void peersThatTrustEachOther_associate() throws IOException {
        try (TestNode running = start()) {
            Association association = open(running, Optional.of(context(modality, node)));
            association.release();
            assertThat(running.port()).isPositive();
        }
    }

    @Test
    void strangersCertificate_getsNothing() throws IOException {
        try (TestNode running = start()) {
            assertThatThrownBy(() -> open(running, Optional.of(context(stranger, node))))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void nodeThatTheSenderDoesNotTrust_getsNothing() throws IOException {
        try (TestNode running = start()) {
            assertThatThrownBy(() -> open(running, Optional.of(context(modality, stranger))))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void connectionWithoutTls_getsNothing() throws IOException {
        try (TestNode running = start()) {
            assertThatThrownBy(() -> open(running, Optional.empty())).isInstanceOf(IOException.class);
        }
    }

    /** Also over a session of TLS that is taken up again. */
    @Test
    void whoHasTheNodesOwnKey_isOfThisMachineAndNobodyElse() throws IOException {
        List<Peer> peers = new CopyOnWriteArrayList<>();
        Path both = Files.writeString(
                keys.resolve("both.pem"),
                Files.readString(node.certificate()) + Files.readString(modality.certificate()));
        TlsContext own = TlsContext.read(node.certificate(), node.key(), both);
        TlsContext others = context(modality, node);
        try (AssociationServer server = AssociationServer.start(
                InetAddress.ofLiteral(TestNode.HOST),
                0,
                Optional.of(own),
                TestNode.LIMITS,
                new OpenAssociations(TestNode.LIMITS),
                (_, peer) -> {
                    peers.add(peer);
                    return new Decision.Reject(Rejection.NO_REASON);
                },
                AssociationMetrics.NONE)) {
            for (TlsContext client : List.of(own, own, others, others)) {
                assertThatThrownBy(() -> AssociationRequestor.open(
                                TestScu.proposal(server.port(), SopClasses.VERIFICATION)
                                        .withTls(Optional.of(client)),
                                TestNode.LIMITS))
                        .isInstanceOf(AssociationRejectedException.class);
            }
        }
        assertThat(peers).extracting(Peer::holdsOurKey).containsExactly(true, true, false, false);
    }

    /** What comes while a request is served lies in records of which the reader knows nothing yet. */
    @Test
    void cancelledMove_stopsWhileItsDestinationIsSilent() throws IOException {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answered = new CountDownLatch(1);
        try (TestNode destination = TestNode.start(reports.resolve("destination"));
                TestNode running = start(TestNode.remote("NODE", destination.port(), Permission.MOVE_DESTINATION));
                TestScu scu =
                        new TestScu(open(running, SopClasses.STUDY_ROOT_MOVE, Optional.of(context(modality, node))))) {
            destination.archive.beforeEachStore = () -> {
                asked.countDown();
                Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> answered.getCount() == 0);
            };
            running.archive.hold(CT, "1.2.1", TestScu.EXPLICIT, new byte[1000]);
            int id = scu.request(
                    CommandField.C_MOVE_RQ,
                    SopClasses.STUDY_ROOT_MOVE,
                    TestScu.keys("STUDY", Tags.STUDY_INSTANCE_UID, FakeArchive.STUDY.value()),
                    Optional.of("NODE"));
            Awaitility.await().until(() -> asked.getCount() == 0);
            scu.cancel(SopClasses.STUDY_ROOT_MOVE, id);
            TestScu.Answer last = scu.allAnswers().getLast();
            assertThat(answered.getCount())
                    .as("while the destination is silent")
                    .isOne();
            assertThat(last.status()).isEqualTo(0xFE00);
        } finally {
            answered.countDown();
        }
    }

    /** Each byte comes before the socket's timeout. */
    @Test
    @Timeout(30)
    void handshakeThatComesByteByByte_isNotWaitedFor() throws Exception {
        Duration artim = Duration.ofMillis(500);
        AssociationLimits impatient = AssociationLimits.DEFAULTS.withTimeouts(
                artim, Duration.ofSeconds(30), Duration.ofSeconds(10), Duration.ofSeconds(10));
        try (TestNode running = start(impatient);
                Socket slow = new Socket(TestNode.HOST, running.port())) {
            OutputStream out = slow.getOutputStream();
            out.write(new byte[] {0x16, 0x03, 0x01, 0x20, 0});
            assertThatThrownBy(() -> {
                        while (true) {
                            out.write(1);
                            Thread.sleep(artim.dividedBy(5));
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void keyThatOthersCanRead_isRefused() throws IOException {
        Path open = Files.copy(node.key(), keys.resolve("open.key"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> TlsContext.read(node.certificate(), open, modality.certificate()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("chmod 600");
    }

    @Test
    void addressBeyondLoopback_isAllowedWithTls() throws IOException {
        DimseConfiguration.Listener listener = new DimseConfiguration.Listener(
                InetAddress.getByName("0.0.0.0"), 2762, Set.of(TestNode.NODE), false, true);
        assertThat(listener.tls()).isTrue();
    }

    @Test
    void dcmtk_echoesWithItsCertificateAndNotWithAStrangers() throws Exception {
        assumeThat(Path.of("/usr/bin/echoscu")).as("DCMTK").exists();
        try (TestNode running = start()) {
            assertThat(echoscu(running, modality)).isZero();
            assertThat(echoscu(running, stranger)).isNotZero();
        }
    }

    private static int echoscu(TestNode running, OwnCertificate own) throws Exception {
        Process echo = new ProcessBuilder(
                        "/usr/bin/echoscu",
                        "+tls",
                        own.key().toString(),
                        own.certificate().toString(),
                        "+cf",
                        node.certificate().toString(),
                        "-aet",
                        TestNode.SCU.value(),
                        "-aec",
                        TestNode.NODE.value(),
                        TestNode.HOST,
                        Integer.toString(running.port()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(echo.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return echo.exitValue();
    }

    private TestNode start(RemoteAe... remotes) throws IOException {
        return start(TestNode.LIMITS, remotes);
    }

    private TestNode start(AssociationLimits limits, RemoteAe... remotes) throws IOException {
        Optional<TlsContext> own = Optional.of(context(node, modality));
        return TestNode.start(
                reports,
                c -> new DimseConfiguration(
                        List.of(new DimseConfiguration.Listener(
                                InetAddress.ofLiteral(TestNode.HOST), 0, Set.of(TestNode.NODE), false, true)),
                        c.remoteAes(),
                        c.unknownOnLoopback(),
                        c.siteIssuer(),
                        c.extraStorageClasses(),
                        c.preferredStorageSyntaxes(),
                        limits,
                        c.serviceLimits(),
                        own),
                remotes);
    }

    private static Association open(TestNode running, Optional<TlsContext> tls) throws IOException {
        return open(running, SopClasses.VERIFICATION, tls);
    }

    private static Association open(TestNode running, String sopClass, Optional<TlsContext> tls) throws IOException {
        return AssociationRequestor.open(
                TestScu.proposal(running.port(), sopClass).withTls(tls), TestNode.LIMITS);
    }

    private static TlsContext context(OwnCertificate own, OwnCertificate trusted) throws IOException {
        return TlsContext.read(own.certificate(), own.key(), trusted.certificate());
    }
}
