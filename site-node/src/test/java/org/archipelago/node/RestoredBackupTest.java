package org.archipelago.node;

import static org.archipelago.node.NetworkOfNodes.SOON;
import static org.archipelago.node.NetworkOfNodes.store;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.node.cli.NodeAddress;
import org.archipelago.node.dicom.phantom.Phantoms;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole nodes on loopback, of which one is restored from a backup. */
class RestoredBackupTest {
    private static final String SHORT_WAIT = "takeBackWaitSeconds: 2, ";
    private static final Duration A_WHILE = Duration.ofSeconds(4);

    @TempDir
    Path folder;

    private NetworkOfNodes network;
    private NodeAddress north;
    private NodeAddress harbor;
    private SiteId site;

    @BeforeEach
    void prepare() throws IOException {
        network = new NetworkOfNodes(folder);
        north = network.node("north", SHORT_WAIT + "copies: { wanted: 2 }");
        harbor = network.node("harbor", "copies: { capacityBytes: 1000000000 }");
        site = network.site(north);
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

    /** The node runs again on return. */
    private void backUp() {
        network.stop(north);
        network.backUp(north);
        network.start(north);
    }

    private void restore() throws IOException {
        network.lose(north);
        network.restore(north);
    }

    private void awaitFollowed() {
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(network.fact(north, "recordsNotSigned")).isEqualTo("0");
            assertThat(network.fact(harbor, "peer north"))
                    .isEqualTo("answers, " + network.fact(north, "recordsSigned") + " records here, 0 behind");
        });
    }

    private void awaitAnswers(NodeAddress at, String peer) {
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(network.fact(at, "peer " + peer)).startsWith("answers"));
    }

    private List<LogRecord> recordsAt(NodeAddress node) {
        return network.running(node).archive().log().readOrigin(site, new OriginPosition(0), 10_000).stream()
                .map(StoredRecord::record)
                .toList();
    }

    private boolean knows(PhantomObject object) {
        Archive archive = network.running(north).archive();
        return archive.catalog()
                .study(archive.names().study(object.study()))
                .flatMap(contents -> contents.instance(object.sopInstanceUid()))
                .isPresent();
    }

    private void assertSignsNothing() {
        await().during(A_WHILE)
                .atMost(SOON)
                .untilAsserted(() -> assertThat(network.fact(north, "signing")).startsWith("no."));
    }

    @Test
    void whatWasRecordedSinceTheBackup_comesBackFromTheMemberThatFollowed_andTheSiteGoesOn() throws Exception {
        network.introduce(north, harbor);
        store(north, study(1, 2));
        awaitFollowed();
        backUp();
        assertThat(folder.resolve("north-backup").resolve("data").resolve("followed"))
                .exists();
        List<PhantomObject> later = study(2, 3);
        store(north, later);
        awaitFollowed();
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(network.get(
                                        north,
                                        "/api/studies/" + later.getFirst().study() + "/copies",
                                        "application/json")
                                .body())
                        .asString()
                        .contains("\"whole\":2"));
        restore();
        List<LogRecord> held = recordsAt(harbor);

        network.start(north);
        assertThat(recordsAt(north).subList(0, held.size())).isEqualTo(held);
        later.forEach(object -> assertThat(knows(object)).isTrue());
        List<PhantomObject> after = study(3, 1);
        store(north, after);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(network.fact(north, "signing")).isEqualTo("yes"));
        awaitFollowed();
        assertThat(recordsAt(harbor)).isEqualTo(recordsAt(north)).hasSizeGreaterThan(held.size());
        assertThat(north.data().resolve("restored")).doesNotExist();
        // What the backup does not have of them comes back from the holder.
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(network.fact(north, "recovery")).isEqualTo("ended"));
        assertThat(network.fact(north, "blobsMissing")).isEqualTo("0");
        assertThat(network.running(north).archive().blobs().status().blobs()).isEqualTo(6);
    }

    @Test
    void whenNoMemberAnswers_theSiteStartsAndTakesStudies_andSignsNothing() throws Exception {
        network.introduce(north, harbor);
        awaitFollowed();
        backUp();
        store(north, study(2, 1));
        awaitFollowed();
        network.stop(harbor);
        restore();
        network.start(north);
        store(north, study(3, 1));
        assertSignsNothing();
        network.start(harbor);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(network.fact(north, "signing")).contains("not in the history"));
    }

    @Test
    void restoredSiteThatTakesNoCalls_isConfirmedByAMemberBeforeItSigns() throws Exception {
        network.introduce(north, harbor);
        awaitFollowed();
        backUp();
        store(north, study(2, 1));
        awaitFollowed();
        network.stop(harbor);
        restore();
        network.takeNoCalls(north);
        network.start(north);
        store(north, study(3, 1));
        assertSignsNothing();
    }

    @Test
    void restoredSiteOfABackupWithoutMembers_asksTheOneThatIsAcceptedBeforeItServesIt() throws Exception {
        backUp();
        network.introduce(north, harbor);
        store(north, study(2, 1));
        awaitFollowed();
        restore();
        network.start(north);
        store(north, study(3, 1));
        assertSignsNothing();
        network.introduce(north, harbor);
        awaitAnswers(north, "harbor");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(network.fact(north, "signing")).contains("not in the history"));
        await().during(A_WHILE)
                .atMost(SOON)
                .untilAsserted(
                        () -> assertThat(network.fact(harbor, "peer north")).doesNotContain("two histories"));
    }

    @Test
    void restoredSiteThatSignedSinceAnOlderBackup_isNotServedToWhoSawMore() throws Exception {
        backUp();
        network.introduce(north, harbor);
        store(north, study(2, 1));
        awaitFollowed();
        restore();
        network.takeNoCalls(north);
        network.start(north);
        store(north, study(3, 2));
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(network.fact(north, "recordsNotSigned")).isEqualTo("0"));
        network.stop(north);
        network.takeCalls(north);
        network.start(north);
        network.introduce(north, harbor);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(network.fact(north, "signing")).contains("not in the history"));
        await().during(A_WHILE)
                .atMost(SOON)
                .untilAsserted(
                        () -> assertThat(network.fact(harbor, "peer north")).doesNotContain("two histories"));
    }

    @Test
    void restoredSiteThatNobodyFollows_signsOnceAnOperatorHasSaidSo() throws Exception {
        store(north, study(1, 1));
        backUp();
        restore();
        network.start(north);
        assertSignsNothing();
        network.stop(north);
        network.goUnfollowed(north);
        network.start(north);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(network.fact(north, "signing")).isEqualTo("yes"));
    }

    @Test
    void restoredSiteThatNeverTookCalls_signsFreely() throws Exception {
        network.takeNoCalls(north);
        network.stop(north);
        network.start(north);
        store(north, study(1, 1));
        backUp();
        restore();
        network.start(north);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(network.fact(north, "signing")).isEqualTo("yes"));
    }
}
