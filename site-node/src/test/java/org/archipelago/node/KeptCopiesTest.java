package org.archipelago.node;

import static org.archipelago.node.NetworkOfNodes.SOON;
import static org.archipelago.node.NetworkOfNodes.store;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.archipelago.node.cli.NodeAddress;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Whole nodes on loopback that hold studies for each other. {@link AssignedCopiesTest} is about who holds which. */
class KeptCopiesTest {
    @TempDir
    Path folder;

    private NetworkOfNodes network;
    private HeldStudies copies;

    @BeforeEach
    void prepare() {
        network = new NetworkOfNodes(folder);
        copies = new HeldStudies(network);
    }

    @AfterEach
    void stop() {
        network.close();
    }

    @Test
    void study_isHeldAndOpensAtItsHolderWhileItsOriginIsGone() throws Exception {
        NodeAddress north = network.node("north", "copies: { wanted: 2 }");
        NodeAddress harbor = network.node("harbor", HeldStudies.HOLDING);
        List<PhantomObject> before = HeldStudies.study(1, 2);
        store(north, before);
        network.introduce(north, harbor);
        List<PhantomObject> after = HeldStudies.study(2, 3);
        store(north, after);
        copies.awaitWhole(north, before, 2);
        copies.awaitWhole(north, after, 2);
        JsonNode copy = copies.of(north, after.getFirst()).path("copies").path(0);
        assertThat(copy.path("site").asText()).isEqualTo("harbor");
        assertThat(copy.path("assigned").asBoolean()).isTrue();
        assertThat(copy.path("behindRecords").asInt(-1)).isZero();
        assertThat(HeldStudies.keptFiles(harbor)).hasSize(before.size() + after.size());

        network.stop(north);
        copies.assertOpens(harbor, before);
        copies.assertOpens(harbor, after);
        network.stop(harbor);
        network.start(harbor);
        copies.assertOpens(harbor, after);
    }

    @Test
    void copyOfASiteThatWasRemoved_opensAfterARestart() throws Exception {
        NodeAddress north = network.node("north", "copies: { wanted: 2 }");
        NodeAddress harbor = network.node("harbor", HeldStudies.HOLDING);
        network.introduce(north, harbor);
        List<PhantomObject> study = HeldStudies.study(1, 2);
        store(north, study);
        copies.awaitWhole(north, study, 2);
        network.stop(north);
        network.remove(harbor, north);
        network.stop(harbor);
        network.start(harbor);
        copies.assertOpens(harbor, study);
        assertThat(network.fact(harbor, "former peer north")).startsWith("no member any more, ");
        String told = new String(
                network.get(harbor, "/api/network", "application/json").body(), StandardCharsets.UTF_8);
        assertThat(told).contains("\"complete\":true", "\"label\":\"north\"", "\"member\":false");
    }

    @Test
    void studyThatGrows_isBehindUntilTheRestIsHeldToo() throws Exception {
        NodeAddress north = network.node("north", "copies: { wanted: 2 }");
        NodeAddress harbor = network.node("harbor", HeldStudies.HOLDING);
        network.introduce(north, harbor);
        List<PhantomObject> all = HeldStudies.study(1, 4);
        store(north, all.subList(0, 2));
        copies.awaitWhole(north, all, 2);
        network.stop(harbor);
        store(north, all.subList(2, 4));
        await().atMost(SOON).untilAsserted(() -> {
            JsonNode told = copies.of(north, all.getFirst());
            assertThat(told.path("whole").asInt()).isEqualTo(1);
            assertThat(told.path("copies").path(0).path("behindRecords").asInt())
                    .isPositive();
        });
        network.start(harbor);
        copies.awaitWhole(north, all, 2);
        assertThat(HeldStudies.keptFiles(harbor)).hasSize(4);
    }

    @Test
    void holderThatIsNotToOpen_holdsAndServesWhatItCannotRead() throws Exception {
        NodeAddress north = network.node("north", "copies: { wanted: 2, openAtHolders: false }");
        NodeAddress harbor = network.node("harbor", HeldStudies.HOLDING);
        NodeAddress valley = network.node("valley", "copies: { wanted: 1 }");
        network.introduce(north, harbor, valley);
        List<PhantomObject> study = HeldStudies.study(1, 2);
        store(north, study);
        copies.awaitWhole(north, study, 2);
        // Valley asks its origin for the key once, and has nothing else of the study.
        copies.assertOpens(valley, study.subList(0, 1));
        network.stop(north);
        assertThat(network.get(harbor, "/network" + HeldStudies.path(study.getFirst()), HeldStudies.AS_STORED)
                        .statusCode())
                .isEqualTo(503);
        copies.assertOpens(valley, study);
    }

    @Test
    void copyOfWhichSomeIsGone_isFetchedAgainOrTakenBack() throws Exception {
        NodeAddress north = network.node("north", "copies: { wanted: 2 }");
        NodeAddress harbor = network.node("harbor", HeldStudies.HOLDING);
        network.introduce(north, harbor);
        List<PhantomObject> study = HeldStudies.study(1, 2);
        store(north, study);
        copies.awaitWhole(north, study, 2);
        network.stop(harbor);
        Files.delete(HeldStudies.keptFiles(harbor).getFirst());
        network.stop(north);
        network.start(harbor);
        await().atMost(SOON).until(() -> copies.recordsOf(harbor, "StudyCopyReleased") == 1);
        long held = copies.recordsOf(harbor, "StudyCopyHeld");
        network.start(north);
        await().atMost(SOON).until(() -> copies.recordsOf(harbor, "StudyCopyHeld") > held);
        assertThat(HeldStudies.keptFiles(harbor)).hasSize(2);
        copies.awaitWhole(north, study, 2);
    }

    @Test
    void keptCopyThatHasRotted_isFetchedAgainThoughNobodyReadsIt() throws Exception {
        NodeAddress north = network.node("north", "copies: { wanted: 2 }");
        NodeAddress harbor = network.node("harbor", HeldStudies.HOLDING);
        network.introduce(north, harbor);
        List<PhantomObject> study = HeldStudies.study(1, 2);
        store(north, study);
        copies.awaitWhole(north, study, 2);
        network.stop(harbor);
        Path file = HeldStudies.keptFiles(harbor).getFirst();
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
        NodeAddress harbor = network.node("harbor", HeldStudies.HOLDING);
        network.introduce(north, harbor);
        List<PhantomObject> study = HeldStudies.study(1, 1);
        store(north, study);
        copies.awaitWhole(north, study, 2);
        Path file = HeldStudies.keptFiles(harbor).getFirst();
        byte[] sound = Files.readAllBytes(file);
        rot(file, sound);
        copies.assertOpens(harbor, study);
        assertThat(file).hasBinaryContent(sound);
    }
}
