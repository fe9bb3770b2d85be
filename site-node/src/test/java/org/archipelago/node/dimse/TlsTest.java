package org.archipelago.node.dimse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.archipelago.node.association.Association;
import org.archipelago.node.association.AssociationRequestor;
import org.archipelago.node.association.TlsContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
    private static final char[] PASSWORD = "only-for-a-moment".toCharArray();

    @TempDir
    static Path keys;

    @TempDir
    Path reports;

    private static Pem node;
    private static Pem modality;
    private static Pem stranger;

    /** A key and its own certificate. */
    private record Pem(Path certificate, Path key) {}

    @BeforeAll
    static void makeKeys() throws Exception {
        node = make("node");
        modality = make("modality");
        stranger = make("stranger");
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

    private static int echoscu(TestNode running, Pem own) throws Exception {
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

    private static TlsContext context(Pem own, Pem trusted) throws IOException {
        return TlsContext.read(own.certificate(), own.key(), trusted.certificate());
    }

    private static Pem make(String name) throws Exception {
        Path store = keys.resolve(name + ".p12");
        Process made = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        name,
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=" + name,
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        new String(PASSWORD))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(made.waitFor()).isZero();
        KeyStore read = KeyStore.getInstance(store.toFile(), PASSWORD);
        Path certificate = keys.resolve(name + ".pem");
        Path key = keys.resolve(name + ".key");
        Files.writeString(
                certificate, pem("CERTIFICATE", read.getCertificate(name).getEncoded()));
        Files.writeString(key, pem("PRIVATE KEY", read.getKey(name, PASSWORD).getEncoded()));
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
        return new Pem(certificate, key);
    }

    private static String pem(String what, byte[] encoded) {
        String base64 = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(encoded);
        return "-----BEGIN " + what + "-----\n" + base64 + "\n-----END " + what + "-----\n";
    }
}
