package org.archipelago.node;

import static org.archipelago.node.NetworkOfNodes.SOON;
import static org.archipelago.node.NetworkOfNodes.store;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.eventstore.EventLog;
import org.archipelago.node.cli.NodeAddress;
import org.archipelago.node.dicom.phantom.Phantoms;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whole nodes on loopback that hold studies for each other. */
class KeptCopiesTest {
    private static final String AS_STORED = "application/dicom; transfer-syntax=*";
    private static final String HOLDING = "copies: { capacityBytes: 1000000000 }";
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    Path folder;

    private NetworkOfNodes network;

    @BeforeEach
    void prepare() {
        network = new NetworkOfNodes(folder);
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

    private static String path(PhantomObject object) {
        return "/dicom-web/studies/" + object.study() + "/series/" + object.series() + "/instances/"
                + object.sopInstanceUid();
    }

    private JsonNode copies(NodeAddress origin, PhantomObject of) throws Exception {
        return JSON.readTree(network.get(origin, "/api/studies/" + of.study() + "/copies", "application/json")
                .body());
    }

    private void awaitWhole(NodeAddress origin, List<PhantomObject> study, int sites) {
        await().atMost(SOON).untilAsserted(() -> {
            JsonNode copies = copies(origin, study.getFirst());
            assertThat(copies.path("whole").asInt()).as(copies.toString()).isEqualTo(sites);
        });
    }

    private void assertOpens(NodeAddress at, List<PhantomObject> study) throws Exception {
        for (PhantomObject object : study) {
            assertThat(network.get(at, "/network" + path(object), AS_STORED).body())
                    .isEqualTo(object.file());
        }
    }

    private static List<Path> keptFiles(NodeAddress at) throws IOException {
        Path kept = at.data().resolve("kept-blobs");
        try (Stream<Path> files = Files.walk(kept)) {
            return files.filter(file -> Files.isRegularFile(file) && !file.startsWith(kept.resolve("incoming")))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void study_isHeldAndOpensAtItsHolderWhileItsOriginIsGone() throws Exception {
        NodeAddress north = network.node("north", "copies: { wanted: 2 }");
        NodeAddress harbor = network.node("harbor", HOLDING);
        List<PhantomObject> before = study(1, 2);
        store(north, before);
        network.introduce(north, harbor);
        List<PhantomObject> after = study(2, 3);
        store(north, after);
        awaitWhole(north, before, 2);
        awaitWhole(north, after, 2);
        JsonNode copy = copies(north, after.getFirst()).path("copies").path(0);
        assertThat(copy.path("site").asText()).isEqualTo("harbor");
        assertThat(copy.path("assigned").asBoolean()).isTrue();
        assertThat(copy.path("behindRecords").asInt(-1)).isZero();
        assertThat(keptFiles(harbor)).hasSize(before.size() + after.size());

        network.stop(north);
        assertOpens(harbor, before);
        assertOpens(harbor, after);
        network.stop(harbor);
        network.start(harbor);
        assertOpens(harbor, after);
    }

    @Test
    void studyThatGrows_isBehindUntilTheRestIsHeldToo() throws Exception {
        NodeAddress north = network.node("north", "copies: { wanted: 2 }");
        NodeAddress harbor = network.node("harbor", HOLDING);
        network.introduce(north, harbor);
        List<PhantomObject> all = study(1, 4);
        store(north, all.subList(0, 2));
        awaitWhole(north, all, 2);
        network.stop(harbor);
        store(north, all.subList(2, 4));
        await().atMost(SOON).untilAsserted(() -> {
            JsonNode copies = copies(north, all.getFirst());
            assertThat(copies.path("whole").asInt()).isEqualTo(1);
            assertThat(copies.path("copies").path(0).path("behindRecords").asInt())
                    .isPositive();
        });
        network.start(harbor);
        awaitWhole(north, all, 2);
        assertThat(keptFiles(harbor)).hasSize(4);
    }

    @Test
    void holderThatIsNotToOpen_holdsAndServesWhatItCannotRead() throws Exception {
        NodeAddress north = network.node("north", "copies: { wanted: 2, openAtHolders: false }");
        NodeAddress harbor = network.node("harbor", HOLDING);
        NodeAddress valley = network.node("valley", "copies: { wanted: 1 }");
        network.introduce(north, harbor, valley);
        List<PhantomObject> study = study(1, 2);
        store(north, study);
        awaitWhole(north, study, 2);
        // Valley asks its origin for the key once, and has nothing else of the study.
        assertOpens(valley, study.subList(0, 1));
        network.stop(north);
        assertThat(network.get(harbor, "/network" + path(study.getFirst()), AS_STORED)
                        .statusCode())
                .isEqualTo(503);
        assertOpens(valley, study);
    }

    @Test
    void siteThatOffersNothing_isAssignedNothing() throws Exception {
        NodeAddress north = network.node("north", "copies: { wanted: 3 }");
        NodeAddress harbor = network.node("harbor", HOLDING);
        NodeAddress valley = network.node("valley", "copies: { wanted: 1 }");
        network.introduce(north, harbor, valley);
        List<PhantomObject> study = study(1, 1);
        store(north, study);
        awaitWhole(north, study, 2);
        assertThat(copies(north, study.getFirst()).path("copies")).hasSize(1);
        assertThat(keptFiles(valley)).isEmpty();
    }

    /** Who offers what is not known at once: that must not look like nothing. */
    @Test
    void restartOfTheOrigin_assignsNothingAnew() throws Exception {
        NodeAddress north = network.node("north", "copies: { wanted: 2 }");
        NodeAddress harbor = network.node("harbor", HOLDING);
        network.introduce(north, harbor);
        List<PhantomObject> before = study(1, 1);
        store(north, before);
        awaitWhole(north, before, 2);
        network.stop(north);
        network.start(north);
        List<PhantomObject> after = study(2, 1);
        store(north, after);
        awaitWhole(north, after, 2);
        assertThat(recordsOf(north, "CopyAssigned")).isEqualTo(2);
        assertThat(recordsOf(harbor, "StudyCopyReleased")).isZero();
    }

    private long recordsOf(NodeAddress node, String type) {
        EventLog log = network.running(node).archive().log();
        return log.readOrigin(log.site(), new OriginPosition(0), 10_000).stream()
                .filter(stored -> stored.record().header().type().equals(type))
                .count();
    }

    @Test
    void copyOfWhichSomeIsGone_isFetchedAgainOrTakenBack() throws Exception {
        NodeAddress north = network.node("north", "copies: { wanted: 2 }");
        NodeAddress harbor = network.node("harbor", HOLDING);
        network.introduce(north, harbor);
        List<PhantomObject> study = study(1, 2);
        store(north, study);
        awaitWhole(north, study, 2);
        network.stop(harbor);
        Files.delete(keptFiles(harbor).getFirst());
        network.stop(north);
        network.start(harbor);
        await().atMost(SOON).until(() -> recordsOf(harbor, "StudyCopyReleased") == 1);
        long held = recordsOf(harbor, "StudyCopyHeld");
        network.start(north);
        await().atMost(SOON).until(() -> recordsOf(harbor, "StudyCopyHeld") > held);
        assertThat(keptFiles(harbor)).hasSize(2);
        awaitWhole(north, study, 2);
    }

    @Test
    void memberThatIsRemoved_isReplacedByAnother() throws Exception {
        NodeAddress north = network.node("north", "copies: { wanted: 2 }");
        NodeAddress harbor = network.node("harbor", HOLDING);
        network.introduce(north, harbor);
        List<PhantomObject> study = study(1, 2);
        store(north, study);
        awaitWhole(north, study, 2);
        NodeAddress valley = network.node("valley", HOLDING);
        network.introduce(north, valley);
        network.remove(north, harbor);
        await().atMost(SOON).untilAsserted(() -> {
            List<String> assigned = new ArrayList<>();
            copies(north, study.getFirst()).path("copies").forEach(copy -> {
                if (copy.path("assigned").asBoolean()
                        && copy.path("behindRecords").asInt(-1) == 0) {
                    assigned.add(copy.path("site").asText());
                }
            });
            assertThat(assigned).containsExactly("valley");
        });
        network.stop(north);
        assertOpens(valley, study);
    }

    @Test
    void studyThatIsAssignedToAnother_isLetGoAfterItsHolderHasSaidSo() throws Exception {
        NodeAddress north = network.node("north", "copies: { wanted: 2 }");
        NodeAddress harbor = network.node("harbor", "copies: { capacityBytes: 1000 }");
        network.introduce(north, harbor);
        List<List<PhantomObject>> studies = new ArrayList<>();
        for (int number = 1; number <= 6; number++) {
            studies.add(study(number, 1));
            store(north, studies.getLast());
        }
        NodeAddress valley = network.node("valley", HOLDING);
        network.introduce(north, harbor, valley);
        for (List<PhantomObject> study : studies) {
            awaitWhole(north, study, 2);
            assertThat(copies(north, study.getFirst())
                            .path("copies")
                            .path(0)
                            .path("site")
                            .asText())
                    .isEqualTo("valley");
        }
        await().atMost(SOON).untilAsserted(() -> assertThat(keptFiles(harbor)).isEmpty());
    }

    @Test
    void keptCopyThatHasRotted_isFetchedAgainThoughNobodyReadsIt() throws Exception {
        NodeAddress north = network.node("north", "copies: { wanted: 2 }");
        NodeAddress harbor = network.node("harbor", HOLDING);
        network.introduce(north, harbor);
        List<PhantomObject> study = study(1, 2);
        store(north, study);
        awaitWhole(north, study, 2);
        network.stop(harbor);
        Path file = keptFiles(harbor).getFirst();
        byte[] sound = Files.readAllBytes(file);
        rot(file, sound);
        network.start(harbor);
        await().atMost(SOON).untilAsserted(() -> assertThat(file).hasBinaryContent(sound));
    }

    private static void rot(Path file, byte[] sound) throws IOException {
        byte[] rotten = sound.clone();
        rotten[sound.length / 2] ^= 1;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(rotten));
        }
    }

    @Test
    void keptCopyThatHasRotted_isFetchedAgainWhenItIsRead() throws Exception {
        NodeAddress north = network.node("north", "copies: { wanted: 2 }");
        NodeAddress harbor = network.node("harbor", HOLDING);
        network.introduce(north, harbor);
        List<PhantomObject> study = study(1, 1);
        store(north, study);
        awaitWhole(north, study, 2);
        Path file = keptFiles(harbor).getFirst();
        byte[] sound = Files.readAllBytes(file);
        rot(file, sound);
        assertOpens(harbor, study);
        assertThat(file).hasBinaryContent(sound);
    }
}
