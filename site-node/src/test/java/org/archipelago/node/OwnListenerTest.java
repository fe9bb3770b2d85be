package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.TreeMap;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.cli.CommandFailure;
import org.archipelago.node.cli.NodeAddress;
import org.archipelago.node.cli.ObjectSenders.Answer;
import org.archipelago.node.cli.ObjectSenders.ObjectSender;
import org.archipelago.node.cli.ObjectSenders.OutgoingFile;
import org.archipelago.node.cli.ObjectSenders.UnreachableException;
import org.archipelago.node.configuration.ConfigurationFile;
import org.archipelago.testing.LoopbackPorts;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the command line sends to its own node, whatever that node's listeners are. */
class OwnListenerTest {
    private static final String PLAIN = "{ address: 127.0.0.1, port: 104, aeTitles: [NEAR, OTHER] }";
    private static final String SECURED = "{ address: 127.0.0.1, port: 105, aeTitles: [SAFE], tls: true }";
    private static final String EVERYWHERE = "{ address: 0.0.0.0, port: 106, aeTitles: [ALL], beyondLoopback: true }";
    private static final String FAR = "{ address: 192.0.2.5, port: 107, aeTitles: [FAR], beyondLoopback: true }";
    private static final String FAR_SECURED = "{ address: 192.0.2.5, port: 108, aeTitles: [FAR], tls: true }";
    private static final String NO_PORT = "{ address: 127.0.0.1, port: 0, aeTitles: [NEAR] }";
    private static final String PRIVATE_CLASS = "1.3.6.1.4.1.99999.1";

    @TempDir
    static Path folder;

    private static OwnCertificate own;
    private static OwnCertificate other;

    @BeforeAll
    static void makeKeys() throws Exception {
        own = OwnCertificate.make(folder, "own");
        other = OwnCertificate.make(folder, "other");
    }

    @Test
    void plainListenerOnLoopback_isPreferredToAllOthers() throws IOException {
        assertThat(chosen(FAR, NO_PORT, FAR_SECURED, SECURED, PLAIN)).isEqualTo("127.0.0.1:104 NEAR");
        assertThat(chosen(FAR, FAR_SECURED, SECURED, EVERYWHERE)).isEqualTo("127.0.0.1:106 ALL");
    }

    @Test
    void withoutAPlainListenerOnLoopback_tlsIsSpoken() throws IOException {
        assertThat(chosen(FAR, FAR_SECURED, SECURED)).isEqualTo("127.0.0.1:105 SAFE with TLS");
        assertThat(chosen(FAR, FAR_SECURED)).isEqualTo("192.0.2.5:108 FAR with TLS");
    }

    @Test
    void nodeThatWouldTakeNothing_isSaidToNeedAListener() {
        assertThatThrownBy(() -> chosen(FAR, NO_PORT))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("{ address: 127.0.0.1, port: 11112, aeTitles: [FAR] }");
        assertThatThrownBy(() -> chosen())
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("needs one in dicom.listeners");
    }

    /** The address is not of loopback where this machine has another one. */
    @Test
    void nodeOnItsRealAddressWithTls_takesWhatItsOwnCommandLineSends() throws IOException {
        NodeAddress node = node("real", own);
        try (ArchiveNode _ = ArchiveNode.start(ConfigurationFile.read(node.configuration()), Clock.systemUTC());
                ObjectSender sender = new DicomSenders().open(node, Optional.of("ELSEWHERE"))) {
            assertThat(send(sender, SmallNode.CT_CLASS, "1.2.3.1.1").text()).isEmpty();
            assertThat(send(sender, PRIVATE_CLASS, "1.2.3.1.2").text()).isEmpty();
        }
    }

    @Test
    void nodeThatDoesNotTrustItsOwnCertificate_isSaidToHaveTo() throws IOException {
        NodeAddress node = node("mistrusting", other);
        try (ArchiveNode _ = ArchiveNode.start(ConfigurationFile.read(node.configuration()), Clock.systemUTC())) {
            assertThatThrownBy(() -> new DicomSenders().open(node, Optional.empty()))
                    .isInstanceOf(UnreachableException.class)
                    .hasMessageContaining("dicom.tls.trustFile must trust the node's own");
        }
    }

    private static Answer send(ObjectSender sender, String sopClass, String instance) throws IOException {
        TreeMap<Integer, Attribute> attributes =
                new TreeMap<>(SmallNode.object(instance, "P1", "Doe^Jane").attributes());
        attributes.put(Tags.SOP_CLASS_UID, SmallNode.text(Vr.UI, sopClass));
        byte[] dataset = SmallNode.encoded(new AttributeSet(attributes));
        return sender.send(new OutgoingFile(
                sopClass,
                instance,
                SmallNode.EXPLICIT.value(),
                dataset.length,
                () -> new ByteArrayInputStream(dataset)));
    }

    private static NodeAddress node(String label, OwnCertificate trusted) throws IOException {
        int http = LoopbackPorts.free();
        int dicom = LoopbackPorts.free();
        String address = ownAddress().getHostAddress();
        Path file = Files.createDirectories(folder.resolve(label)).resolve("node.yaml");
        Files.writeString(
                file, """
                data: data
                site: { label: %s }
                log: { reserveBytes: 1000000 }
                blobs: { lowWaterMarkBytes: 1000000 }
                dicom:
                  listeners: [ { address: %s, port: %d, aeTitles: [NORTH], tls: true } ]
                  tls: { certificateFile: %s, keyFile: %s, trustFile: %s }
                http: { port: %d }
                elasticsearch: { url: "http://127.0.0.1:9" }
                """.formatted(label, address, dicom, own.certificate(), own.key(), trusted.certificate(), http));
        return new NodeAddress(
                file,
                folder.resolve(label).resolve("data"),
                label,
                URI.create("http://127.0.0.1:" + http),
                address,
                dicom,
                "NORTH");
    }

    private static InetAddress ownAddress() throws IOException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                .findFirst()
                .orElse(InetAddress.getLoopbackAddress());
    }

    private static String chosen(String... listeners) throws IOException {
        Path file = Files.writeString(
                folder.resolve("listeners.yaml"),
                "data: d\ndicom:\n  listeners: [ %s ]\n  tls: { certificateFile: %s, keyFile: %s, trustFile: %s }\n"
                        .formatted(String.join(", ", listeners), own.certificate(), own.key(), own.certificate()));
        OwnListener chosen = OwnListener.of(file);
        return chosen.host() + ":" + chosen.port() + " " + chosen.called()
                + (chosen.tls().isPresent() ? " with TLS" : "");
    }
}
