package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.GrantEvent.KeyGranted;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.Unreadable;
import org.archipelago.contract.patient.PatientEvent;
import org.archipelago.contract.study.StudyEvent.StudyRegistered;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.federation.grant.KeyEnvelope;
import org.archipelago.federation.link.HandedKeys;
import org.archipelago.federation.member.SiteDescriptor;
import org.archipelago.node.cli.NodeAddress;
import org.archipelago.node.cli.ObjectSenders.ObjectSender;
import org.archipelago.node.cli.ObjectSenders.OutgoingFile;
import org.archipelago.node.configuration.ConfigurationFile;
import org.archipelago.node.dicom.phantom.Phantoms;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomStudy;
import org.archipelago.node.federation.link.HttpPeerLink;
import org.archipelago.node.federation.link.PeerTimes;
import org.archipelago.testing.LoopbackPorts;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What whole nodes on loopback can open of each other's records; without Elasticsearch. */
class NetworkKeysTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    private final LocalSiteOperations operations = new LocalSiteOperations(Clock.systemUTC());
    private final LocalNetworkOperations network = new LocalNetworkOperations(Clock.systemUTC());

    @TempDir
    Path folder;

    private final Map<NodeAddress, ArchiveNode> running = new HashMap<>();

    @AfterEach
    void stopAll() {
        running.values().forEach(ArchiveNode::close);
    }

    private NodeAddress node(String label, String... more) throws IOException {
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
                federation: { address: 127.0.0.1, port: %d %s }
                elasticsearch: { url: "http://127.0.0.1:9" }
                """.formatted(label, dicom, http, LoopbackPorts.free(), String.join("", more)));
        NodeAddress address = new NodeAddress(
                file,
                folder.resolve(label).resolve("data"),
                label,
                URI.create("http://127.0.0.1:" + http),
                "127.0.0.1",
                dicom,
                "NORTH");
        start(address);
        return address;
    }

    private void start(NodeAddress address) {
        running.put(address, ArchiveNode.start(ConfigurationFile.read(address.configuration()), Clock.systemUTC()));
    }

    private void stop(NodeAddress address) {
        running.remove(address).close();
    }

    private static String fingerprint(byte[] descriptor) {
        return SiteDescriptor.parse(descriptor).fingerprint().toString();
    }

    private void introduce(NodeAddress one, NodeAddress other) {
        byte[] invitation = network.invite(one);
        byte[] reply = network.accept(other, invitation, fingerprint(invitation))
                .reply()
                .orElseThrow();
        network.accept(one, reply, fingerprint(reply));
    }

    /** One study; of another patient than the two numbers before. */
    private static PhantomStudy phantom(int number) {
        Phantoms phantoms = new Phantoms(number, LocalDate.of(2026, 1, 15));
        return switch (number % 3) {
            case 0 -> phantoms.ultrasound(number, 1, 1);
            case 1 -> phantoms.headCt(number, 2);
            default -> phantoms.headMr(number, 2);
        };
    }

    private static void store(NodeAddress to, int number) throws IOException {
        List<PhantomObject> objects = phantom(number).objects().get().toList();
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

    private void awaitKeys(NodeAddress at, int keys) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(fact(at, "keysTakenIn")).isEqualTo("" + keys));
    }

    private void awaitAllOf(NodeAddress origin, NodeAddress at) {
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(fact(origin, "recordsNotSigned")).isEqualTo("0");
            assertThat(fact(at, "peer " + origin.site()))
                    .endsWith(fact(origin, "recordsSigned") + " records here, 0 behind");
        });
    }

    private SiteId site(NodeAddress node) {
        return SiteId.parse(network.initialise(node).siteId());
    }

    /** What a node that is stopped can read of a site's records. */
    private List<Object> payloads(NodeAddress at, SiteId origin) {
        try (Archive archive = Maintenance.offline(ConfigurationFile.read(at.configuration()), Clock.systemUTC())) {
            List<Object> payloads = new ArrayList<>();
            List<StoredRecord> chunk = archive.log().readOrigin(origin, new OriginPosition(0), 256);
            while (!chunk.isEmpty()) {
                chunk.forEach(stored -> payloads.add(
                        archive.sealing().openReplica(stored.record()).payload()));
                chunk = archive.log().readOrigin(origin, new OriginPosition(payloads.size()), 256);
            }
            return payloads;
        }
    }

    private static long studies(List<Object> payloads) {
        return payloads.stream().filter(StudyRegistered.class::isInstance).count();
    }

    private static Set<String> unreadableKinds(List<Object> payloads) {
        return payloads.stream()
                .filter(Unreadable.class::isInstance)
                .map(payload -> ((Unreadable) payload).stream().kind())
                .collect(Collectors.toSet());
    }

    @Test
    void membersOpenStudiesAndPatientsOfEachOther_fromBeforeAndAfterTheyMet() throws IOException {
        NodeAddress north = node("north");
        NodeAddress harbor = node("harbor");
        store(north, 1);
        store(north, 2);
        introduce(north, harbor);
        awaitKeys(harbor, 4);
        store(north, 3);
        awaitKeys(harbor, 6);
        store(harbor, 4);
        awaitKeys(north, 2);
        SiteId northId = site(north);
        SiteId harborId = site(harbor);
        stop(north);
        stop(harbor);

        List<Object> atHarbor = payloads(harbor, northId);
        assertThat(studies(atHarbor)).isEqualTo(3);
        assertThat(atHarbor.stream().filter(PatientEvent.class::isInstance).count())
                .isEqualTo(3);
        assertThat(unreadableKinds(atHarbor))
                .contains("site")
                .doesNotContain("study", "patient", "grant")
                .isSubsetOf("site", "access", "replica");
        assertThat(studies(payloads(north, harborId))).isEqualTo(1);
    }

    @Test
    void restart_grantsNothingTwiceAndMissesNothing() throws IOException {
        NodeAddress north = node("north");
        NodeAddress harbor = node("harbor");
        introduce(north, harbor);
        store(north, 1);
        awaitKeys(harbor, 2);
        stop(harbor);
        store(north, 2);
        await().atMost(SOON).until(() -> fact(north, "keysGranted").equals("4"));
        stop(north);
        start(north);
        store(north, 3);
        await().atMost(SOON).until(() -> fact(north, "keysGranted").equals("2"));
        start(harbor);
        awaitKeys(harbor, 4);
        SiteId northId = site(north);
        stop(harbor);
        List<Object> payloads = payloads(harbor, northId);
        assertThat(studies(payloads)).isEqualTo(3);
        List<KeyRef> granted = payloads.stream()
                .filter(KeyGranted.class::isInstance)
                .flatMap(payload -> ((KeyGranted) payload).keys().stream())
                .toList();
        assertThat(granted).hasSize(6);
        assertThat(new HashSet<>(granted)).hasSize(6);
    }

    /** From the day on which it is removed, it opens nothing new, though another site still relays the records to it. */
    @Test
    void removedMember_opensWhatItCouldAndNothingNew() throws IOException {
        NodeAddress north = node("north");
        NodeAddress harbor = node("harbor");
        NodeAddress valley = node("valley");
        introduce(north, harbor);
        introduce(north, valley);
        introduce(harbor, valley);
        store(north, 1);
        awaitKeys(harbor, 2);
        network.remove(north, site(harbor).toString(), "contract ended");
        store(north, 2);
        awaitKeys(valley, 4);
        awaitAllOf(north, harbor);
        SiteId northId = site(north);
        SiteId harborId = site(harbor);
        stop(harbor);
        List<Object> payloads = payloads(harbor, northId);
        assertThat(studies(payloads)).isEqualTo(1);
        assertThat(unreadableKinds(payloads)).contains("study", "patient");
        stop(north);
        assertThat(payloads(north, northId).stream()
                        .filter(KeyGranted.class::isInstance)
                        .map(KeyGranted.class::cast)
                        .filter(grant -> grant.peer().equals(harborId))
                        .flatMap(grant -> grant.keys().stream()))
                .as("granted to it: one study and one patient")
                .hasSize(2);
    }

    @Test
    void recordsAndGrantsThatAThirdSiteRelays_openThere() throws IOException {
        NodeAddress north = node("north");
        NodeAddress harbor = node("harbor");
        NodeAddress valley = node("valley");
        introduce(north, harbor);
        introduce(north, valley);
        introduce(harbor, valley);
        store(north, 1);
        awaitKeys(harbor, 2);
        stop(harbor);
        store(north, 2);
        awaitKeys(valley, 4);
        SiteId northId = site(north);
        stop(north);
        start(harbor);
        awaitKeys(harbor, 2);
        stop(harbor);
        assertThat(studies(payloads(harbor, northId))).isEqualTo(2);
    }

    @Test
    void recipientKeyThatIsMadeAnew_isToldWhileThereAreMembers() throws IOException {
        NodeAddress north = node("north");
        NodeAddress harbor = node("harbor");
        stop(north);
        Path key = north.data().resolve("identity").resolve("recipient.key");
        Files.delete(key);
        start(north);
        introduce(north, harbor);
        assertThat(operations.status(north)).doesNotContainKey("recipientKey");
        stop(north);
        Files.delete(key);
        start(north);
        assertThat(fact(north, "recipientKey")).startsWith("A new one was made");
    }

    @Test
    void siteThatKeepsItsIndexKeys_isNotOpened() throws IOException {
        NodeAddress north = node("north", ", grantIndexKeys: false");
        NodeAddress harbor = node("harbor");
        introduce(north, harbor);
        store(north, 1);
        store(harbor, 2);
        awaitKeys(north, 2);
        awaitAllOf(north, harbor);
        SiteId northId = site(north);
        stop(harbor);
        assertThat(studies(payloads(harbor, northId))).isZero();
    }

    /** As harbor, while its node is stopped. */
    private HttpPeerLink calling(NodeAddress at, NodeAddress as) throws IOException {
        SiteDescriptor called = SiteDescriptor.parse(network.invite(at));
        try (DataDirectory directory = DataDirectory.inspect(as.data())) {
            return new HttpPeerLink(
                    called.site(),
                    called.address().orElseThrow(),
                    called.tls(),
                    SiteFederation.tls(directory, Clock.systemUTC()),
                    PeerTimes.IGNORED,
                    Clock.systemUTC());
        }
    }

    private static StreamId study(List<Object> payloads) {
        return payloads.stream()
                .filter(StudyRegistered.class::isInstance)
                .map(payload -> ((StudyRegistered) payload).study().stream())
                .findFirst()
                .orElseThrow();
    }

    private static void assertRefused(ArchiveError error, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ArchiveException.class,
                        refused -> assertThat(refused.error()).isEqualTo(error));
    }

    @Test
    void pixelKeyThatAMemberAsksFor_isReleasedAndOnRecordOnce() throws IOException {
        NodeAddress north = node("north");
        NodeAddress harbor = node("harbor");
        introduce(north, harbor);
        store(north, 1);
        awaitKeys(harbor, 2);
        SiteId northId = site(north);
        SiteId harborId = site(harbor);
        stop(harbor);
        StudyRegistered registered = payloads(harbor, northId).stream()
                .filter(StudyRegistered.class::isInstance)
                .map(StudyRegistered.class::cast)
                .findFirst()
                .orElseThrow();
        StreamId study = registered.study().stream();
        KeyRef use = new KeyRef(KeyClass.PIXEL, study);
        try (HttpPeerLink link = calling(north, harbor)) {
            HandedKeys handed = link.keys(Optional.of(study));
            assertThat(handed.keys()).hasSize(2).contains(use);
            try (DataDirectory directory = DataDirectory.inspect(harbor.data())) {
                assertThat(new KeyEnvelope(northId, harborId, handed.keys())
                                .open(handed.sealed(), SiteFederation.recipient(directory))
                                .orElseThrow()
                                .get(handed.keys().indexOf(use))
                                .id())
                        .isEqualTo(registered.pixelKey());
            }
            link.keys(Optional.of(study));
            assertThat(link.keys(Optional.empty()).keys()).doesNotContain(use);
            for (String other : List.of(northId + "/study/00", northId + "/patient/00", harborId + "/study/00")) {
                assertRefused(ArchiveError.NOT_FOUND, () -> link.keys(Optional.of(new StreamId(other))));
            }
        }
        stop(north);
        assertThat(payloads(north, northId).stream()
                        .filter(KeyGranted.class::isInstance)
                        .flatMap(payload -> ((KeyGranted) payload).keys().stream())
                        .filter(use::equals))
                .hasSize(1);
    }

    private static int statusOfReading(int number, NodeAddress at) throws IOException, InterruptedException {
        String study = phantom(number)
                .objects()
                .get()
                .findFirst()
                .orElseThrow()
                .study()
                .value();
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                            HttpRequest.newBuilder(at.http().resolve("/network/dicom-web/studies/" + study))
                                    .header(
                                            "Accept",
                                            "multipart/related; type=\"application/dicom\"; transfer-syntax=*")
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }

    @Test
    void studyOfAnotherSite_leavesWithAPixelKeyThatItsOriginReleasesForIt() throws IOException {
        NodeAddress north = node("north");
        NodeAddress harbor = node("harbor");
        introduce(north, harbor);
        store(north, 1);
        awaitKeys(harbor, 2);
        await().atMost(SOON).until(() -> statusOfReading(1, harbor) == 200);
    }

    @Test
    void pixelKeysThatAreNotReleased_areRefused() throws IOException {
        NodeAddress north = node("north", ", releasePixelKeys: false");
        NodeAddress harbor = node("harbor");
        introduce(north, harbor);
        store(north, 1);
        awaitKeys(harbor, 2);
        await().atMost(SOON).until(() -> statusOfReading(1, harbor) == 403);
        SiteId northId = site(north);
        stop(harbor);
        StreamId study = study(payloads(harbor, northId));
        try (HttpPeerLink link = calling(north, harbor)) {
            assertRefused(ArchiveError.NOT_AUTHORIZED, () -> link.keys(Optional.of(study)));
            assertThat(link.keys(Optional.empty()).keys()).hasSize(1);
        }
    }
}
