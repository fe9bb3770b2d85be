package org.archipelago.node;

import static org.archipelago.node.NetworkOfNodes.SOON;
import static org.archipelago.node.NetworkOfNodes.store;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.archipelago.blobstore.ForeignBlobs;
import org.archipelago.blobstore.ForeignBlobsOptions;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.node.cli.CommandFailure;
import org.archipelago.node.cli.NetworkOperations.RecoveredSite;
import org.archipelago.node.cli.NodeAddress;
import org.archipelago.node.cli.ObjectSenders;
import org.archipelago.node.cli.ObjectSenders.ObjectSender;
import org.archipelago.node.cli.ObjectSenders.OutgoingFile;
import org.archipelago.node.cli.SiteOperations.Verification;
import org.archipelago.node.configuration.ConfigurationException;
import org.archipelago.node.dicom.phantom.Phantoms;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.archipelago.node.federation.copies.BlobHolders;
import org.archipelago.node.federation.copies.RemoteBlobs;
import org.archipelago.node.federation.recovery.BlobRecovery;
import org.archipelago.node.federation.recovery.RecoveredBytes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole nodes on loopback, of which one burns down. */
class PeerRestoreTest {
    private static final String AS_STORED = "application/dicom; transfer-syntax=*";
    private static final JsonMapper JSON = new JsonMapper();
    private static final String HOLDING = "copies: { capacityBytes: 1000000000 }";

    @TempDir
    Path folder;

    private NetworkOfNodes network;
    private NodeAddress north;
    private NodeAddress harbor;

    @BeforeEach
    void prepare() throws IOException {
        network = new NetworkOfNodes(folder);
        north = network.node("north", "copies: { wanted: 2 }");
        harbor = network.node("harbor", HOLDING);
        network.introduce(north, harbor);
    }

    @AfterEach
    void stop() {
        network.close();
    }

    private static List<PhantomObject> study(int number, int images) {
        return new Phantoms(number, LocalDate.of(2026, 1, 15))
                .headCt(number, images)
                .objects()
                .get()
                .toList();
    }

    /** All that the one site has signed is at the other. */
    private void awaitFollowed(NodeAddress origin, NodeAddress at) {
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(network.fact(origin, "recordsNotSigned")).isEqualTo("0");
            assertThat(network.fact(at, "peer " + origin.site()))
                    .isEqualTo("answers, " + network.fact(origin, "recordsSigned") + " records here, 0 behind");
        });
    }

    /** At the other site, by what that has said. */
    private void awaitHeld(List<PhantomObject> study) {
        await().atMost(SOON).untilAsserted(() -> {
            byte[] copies = network.get(
                            north, "/api/studies/" + study.getFirst().study() + "/copies", "application/json")
                    .body();
            assertThat(JSON.readTree(copies).path("whole").asInt()).isEqualTo(2);
        });
    }

    /** A site's records may be at another before the key that opens them. */
    private void awaitIndexKey(List<PhantomObject> study, NodeAddress origin, NodeAddress at) {
        KeyRef index = new KeyRef(
                KeyClass.INDEX,
                network.running(origin).archive().names().study(study.getFirst().study()).stream());
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(network.running(at).archive().keys().find(index))
                                .isPresent());
    }

    private List<StoredRecord> recordsOf(SiteId origin, NodeAddress at) {
        EventLog log = network.running(at).archive().log();
        List<StoredRecord> all = new ArrayList<>();
        List<StoredRecord> chunk = log.readOrigin(origin, new OriginPosition(0), 1000);
        while (!chunk.isEmpty()) {
            all.addAll(chunk);
            chunk = log.readOrigin(origin, new OriginPosition(all.size()), 1000);
        }
        return all;
    }

    private static List<List<Byte>> bytes(List<StoredRecord> records) {
        List<List<Byte>> bytes = new ArrayList<>();
        for (StoredRecord stored : records) {
            List<Byte> one = new ArrayList<>();
            for (byte value : stored.record().headerBytes()) {
                one.add(value);
            }
            for (byte value : stored.record().body()) {
                one.add(value);
            }
            bytes.add(one);
        }
        return bytes;
    }

    private boolean knows(NodeAddress at, PhantomObject object) {
        Archive archive = network.running(at).archive();
        return archive.catalog()
                .study(archive.names().study(object.study()))
                .flatMap(contents -> contents.instance(object.sopInstanceUid()))
                .isPresent();
    }

    @Test
    void siteThatWasDestroyed_comesBackFromItsPeerWithItsIdentityAlone() throws Exception {
        List<PhantomObject> study = study(1, 3);
        store(north, study);
        awaitHeld(study);
        awaitFollowed(north, harbor);
        SiteId site = network.site(north);
        Path identity = network.lose(north);

        RecoveredSite recovered = network.recover(north, identity, "harbor");
        List<List<Byte>> held = bytes(recordsOf(site, harbor));
        assertThat(recovered.records()).isEqualTo(held.size());
        assertThat(recovered.seen()).isEqualTo(recovered.records());
        assertThat(recovered.refused()).isEmpty();
        assertThat(recovered.keys().get(network.site(harbor).toString()))
                .containsKeys("INDEX", "PATIENT", "PIXEL", "GRANT");
        assertThat(recovered.closed().keySet()).isSubsetOf("access", "quarantine");

        network.start(north);
        assertThat(bytes(recordsOf(site, north)).subList(0, held.size())).isEqualTo(held);
        study.forEach(object -> assertThat(knows(north, object)).isTrue());
        assertThat(recordsOf(site, harbor).stream()
                        .filter(stored -> stored.record().header().type().equals("KeysReturned")))
                .isEmpty();
        assertThat(recordsOf(network.site(harbor), harbor).stream()
                        .filter(stored -> stored.record().header().type().equals("KeysReturned")))
                .isNotEmpty();
        // It goes on as the same site: signs, and is followed.
        store(north, study(2, 1));
        awaitFollowed(north, harbor);
        assertThat(recordsOf(site, harbor).size()).isGreaterThan(held.size());
    }

    @Test
    void memberThatDidNotAnswer_keepsTheSiteFromSigningUntilItIsHeardOrGivenUp() throws Exception {
        NodeAddress valley = network.node("valley", HOLDING);
        network.introduce(north, valley);
        store(north, study(1, 2));
        awaitFollowed(north, harbor);
        awaitFollowed(north, valley);
        String valleyId = network.site(valley).toString();
        Path identity = network.lose(north);
        network.stop(valley);
        assertThat(network.recover(north, identity, "harbor").silent()).containsExactly(valleyId);
        network.start(north);
        store(north, study(2, 1));
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(network.fact(north, "peer harbor")).startsWith("answers"));
        assertThat(network.fact(north, "signingAwaits")).isEqualTo("valley");
        // Harbor alone, asked again and again, is not enough.
        await().during(Duration.ofSeconds(4))
                .atMost(SOON)
                .untilAsserted(() -> assertThat(network.fact(north, "signing")).startsWith("no."));
        network.stop(north);
        network.goWithout(north, "valley");
        network.start(north);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(network.fact(north, "signing")).isEqualTo("yes"));
    }

    @Test
    void identityThatIsNobodys_orIsNotWhole_beginsNothing() throws Exception {
        Path identity = network.lose(north);
        NodeAddress stranger = network.node("stranger", "copies: { wanted: 1 }");
        Path other = network.lose(stranger);
        for (Path descriptor : descriptors(identity)) {
            Files.copy(descriptor, other.resolve(descriptor.getFileName()));
        }
        // The peer takes no call of a site that it does not know.
        assertThatThrownBy(() -> network.recover(north, other, "harbor")).isInstanceOf(CommandFailure.class);

        Files.copy(other.resolve("tls.pem"), identity.resolve("tls.pem"), StandardCopyOption.REPLACE_EXISTING);
        assertThatThrownBy(() -> network.recover(stranger, identity, "harbor"))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("of another site");
        Files.delete(identity.resolve("site.secret"));
        assertThatThrownBy(() -> network.recover(stranger, identity, "harbor"))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("site secret");
    }

    private static List<Path> descriptors(Path identity) throws IOException {
        try (Stream<Path> files = Files.list(identity)) {
            return files.filter(file -> file.toString().endsWith(".archipelago-site"))
                    .toList();
        }
    }

    @Test
    void directoryThatIsNotEmpty_isLeftAlone() throws Exception {
        Path identity = network.lose(north);
        Files.createDirectories(north.data());
        Files.writeString(north.data().resolve("something"), "of somebody");
        assertThatThrownBy(() -> network.recover(north, identity, "harbor"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("not empty");
        assertThat(north.data().resolve("something")).hasContent("of somebody");
        assertThat(north.data().resolve("log")).doesNotExist();
    }

    @Test
    void peerThatNobodyKnows_isNotAsked() throws Exception {
        Path identity = network.lose(north);
        assertThatThrownBy(() -> network.recover(north, identity, "valley"))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("no peer valley");
    }

    @Test
    void recoveryThatWasInterrupted_goesOnAndNoNodeStartsBefore() throws Exception {
        store(north, study(1, 3));
        awaitFollowed(north, harbor);
        SiteId site = network.site(north);
        Path identity = network.lose(north);
        network.stop(harbor);
        assertThatThrownBy(() -> network.recover(north, identity, "harbor"))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("go on");
        assertThatThrownBy(() -> network.start(north))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("restore --from");
        network.start(harbor);
        assertThat(network.recover(north, identity, "harbor").records())
                .isEqualTo(recordsOf(site, harbor).size());
        network.start(north);
    }

    private static String path(PhantomObject object) {
        return "/dicom-web/studies/" + object.study() + "/series/" + object.series() + "/instances/"
                + object.sopInstanceUid();
    }

    private void assertOpens(NodeAddress at, List<PhantomObject> study) throws Exception {
        for (PhantomObject object : study) {
            assertThat(network.get(at, path(object), AS_STORED).body()).isEqualTo(object.file());
        }
    }

    @Test
    void blobs_areReadFromTheirHolderAtOnce_andComeBackInTheBackground() throws Exception {
        List<PhantomObject> study = study(1, 3);
        store(north, study);
        awaitHeld(study);
        awaitFollowed(north, harbor);
        Path identity = network.lose(north);
        network.recover(north, identity, "harbor");
        network.start(north);
        assertOpens(north, study);
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(network.fact(north, "recovery")).isEqualTo("ended");
            assertThat(network.fact(north, "blobsMissing")).isEqualTo("0");
        });
        assertThat(network.fact(north, "blobsRecovered")).isEqualTo("3");
        assertThat(network.running(north).archive().blobs().status().blobs()).isEqualTo(3);
        assertThat(network.recoveryReport(north))
                .contains(
                        "lost-records 0",
                        "blobs 3",
                        "blobs-at-no-holder 0",
                        "keys " + network.site(harbor) + " PIXEL 1");
        network.stop(harbor);
        network.stop(north);
        network.start(north);
        assertOpens(north, study);
        assertReadsNothing(network.running(north).archive());
    }

    /** A recovery of blobs that has ended costs a start nothing. */
    private void assertReadsNothing(Archive archive) throws IOException {
        EventLog unread = (EventLog) Proxy.newProxyInstance(
                EventLog.class.getClassLoader(), new Class<?>[] {EventLog.class}, (_, method, _) -> {
                    throw new AssertionError(method.getName());
                });
        ForeignBlobs cache =
                ForeignBlobs.open(folder.resolve("cache"), ForeignBlobsOptions.cache(1_000_000, 0), Clock.systemUTC());
        BlobHolders nobody = new BlobHolders(
                List::of,
                _ -> {
                    throw new IllegalStateException("there is no member");
                },
                1,
                System::nanoTime);
        RemoteBlobs holders = new RemoteBlobs(cache, cache, nobody);
        try (BlobRecovery ended = new BlobRecovery(
                archive.directory().recoveredBlobs(),
                unread,
                archive.sealing(),
                10,
                archive.blobs(),
                cache,
                holders,
                new RecoveredBytes(archive.blobs(), archive.bytes(), archive.keys(), holders),
                _ -> {})) {
            ended.start();
            assertThat(ended.standing().ended()).isTrue();
            assertThat(ended.missing()).isZero();
        }
    }

    @Test
    void blobRecoveryThatFails_saysSoAndGoesOnByItself() throws Exception {
        List<PhantomObject> study = study(1, 2);
        store(north, study);
        awaitHeld(study);
        awaitFollowed(north, harbor);
        Path identity = network.lose(north);
        network.recover(north, identity, "harbor");
        Path obstacle = Files.createDirectories(
                north.data().resolve("recovery").resolve("blobs.new").resolve("in-the-way"));
        network.start(north);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(network.fact(north, "recovery")).isEqualTo("stopped"));
        Files.delete(obstacle);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(network.fact(north, "recovery")).isEqualTo("ended"));
        assertThat(network.running(north).archive().blobs().status().blobs()).isEqualTo(2);
    }

    /** North is back but for its blobs, whose only holder does not run. */
    private List<PhantomObject> recoveredWithoutBlobs() throws Exception {
        List<PhantomObject> study = study(1, 2);
        store(north, study);
        awaitHeld(study);
        awaitFollowed(north, harbor);
        Path identity = network.lose(north);
        network.recover(north, identity, "harbor");
        network.stop(harbor);
        network.start(north);
        return study;
    }

    @Test
    void holderThatComesBack_takesBackItsWordUntilItHasTheCopiesAgain() throws Exception {
        HeldStudies copies = new HeldStudies(network);
        List<PhantomObject> study = study(1, 2);
        store(north, study);
        awaitHeld(study);
        awaitFollowed(harbor, north);
        Path identity = network.lose(harbor);
        network.recover(harbor, identity, "north");
        network.stop(north);
        network.start(harbor);
        assertThat(copies.recordsOf(harbor, "StudyCopyReleased")).isEqualTo(1);
        network.stop(harbor);
        network.start(harbor);
        assertThat(copies.recordsOf(harbor, "StudyCopyReleased")).isEqualTo(1);
        assertThat(copies.recordsOf(harbor, "StudyCopyHeld")).isEqualTo(1);
        network.start(north);
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(copies.recordsOf(harbor, "StudyCopyHeld")).isEqualTo(2));
        awaitHeld(study);
        assertThat(HeldStudies.keptFiles(harbor)).isNotEmpty();
    }

    /** What it offers is not known to the site that came back: that is not nothing. */
    @Test
    void holderThatComesLater_keepsTheOnlyCopiesAndGivesThemBack() throws Exception {
        HeldStudies copies = new HeldStudies(network);
        List<PhantomObject> study = recoveredWithoutBlobs();
        await().during(Duration.ofSeconds(3))
                .atMost(SOON)
                .untilAsserted(() ->
                        assertThat(copies.recordsOf(north, "CopyAssigned")).isEqualTo(1));
        network.start(harbor);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(network.fact(north, "recovery")).isEqualTo("ended"));
        assertThat(network.fact(north, "blobsRecovered")).isEqualTo("2");
        assertOpens(north, study);
        assertThat(copies.recordsOf(harbor, "StudyCopyReleased")).isZero();
        assertThat(HeldStudies.keptFiles(harbor)).isNotEmpty();
    }

    @Test
    void blobsThatAreNotBackYet_areNoDefects() throws Exception {
        recoveredWithoutBlobs();
        Verification verified = Maintenance.verify(network.running(north).archive(), NetworkOfNodes.NOBODY);
        assertThat(verified.defects()).isEmpty();
        assertThat(verified.blobsComingBack()).isEqualTo(2);
    }

    @Test
    void studyWhoseBlobsAreNotBack_isNotHeldByThisSite() throws Exception {
        List<PhantomObject> study = recoveredWithoutBlobs();
        byte[] copies = network.get(north, "/api/studies/" + study.getFirst().study() + "/copies", "application/json")
                .body();
        assertThat(JSON.readTree(copies).path("whole").asInt(-1)).isZero();
    }

    @Test
    void blobsAtNoHolder_areCounted_andAreTakenWhenTheirSenderHasThemStill() throws Exception {
        NodeAddress alone = network.node("alone", "copies: { wanted: 1 }");
        network.introduce(alone, harbor);
        List<PhantomObject> study = study(3, 2);
        store(alone, study);
        awaitFollowed(alone, harbor);
        // Its pixel key is held, the bytes are not.
        Archive archive = network.running(alone).archive();
        KeyRef use = new KeyRef(
                KeyClass.PIXEL, archive.names().study(study.getFirst().study()).stream());
        awaitIndexKey(study, alone, harbor);
        network.running(harbor)
                .archive()
                .keys()
                .adopt(Map.of(use, archive.keys().find(use).orElseThrow()));
        Path identity = network.lose(alone);
        network.recover(alone, identity, "harbor");
        network.start(alone);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(network.fact(alone, "recovery")).isEqualTo("ended"));
        assertThat(network.fact(alone, "blobsAtNoHolder")).isEqualTo("2");
        assertThat(network.get(alone, path(study.getFirst()), AS_STORED).statusCode())
                .isGreaterThanOrEqualTo(400);
        store(alone, study);
        assertOpens(alone, study);
    }

    private ObjectSenders.Answer sent(NodeAddress to, PhantomObject object) throws IOException {
        try (ObjectSender sender = new DicomSenders().open(to, Optional.empty())) {
            return sender.send(new OutgoingFile(
                    object.sopClassUid().value(),
                    object.sopInstanceUid().value(),
                    object.transferSyntax().value(),
                    object.dataset().length,
                    () -> new ByteArrayInputStream(object.dataset())));
        }
    }

    @Test
    void studyWhosePixelKeyNobodyHas_takesInNothing_andIsNotSaidToBeErased() throws Exception {
        NodeAddress alone = network.node("alone", "copies: { wanted: 1 }");
        network.introduce(alone, harbor);
        List<PhantomObject> study = study(3, 2);
        store(alone, study);
        awaitFollowed(alone, harbor);
        awaitIndexKey(study, alone, harbor);
        Path identity = network.lose(alone);
        network.recover(alone, identity, "harbor");
        network.start(alone);
        // Its records open: what it holds is known, and cannot be opened.
        assertThat(knows(alone, study.getFirst())).isTrue();
        assertThat(sent(alone, study.getFirst()).taken()).isFalse();
        assertThat(sent(alone, study.getFirst()).text()).containsIgnoringCase("C00E");
        KeyRef use = new KeyRef(
                KeyClass.PIXEL,
                network.running(alone).archive().names().study(study.getFirst().study()).stream());
        assertThat(network.running(alone).archive().keys().find(use)).isEmpty();
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(network.fact(alone, "recovery")).isEqualTo("ended"));
        HttpResponse<byte[]> refused = network.get(alone, path(study.getFirst()), AS_STORED);
        assertThat(refused.statusCode()).isEqualTo(410);
        assertThat(new String(refused.body(), StandardCharsets.UTF_8)).contains("lost when this site was destroyed");
        // Another study is taken.
        store(alone, study(4, 1));
    }

    @Test
    void studyWhoseIndexKeyNobodyHas_isNotSaidToBeErased() throws Exception {
        NodeAddress closed = network.node("closed", "grantIndexKeys: false, copies: { wanted: 1 }");
        network.introduce(closed, harbor);
        List<PhantomObject> study = study(3, 1);
        store(closed, study);
        awaitFollowed(closed, harbor);
        Path identity = network.lose(closed);
        network.recover(closed, identity, "harbor");
        network.start(closed);
        assertThat(sent(closed, study.getFirst()).text()).containsIgnoringCase("C00E");
        HttpResponse<byte[]> refused = network.get(closed, path(study.getFirst()), AS_STORED);
        assertThat(refused.statusCode()).isEqualTo(410);
        assertThat(new String(refused.body(), StandardCharsets.UTF_8)).contains("lost when this site was destroyed");
    }

    @Test
    void keysThatWouldNotBeUsedAnyMore_areRefused() throws Exception {
        store(north, study(1, 1));
        awaitFollowed(north, harbor);
        Path identity = network.lose(north);
        network.stop(harbor);
        assertThatThrownBy(() -> network.recover(north, identity, "harbor")).isInstanceOf(CommandFailure.class);
        assertThatThrownBy(() -> network.recoverWithKeys(north, identity, folder, "harbor"))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("--keys cannot be used any more");
    }
}
