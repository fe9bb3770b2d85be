package org.archipelago.node;

import static org.archipelago.node.NetworkOfNodes.SOON;
import static org.archipelago.node.NetworkOfNodes.store;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.archipelago.node.cli.NodeAddress;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which site holds which study, among whole nodes on loopback. */
class AssignedCopiesTest {
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
    void siteThatOffersNothing_isAssignedNothing() throws Exception {
        NodeAddress north = network.node("north", "copies: { wanted: 3 }");
        NodeAddress harbor = network.node("harbor", HeldStudies.HOLDING);
        NodeAddress valley = network.node("valley", "copies: { wanted: 1 }");
        network.introduce(north, harbor, valley);
        List<PhantomObject> study = HeldStudies.study(1, 1);
        store(north, study);
        copies.awaitWhole(north, study, 2);
        assertThat(copies.of(north, study.getFirst()).path("copies")).hasSize(1);
        assertThat(HeldStudies.keptFiles(valley)).isEmpty();
    }

    /** Who offers what is not known at once: that must not look like nothing. */
    @Test
    void restartOfTheOrigin_assignsNothingAnew() throws Exception {
        NodeAddress north = network.node("north", "copies: { wanted: 2 }");
        NodeAddress harbor = network.node("harbor", HeldStudies.HOLDING);
        network.introduce(north, harbor);
        List<PhantomObject> before = HeldStudies.study(1, 1);
        store(north, before);
        copies.awaitWhole(north, before, 2);
        network.stop(north);
        network.start(north);
        List<PhantomObject> after = HeldStudies.study(2, 1);
        store(north, after);
        copies.awaitWhole(north, after, 2);
        assertThat(copies.recordsOf(north, "CopyAssigned")).isEqualTo(2);
        assertThat(copies.recordsOf(harbor, "StudyCopyReleased")).isZero();
    }

    @Test
    void memberThatIsRemoved_isReplacedByAnother() throws Exception {
        NodeAddress north = network.node("north", "copies: { wanted: 2 }");
        NodeAddress harbor = network.node("harbor", HeldStudies.HOLDING);
        network.introduce(north, harbor);
        List<PhantomObject> study = HeldStudies.study(1, 2);
        store(north, study);
        copies.awaitWhole(north, study, 2);
        NodeAddress valley = network.node("valley", HeldStudies.HOLDING);
        network.introduce(north, valley);
        network.remove(north, harbor);
        await().atMost(SOON).untilAsserted(() -> {
            List<String> assigned = new ArrayList<>();
            copies.of(north, study.getFirst()).path("copies").forEach(copy -> {
                if (copy.path("assigned").asBoolean()
                        && copy.path("behindRecords").asInt(-1) == 0) {
                    assigned.add(copy.path("site").asText());
                }
            });
            assertThat(assigned).containsExactly("valley");
        });
        network.stop(north);
        copies.assertOpens(valley, study);
    }

    private void configure(NodeAddress node, String before, String after) throws Exception {
        network.stop(node);
        String configured = Files.readString(node.configuration());
        assertThat(configured).contains(before);
        Files.writeString(node.configuration(), configured.replace(before, after));
        network.start(node);
    }

    private void assertStays(NodeAddress holder, List<Path> files) {
        await().during(Duration.ofSeconds(3)).atMost(SOON).untilAsserted(() -> {
            assertThat(HeldStudies.keptFiles(holder)).containsAll(files);
            assertThat(copies.recordsOf(holder, "StudyCopyReleased")).isZero();
        });
    }

    @Test
    void studyThatIsAssignedToAnother_staysUntilThatOneHasIt() throws Exception {
        NodeAddress north = network.node("north", "copies: { wanted: 2 }");
        NodeAddress harbor = network.node("harbor", "copies: { capacityBytes: 10000000 }");
        network.introduce(north, harbor);
        List<List<PhantomObject>> studies = new ArrayList<>();
        for (int number = 1; number <= 3; number++) {
            studies.add(HeldStudies.study(number, 2));
            store(north, studies.getLast());
            copies.awaitWhole(north, studies.getLast(), 2);
        }
        List<Path> files = HeldStudies.keptFiles(harbor);
        NodeAddress valley = network.node("valley", "copies: { capacityBytes: 1000000000000, bytesPerSecond: 1 }");
        network.introduce(north, harbor, valley);
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(copies.recordsOf(north, "CopyAssigned")).isEqualTo(6));
        assertStays(harbor, files);
        configure(valley, "bytesPerSecond: 1 ", "bytesPerSecond: 0 ");
        for (List<PhantomObject> study : studies) {
            copies.awaitWhole(north, study, 2);
        }
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(HeldStudies.keptFiles(harbor)).isEmpty());
        assertThat(copies.recordsOf(valley, "StudyCopyReleased")).isZero();
    }

    @Test
    void studyThatNobodyIsToHold_staysForSomeTime() throws Exception {
        NodeAddress north = network.node("north", "copies: { wanted: 2 }");
        NodeAddress harbor = network.node("harbor", HeldStudies.HOLDING);
        network.introduce(north, harbor);
        List<PhantomObject> study = HeldStudies.study(1, 1);
        store(north, study);
        copies.awaitWhole(north, study, 2);
        List<Path> files = HeldStudies.keptFiles(harbor);
        configure(north, "wanted: 2", "wanted: 1");
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(copies.recordsOf(north, "CopyAssigned")).isEqualTo(2));
        assertStays(harbor, files);
        configure(harbor, "capacityBytes", "releaseAfterDays: 0, capacityBytes");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(HeldStudies.keptFiles(harbor)).isEmpty());
        assertThat(copies.recordsOf(harbor, "StudyCopyReleased")).isEqualTo(1);
    }

    @Test
    void memberThatStaysAway_keepsNoStudyFromBeingAssigned() throws Exception {
        NodeAddress north = network.node("north", "copies: { wanted: 2 }");
        NodeAddress harbor = network.node("harbor", HeldStudies.HOLDING);
        NodeAddress valley = network.node("valley", HeldStudies.HOLDING);
        network.introduce(north, harbor);
        network.introduce(north, valley);
        network.stop(north);
        network.stop(valley);
        network.start(north);
        for (int number = 1; number <= 4; number++) {
            store(north, HeldStudies.study(number, 1));
        }
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(copies.recordsOf(north, "CopyAssigned")).isEqualTo(4));
    }
}
