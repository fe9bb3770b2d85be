package org.archipelago.federation.checkpoint;

import static org.archipelago.federation.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.federation.FlippedBit;
import org.archipelago.federation.TestLog;
import org.archipelago.federation.checkpoint.SigningState.Reason;
import org.archipelago.federation.checkpoint.SigningState.Signing;
import org.archipelago.federation.checkpoint.SigningState.Withheld;
import org.archipelago.federation.identity.SiteIdentity;
import org.archipelago.federation.merkle.MemoryTree;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointsTest {
    private static final Duration LONG = Duration.ofHours(1);

    @TempDir
    Path directory;

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private TestLog log;
    private SiteIdentity identity;

    @BeforeEach
    void create() throws IOException {
        log = TestLog.create(directory.resolve("log"));
        identity = SiteIdentity.create(directory.resolve("identity"), TestLog.SITE, new SecureRandom());
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable part : opened) {
            part.close();
        }
        log.close();
    }

    private Checkpoints open() throws IOException {
        return open(LONG);
    }

    private Checkpoints open(Duration interval) throws IOException {
        Checkpoints checkpoints = Checkpoints.open(directory.resolve("checkpoints"), log.log, identity, interval);
        opened.push(checkpoints);
        return checkpoints;
    }

    /** What an earlier run has signed. */
    private SignedCheckpoint signed(int records) throws IOException {
        log.append(records);
        try (Checkpoints checkpoints = open()) {
            return checkpoints.advance().orElseThrow();
        }
    }

    private Path file() {
        return directory.resolve("checkpoints/checkpoint");
    }

    private static Digest root(List<Digest> leaves) {
        MemoryTree tree = new MemoryTree();
        leaves.forEach(tree::append);
        return tree.root(tree.size());
    }

    private static void assertWithheld(Checkpoints checkpoints, Reason reason) {
        assertRefused(ArchiveError.SIGNING_WITHHELD, checkpoints::advance);
        assertThat(checkpoints.state())
                .isInstanceOfSatisfying(
                        Withheld.class,
                        withheld -> assertThat(withheld.reason()).isEqualTo(reason));
    }

    @Test
    void emptyLog_isNotSigned() throws IOException {
        assertThat(open().advance()).isEmpty();
        assertThat(file()).doesNotExist();
    }

    @Test
    void whatTheLogHas_isSigned() throws IOException {
        Checkpoints checkpoints = open();
        for (int more : List.of(1, 300, 5)) {
            log.append(more);
            SignedCheckpoint signed = checkpoints.advance().orElseThrow();
            assertThat(SignedCheckpoint.verify(signed.note().toBytes(), identity.verifierKey()))
                    .isEqualTo(signed);
            assertThat(signed.checkpoint())
                    .isEqualTo(new Checkpoint(
                            "archipelago/" + TestLog.SITE, log.leaves().size(), root(log.leaves())));
            assertThat(checkpoints.latest()).contains(signed);
            assertThat(checkpoints.state()).isEqualTo(new Signing());
        }
    }

    @Test
    void checkpoint_isOnDiskWhenItIsGiven() throws IOException {
        log.append(3);
        SignedCheckpoint signed = open().advance().orElseThrow();
        assertThat(Files.readAllBytes(file())).isEqualTo(signed.note().toBytes());
    }

    @Test
    void logThatHasNotGrown_isNotSignedAgain() throws IOException {
        SignedCheckpoint signed = signed(3);
        Checkpoints again = open();
        assertThat(again.latest()).contains(signed);
        assertThat(again.advance()).contains(signed);
    }

    @Test
    void logOfAnOlderBackup_isNotSigned() throws IOException {
        log.append(10);
        byte[] backup = log.backup();
        SignedCheckpoint signed = signed(5);
        log = log.restored(backup, directory.resolve("restored"));
        Checkpoints checkpoints = open();
        assertWithheld(checkpoints, Reason.LOG_IS_SHORTER);
        assertThat(checkpoints.state()).isEqualTo(new Withheld(Reason.LOG_IS_SHORTER, 10, 15));
        assertThat(checkpoints.latest()).contains(signed);
        assertRefused(
                ArchiveError.SIGNING_WITHHELD,
                () -> checkpoints.proofs().inclusion(new OriginPosition(3), root(List.of())));
    }

    @Test
    void logWrittenToAfterAnOlderBackup_isNotSigned() throws IOException {
        log.append(10);
        byte[] backup = log.backup();
        SignedCheckpoint signed = signed(5);
        log = log.restored(backup, directory.resolve("restored"));
        Checkpoints checkpoints = open();
        for (int more : List.of(3, 2, 20)) {
            log.append(more);
            assertRefused(ArchiveError.SIGNING_WITHHELD, checkpoints::advance);
        }
        assertWithheld(checkpoints, Reason.LOG_DIFFERS);
        assertThat(Files.readAllBytes(file())).isEqualTo(signed.note().toBytes());
    }

    @Test
    void logThatHasItsTailBack_isSignedAgain() throws IOException {
        log.append(10);
        byte[] older = log.backup();
        SignedCheckpoint signed = signed(5);
        byte[] newer = log.backup();
        log = log.restored(older, directory.resolve("older"));
        try (Checkpoints checkpoints = open()) {
            assertWithheld(checkpoints, Reason.LOG_IS_SHORTER);
        }
        log = log.restored(newer, directory.resolve("newer"));
        log.append(1);
        Checkpoints checkpoints = open();
        assertThat(checkpoints.advance().orElseThrow().size()).isEqualTo(16);
        assertThat(checkpoints
                        .proofs()
                        .consistency(signed.size())
                        .proof()
                        .proves(
                                signed.checkpoint().root(),
                                checkpoints.latest().orElseThrow().checkpoint().root()))
                .isTrue();
    }

    @Test
    void rottenTree_isMendedBeforeItContradictsWhatWasSigned() throws IOException {
        signed(700);
        Checkpoints checkpoints = open();
        log.append(1);
        FlippedBit.in(directory.resolve("checkpoints/tree/level-0"), 699 * Digest.LENGTH_BYTES);
        FlippedBit.in(directory.resolve("checkpoints/tree/level-8"), 0);
        assertThat(checkpoints.advance().orElseThrow().checkpoint().root()).isEqualTo(root(log.leaves()));
        assertThat(checkpoints.state()).isEqualTo(new Signing());
    }

    @Test
    void rottenTree_isMendedBeforeItProves() throws IOException {
        log.append(700);
        Checkpoints checkpoints = open();
        SignedCheckpoint signed = checkpoints.advance().orElseThrow();
        FlippedBit.in(directory.resolve("checkpoints/tree/level-0"), 300 * Digest.LENGTH_BYTES);
        Digest leaf = log.leaves().get(301);
        SignedInclusion inclusion = checkpoints.proofs().inclusion(new OriginPosition(301), leaf);
        assertThat(inclusion.checkpoint()).isEqualTo(signed);
        assertThat(inclusion.proof().proves(leaf, signed.checkpoint().root())).isTrue();
    }

    @Test
    void proofs_holdWhileTheLogGrows() throws Exception {
        log.append(1);
        Checkpoints checkpoints = open(Duration.ofMillis(1));
        SignedCheckpoint first = checkpoints.advance().orElseThrow();
        Digest leaf = log.leaves().getFirst();
        checkpoints.start();
        Thread writer = Thread.ofVirtual().start(() -> {
            for (int i = 0; i < 100; i++) {
                log.append(1 + i % 7);
            }
        });
        do {
            SignedInclusion inclusion = checkpoints.proofs().inclusion(new OriginPosition(0), leaf);
            Digest root = inclusion.checkpoint().checkpoint().root();
            assertThat(inclusion.proof().proves(leaf, root)).isTrue();
            SignedConsistency consistency = checkpoints.proofs().consistency(1);
            assertThat(consistency
                            .proof()
                            .proves(
                                    first.checkpoint().root(),
                                    consistency.checkpoint().checkpoint().root()))
                    .isTrue();
        } while (writer.isAlive());
        writer.join();
        assertThat(checkpoints.advance().orElseThrow().checkpoint().root()).isEqualTo(root(log.leaves()));
    }

    @Test
    void recordThatIsNotAsItWasSigned_isNotProved() throws IOException {
        log.append(7);
        Checkpoints checkpoints = open();
        checkpoints.advance();
        assertRefused(
                ArchiveError.CORRUPT, () -> checkpoints.proofs().inclusion(new OriginPosition(3), Digest.sha256()));
    }

    @Test
    void whatNoCheckpointReaches_isNotProved() throws IOException {
        log.append(7);
        Checkpoints checkpoints = open();
        assertRefused(ArchiveError.NOT_FOUND, () -> checkpoints.proofs().consistency(1));
        checkpoints.advance();
        log.append(1);
        assertRefused(
                ArchiveError.NOT_FOUND, () -> checkpoints.proofs().inclusion(new OriginPosition(7), Digest.sha256()));
        assertRefused(ArchiveError.NOT_FOUND, () -> checkpoints.proofs().consistency(8));
    }

    @Test
    void lastCheckpointThatCannotBeRead_isNotSignedOver() throws IOException {
        signed(3);
        log.append(1);
        FlippedBit.in(file(), 60);
        byte[] rotten = Files.readAllBytes(file());
        Checkpoints checkpoints = open();
        assertWithheld(checkpoints, Reason.LAST_CHECKPOINT_UNREADABLE);
        assertThat(Files.readAllBytes(file())).isEqualTo(rotten);
    }

    @Test
    void lastCheckpointOfAnotherKey_isNotSignedOver() throws IOException {
        signed(3);
        identity = SiteIdentity.create(directory.resolve("another"), TestLog.SITE, new SecureRandom());
        assertWithheld(open(), Reason.LAST_CHECKPOINT_UNREADABLE);
    }

    @Test
    void damagedRecord_isWhereSigningEnds() throws IOException {
        log.append(40);
        log = log.damaged(25);
        Checkpoints checkpoints = open();
        assertWithheld(checkpoints, Reason.RECORD_DAMAGED);
        assertThat(checkpoints.latest().orElseThrow().size()).isEqualTo(25);
        assertThat(checkpoints.state()).isEqualTo(new Withheld(Reason.RECORD_DAMAGED, 25, 25));
    }

    @Test
    void checkpointThatCannotBeStored_isGivenToNobody() throws IOException {
        log.append(1);
        Checkpoints checkpoints = open();
        Path inTheWay = Files.createDirectories(directory.resolve("checkpoints/checkpoint.new/x"));
        assertWithheld(checkpoints, Reason.NOT_STORED);
        assertThat(checkpoints.latest()).isEmpty();
        Files.delete(inTheWay);
        assertThat(checkpoints.advance()).isPresent();
        assertThat(checkpoints.state()).isEqualTo(new Signing());
    }

    @Test
    void checkpointThatCouldNotBeStored_isTriedAgainByItself() throws IOException {
        log.append(1);
        Checkpoints checkpoints = open(Duration.ofMillis(1));
        Path inTheWay = Files.createDirectories(directory.resolve("checkpoints/checkpoint.new/x"));
        checkpoints.start();
        await().until(() -> checkpoints.state() instanceof Withheld);
        Files.delete(inTheWay);
        await().until(() -> checkpoints.latest().isPresent());
    }

    @Test
    void logOfAnotherSite_isRefused() throws IOException {
        identity = SiteIdentity.create(
                directory.resolve("other"), SiteId.parse("11111111-2222-3333-4444-666666666666"), new SecureRandom());
        assertThatThrownBy(this::open).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void startedOne_signsByItself() throws IOException {
        Checkpoints checkpoints = open(Duration.ofMillis(1));
        checkpoints.start();
        for (int size = 1; size < 5; size++) {
            log.append(1);
            int wanted = size;
            await().until(() -> checkpoints.latest().map(SignedCheckpoint::size).orElse(0L) == wanted);
        }
    }

    @Test
    void startedOne_signsOnceAnInterval() throws IOException {
        Checkpoints checkpoints = open(LONG);
        log.append(1);
        checkpoints.start();
        await().until(() -> checkpoints.latest().isPresent());
        log.append(1);
        await().during(Duration.ofMillis(300))
                .until(() -> checkpoints.latest().orElseThrow().size() == 1);
        assertThat(checkpoints.advance().orElseThrow().size()).isEqualTo(2);
    }

    @Test
    void closingOne_doesNotWaitForTheInterval() throws IOException {
        log.append(1);
        Checkpoints checkpoints = open(LONG);
        checkpoints.start();
        await().until(() -> checkpoints.latest().isPresent());
        await().atMost(Duration.ofSeconds(5)).until(() -> {
            checkpoints.close();
            return true;
        });
    }

    @Test
    void closedLog_leavesTheFollowerAlive() throws IOException {
        log.append(1);
        Checkpoints checkpoints = open(Duration.ofMillis(1));
        checkpoints.start();
        await().until(() -> checkpoints.latest().isPresent());
        log.close();
        assertThat(checkpoints.latest().orElseThrow().size()).isEqualTo(1);
        checkpoints.close();
    }
}
