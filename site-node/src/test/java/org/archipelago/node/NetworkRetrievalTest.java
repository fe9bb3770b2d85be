package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.federation.member.SiteDescriptor;
import org.archipelago.keystore.Key;
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

/** Two whole nodes on loopback, without Elasticsearch: objects that one stored, read at the other. No key is granted but by the tests. */
class NetworkRetrievalTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String AS_STORED = "application/dicom; transfer-syntax=*";
    private static final String ALL_AS_STORED = "multipart/related; type=\"application/dicom\"; transfer-syntax=*";

    private final LocalSiteOperations operations = new LocalSiteOperations(Clock.systemUTC());
    private final LocalNetworkOperations network = new LocalNetworkOperations(Clock.systemUTC());
    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir
    Path folder;

    private NodeAddress northAddress;
    private NodeAddress harborAddress;
    private ArchiveNode north;
    private ArchiveNode harbor;
    private List<PhantomObject> objects;

    @BeforeEach
    void start() throws IOException {
        northAddress = configured("north");
        harborAddress = configured("harbor");
        north = start(northAddress);
        harbor = start(harborAddress);
        byte[] invitation = network.invite(northAddress);
        byte[] reply = network.accept(harborAddress, invitation, fingerprint(invitation))
                .reply()
                .orElseThrow();
        network.accept(northAddress, reply, fingerprint(reply));
        objects = new Phantoms(1, LocalDate.of(2026, 1, 15))
                .headCt(1, 3)
                .objects()
                .get()
                .toList();
        store(northAddress, objects);
        await().atMost(SOON)
                .until(() -> fact(northAddress, "recordsNotSigned").equals("0")
                        && fact(harborAddress, "peer north")
                                .equals("answers, " + fact(northAddress, "recordsSigned") + " records here, 0 behind"));
    }

    @AfterEach
    void stop() {
        http.close();
        north.close();
        harbor.close();
    }

    private static ArchiveNode start(NodeAddress address) {
        return ArchiveNode.start(ConfigurationFile.read(address.configuration()), Clock.systemUTC());
    }

    private NodeAddress configured(String label) throws IOException {
        Path file = Files.createDirectories(folder.resolve(label)).resolve("node.yaml");
        int port = LoopbackPorts.free();
        int dicom = LoopbackPorts.free();
        Files.writeString(file, """
                data: data
                site: { label: %s, defaultIssuer: OF-%1$s }
                log: { reserveBytes: 1000000 }
                blobs: { lowWaterMarkBytes: 1000000 }
                dicom: { listeners: [ { address: 127.0.0.1, port: %d, aeTitles: [NORTH] } ] }
                http: { port: %d }
                federation: { address: 127.0.0.1, port: %d, grantIndexKeys: false, releasePixelKeys: false }
                elasticsearch: { url: "http://127.0.0.1:9" }
                """.formatted(label, dicom, port, LoopbackPorts.free()));
        return new NodeAddress(
                file,
                folder.resolve(label).resolve("data"),
                label,
                URI.create("http://127.0.0.1:" + port),
                "127.0.0.1",
                dicom,
                "NORTH");
    }

    private static String fingerprint(byte[] descriptor) {
        return SiteDescriptor.parse(descriptor).fingerprint().toString();
    }

    private static void store(NodeAddress to, List<PhantomObject> objects) throws IOException {
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

    private StudyInstanceUid study() {
        return objects.getFirst().study();
    }

    /** As the origin would grant them. */
    private void give(KeyClass... classes) {
        Map<KeyRef, Key> keys = new HashMap<>();
        for (KeyClass one : classes) {
            KeyRef use = new KeyRef(one, north.archive().names().study(study()).stream());
            keys.put(use, north.archive().keys().find(use).orElseThrow());
        }
        harbor.archive().keys().adopt(keys);
    }

    private HttpResponse<byte[]> get(NodeAddress from, String path, String accept)
            throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(from.http().resolve(path))
                        .header("Accept", accept)
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    private String studyPath() {
        return "/dicom-web/studies/" + study();
    }

    private String path(PhantomObject object) {
        return studyPath() + "/series/" + object.series() + "/instances/" + object.sopInstanceUid();
    }

    private List<String> recordsOfHarbor() {
        return Stream.iterate(
                        harbor.archive().log().read(new LocalPosition(0), 1000),
                        chunk -> !chunk.isEmpty(),
                        chunk -> harbor.archive()
                                .log()
                                .read(new LocalPosition(chunk.getLast().local().value() + 1), 1000))
                .flatMap(List::stream)
                .map(StoredRecord::record)
                .filter(record ->
                        record.header().origin().equals(harbor.archive().names().site()))
                .map(record -> record.header().type())
                .toList();
    }

    @Test
    void studyOfAnotherSite_leavesAsItCameInThereAndFromHereTheSecondTime() throws Exception {
        give(KeyClass.INDEX, KeyClass.PIXEL);
        for (PhantomObject object : objects) {
            HttpResponse<byte[]> through = get(harborAddress, "/network" + path(object), AS_STORED);
            assertThat(through.statusCode()).isEqualTo(200);
            assertThat(through.body()).isEqualTo(object.file());
        }
        assertThat(recordsOfHarbor()).contains("AccessBegan");
        assertThat(get(harborAddress, studyPath(), ALL_AS_STORED).statusCode()).isEqualTo(404);
        north.close();
        for (PhantomObject object : objects) {
            byte[] again =
                    get(harborAddress, "/network" + path(object), AS_STORED).body();
            assertThat(again).isEqualTo(object.file());
        }
    }

    @Test
    void wholeStudyOfAnotherSite_leavesWithMetadataThatNamesWhereItsPixelsAre() throws Exception {
        give(KeyClass.INDEX, KeyClass.PIXEL);
        HttpResponse<byte[]> answer = get(harborAddress, "/network" + studyPath(), ALL_AS_STORED);
        assertThat(answer.statusCode()).isEqualTo(200);
        String all = new String(answer.body(), StandardCharsets.ISO_8859_1);
        for (PhantomObject object : objects) {
            assertThat(all.contains(new String(object.dataset(), StandardCharsets.ISO_8859_1)))
                    .isTrue();
            assertThat(all).contains("/network" + path(object));
        }
        HttpResponse<byte[]> metadata =
                get(harborAddress, "/network" + studyPath() + "/metadata", "application/dicom+json");
        assertThat(metadata.statusCode()).isEqualTo(200);
        String json = new String(metadata.body(), StandardCharsets.UTF_8);
        for (PhantomObject object : objects) {
            assertThat(json).contains("/network" + path(object) + "/bulkdata/");
        }
    }

    @Test
    void studyThatIsNotHere_isUnavailableWhileItsOriginIsAway() throws Exception {
        give(KeyClass.INDEX, KeyClass.PIXEL);
        north.close();
        HttpResponse<byte[]> answer = get(harborAddress, "/network" + path(objects.getFirst()), AS_STORED);
        assertThat(answer.statusCode()).isEqualTo(503);
        north = start(northAddress);
        await().atMost(SOON)
                .until(() -> get(harborAddress, "/network" + path(objects.getFirst()), AS_STORED)
                                .statusCode()
                        == 200);
    }

    @Test
    void studyOfThisSite_leavesOnTheNetworkToo() throws Exception {
        byte[] own = get(northAddress, path(objects.getFirst()), AS_STORED).body();
        assertThat(get(northAddress, "/network" + path(objects.getFirst()), AS_STORED)
                        .body())
                .isEqualTo(own);
    }

    @Test
    void studyThatTwoSitesHold_leavesWithEachInstanceOnce() throws Exception {
        give(KeyClass.INDEX, KeyClass.PIXEL);
        store(harborAddress, objects.subList(1, 2));
        HttpResponse<byte[]> answer = get(harborAddress, "/network" + studyPath(), ALL_AS_STORED);
        String all = new String(answer.body(), StandardCharsets.ISO_8859_1);
        for (PhantomObject object : objects) {
            assertThat(all.split("instances/" + object.sopInstanceUid() + "\r\n", -1))
                    .hasSize(2);
        }
        assertThat(harbor.archive().blobs().status().blobs()).isEqualTo(1);
        String own = new String(get(harborAddress, studyPath(), ALL_AS_STORED).body(), StandardCharsets.ISO_8859_1);
        assertThat(own).contains(path(objects.get(1))).doesNotContain(path(objects.getFirst()));
    }

    @Test
    void studyWhoseKeysAreNotHere_leavesNot() throws Exception {
        String path = "/network" + path(objects.getFirst());
        assertThat(get(harborAddress, path, AS_STORED).statusCode()).isEqualTo(404);
        give(KeyClass.INDEX);
        await().atMost(SOON).until(() -> get(harborAddress, path, AS_STORED).statusCode() == 403);
        give(KeyClass.PIXEL);
        assertThat(get(harborAddress, path, AS_STORED).statusCode()).isEqualTo(200);
    }
}
