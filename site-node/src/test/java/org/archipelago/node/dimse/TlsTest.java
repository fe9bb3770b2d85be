package org.archipelago.node.dimse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.archipelago.node.OwnCertificate;
import org.archipelago.node.association.Association;
import org.archipelago.node.association.AssociationMetrics;
import org.archipelago.node.association.AssociationPolicy.Decision;
import org.archipelago.node.association.AssociationRejectedException;
import org.archipelago.node.association.AssociationRequestor;
import org.archipelago.node.association.AssociationServer;
import org.archipelago.node.association.OpenAssociations;
import org.archipelago.node.association.Peer;
import org.archipelago.node.association.Rejection;
import org.archipelago.node.association.TlsContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
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

    private TestNode start() throws IOException {
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
                        c.limits(),
                        c.serviceLimits(),
                        own));
    }

    private static Association open(TestNode running, Optional<TlsContext> tls) throws IOException {
        return AssociationRequestor.open(
                TestScu.proposal(running.port(), SopClasses.VERIFICATION).withTls(tls), TestNode.LIMITS);
    }

    private static TlsContext context(OwnCertificate own, OwnCertificate trusted) throws IOException {
        return TlsContext.read(own.certificate(), own.key(), trusted.certificate());
    }
}
