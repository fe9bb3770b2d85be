package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.archipelago.federation.member.SiteDescriptor;
import org.archipelago.node.cli.NodeAddress;
import org.archipelago.node.cli.ObjectSenders.ObjectSender;
import org.archipelago.node.cli.ObjectSenders.OutgoingFile;
import org.archipelago.node.configuration.ConfigurationFile;
import org.archipelago.node.dicom.phantom.Phantoms;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.archipelago.testing.LoopbackPorts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two whole nodes on loopback, without Elasticsearch. */
class TwoNodesTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    private final LocalSiteOperations operations = new LocalSiteOperations(Clock.systemUTC());
    private final LocalNetworkOperations network = new LocalNetworkOperations(Clock.systemUTC());

    @TempDir
    Path folder;

    private NodeAddress northAddress;
    private NodeAddress harborAddress;
    private ArchiveNode north;
    private ArchiveNode harbor;

    @BeforeEach
    void start() throws IOException {
        northAddress = configured("north");
        harborAddress = configured("harbor");
        north = start(northAddress);
        harbor = start(harborAddress);
    }

    @AfterEach
    void stop() {
        north.close();
        harbor.close();
    }

    private static ArchiveNode start(NodeAddress address) {
        return ArchiveNode.start(ConfigurationFile.read(address.configuration()), Clock.systemUTC());
    }

    private NodeAddress configured(String label) throws IOException {
        Path file = Files.createDirectories(folder.resolve(label)).resolve("node.yaml");
        int http = LoopbackPorts.free();
        int dicom = LoopbackPorts.free();
        Files.writeString(file, """
                data: data
                site: { label: %s, defaultIssuer: OF-%1$s }
                log: { reserveBytes: 1000000 }
                blobs: { lowWaterMarkBytes: 1000000 }
                dicom: { listeners: [ { address: 127.0.0.1, port: %d, aeTitles: [NORTH] } ] }
                http: { port: %d }
                federation: { address: 127.0.0.1, port: %d }
                elasticsearch: { url: "http://127.0.0.1:9" }
                """.formatted(label, dicom, http, LoopbackPorts.free()));
        return new NodeAddress(
                file,
                folder.resolve(label).resolve("data"),
                label,
                URI.create("http://127.0.0.1:" + http),
                "127.0.0.1",
                dicom,
                "NORTH");
    }

    private static String fingerprint(byte[] descriptor) {
        return SiteDescriptor.parse(descriptor).fingerprint().toString();
    }

    private void introduce() {
        byte[] invitation = network.invite(northAddress);
        byte[] reply = network.accept(harborAddress, invitation, fingerprint(invitation))
                .reply()
                .orElseThrow();
        network.accept(northAddress, reply, fingerprint(reply));
    }

    private static void store(NodeAddress to, int number) throws IOException {
        List<PhantomObject> objects = new Phantoms(number, LocalDate.of(2026, 1, 15))
                .headCt(number, 2)
                .objects()
                .get()
                .toList();
        try (ObjectSender sender = new DicomSenders().open(to, Optional.empty())) {
            for (PhantomObject object : objects) {
                assertThat(sender.send(new OutgoingFile(
                                        object.sopClassUid().value(),
                                        object.sopInstanceUid().value(),
                                        object.transferSyntax().value(),
                                        object.dataset().length,
                                        () -> new ByteArrayInputStream(object.dataset())))
                                .taken())
                        .isTrue();
            }
        }
    }

    private String fact(NodeAddress node, String name) {
        return String.valueOf(operations.status(node).get(name));
    }

    private long signed(NodeAddress node) {
        return Long.parseLong(fact(node, "recordsSigned"));
    }

    private void awaitAllOf(NodeAddress origin, NodeAddress at) {
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(fact(origin, "recordsNotSigned")).isEqualTo("0");
            assertThat(fact(at, "peer " + origin.site()))
                    .isEqualTo("answers, " + signed(origin) + " records here, 0 behind");
        });
    }

    @Test
    void recordsOfEach_areInTheLogOfTheOther() throws IOException {
        store(northAddress, 1);
        introduce();
        awaitAllOf(northAddress, harborAddress);
        awaitAllOf(harborAddress, northAddress);
        store(northAddress, 2);
        store(harborAddress, 3);
        awaitAllOf(northAddress, harborAddress);
        awaitAllOf(harborAddress, northAddress);
    }

    @Test
    void clockOffset_isMeasuredAgainstThePeer() {
        assertThat(fact(northAddress, "clockOffset")).isEqualTo("unknown");
        introduce();
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(List.of(fact(northAddress, "clockOffset"), fact(harborAddress, "clockOffset")))
                                .allMatch(offset -> offset.matches("-?0\\.\\d{3} s against 1 peer")));
    }

    @Test
    void nodeThatWasAway_signsOnceAPeerHasConfirmedItAndCatchesUp() throws IOException {
        introduce();
        awaitAllOf(northAddress, harborAddress);
        north.close();
        await().atMost(SOON).until(() -> fact(harborAddress, "peer north").startsWith("does not answer"));
        store(harborAddress, 4);
        north = start(northAddress);
        store(northAddress, 5);
        await().atMost(SOON).until(() -> fact(northAddress, "signing").equals("yes"));
        awaitAllOf(northAddress, harborAddress);
        awaitAllOf(harborAddress, northAddress);
    }

    private static void configure(NodeAddress node, String setting, String other) throws IOException {
        String text = Files.readString(node.configuration());
        assertThat(text).contains(setting);
        Files.writeString(node.configuration(), text.replace(setting, other));
    }

    /** Room for what is its own, then, and for nothing of others. */
    private static String mostOf(NodeAddress node) throws IOException {
        long free = Files.getFileStore(node.data()).getUsableSpace();
        return "blobs: { lowWaterMarkBytes: %d }".formatted(free / 4 * 3);
    }

    @Test
    void siteWhoseDiskIsGettingFull_takesInItsOwnObjectsAndNobodysRecords() throws IOException {
        introduce();
        awaitAllOf(northAddress, harborAddress);
        harbor.close();
        String ample = "blobs: { lowWaterMarkBytes: 1000000 }";
        String scarce = mostOf(harborAddress);
        configure(harborAddress, ample, scarce);
        harbor = start(harborAddress);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(fact(harborAddress, "peer north"))
                        .startsWith("answers")
                        .contains("no room"));
        String before = fact(harborAddress, "peer north");
        store(northAddress, 7);
        await().atMost(SOON).until(() -> fact(northAddress, "recordsNotSigned").equals("0"));
        store(harborAddress, 8);
        await().atMost(SOON).until(() -> !fact(harborAddress, "peer north").contains(", 0 behind"));
        assertThat(fact(harborAddress, "peer north").split(" ")[1]).isEqualTo(before.split(" ")[1]);

        harbor.close();
        configure(harborAddress, scarce, ample);
        harbor = start(harborAddress);
        awaitAllOf(northAddress, harborAddress);
    }

    @Test
    void siteThatTakesObjectsAndDoesNotSign_doesNotLookComplete() throws IOException {
        introduce();
        awaitAllOf(northAddress, harborAddress);
        north.close();
        harbor.close();
        configure(harborAddress, "federation: { address: 127.0.0.1, port", "federation: { port");
        harbor = start(harborAddress);
        north = start(northAddress);
        assertThat(fact(northAddress, "signing")).startsWith("no. No peer has confirmed");
        store(northAddress, 9);
        await().atMost(SOON).until(() -> fact(harborAddress, "peer north").endsWith(" not signed yet"));
        assertThat(fact(harborAddress, "peer north")).startsWith("answers").contains(", 0 behind, ");
    }

    @Test
    void removedSite_getsNothingMore() throws IOException {
        introduce();
        awaitAllOf(northAddress, harborAddress);
        String harborId = network.initialise(harborAddress).siteId();
        network.remove(northAddress, harborId, "contract ended");
        await().atMost(SOON).until(() -> fact(harborAddress, "peer north").startsWith("does not answer"));
        String before = fact(harborAddress, "peer north");
        store(northAddress, 6);
        await().atMost(SOON).until(() -> fact(northAddress, "recordsNotSigned").equals("0"));
        assertThat(signed(northAddress)).isGreaterThan(Long.parseLong(before.split(" ")[3]));
        assertThat(fact(harborAddress, "peer north")).isEqualTo(before);
        assertThat(fact(northAddress, "peers")).isEqualTo("0");
    }
}
