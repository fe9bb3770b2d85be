package org.archipelago.federation.rejoin;

import static org.archipelago.federation.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.UniqueClaim;
import org.archipelago.eventstore.LogListener;
import org.archipelago.eventstore.PendingRecord;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.eventstore.rocksdb.RocksEventLog;
import org.archipelago.eventstore.rocksdb.RocksEventLogOptions;
import org.archipelago.federation.TestLog;
import org.archipelago.federation.checkpoint.Checkpoints;
import org.archipelago.federation.checkpoint.SignedCheckpoint;
import org.archipelago.federation.checkpoint.SigningState;
import org.archipelago.federation.identity.SiteIdentity;
import org.archipelago.federation.link.LinkRecord;
import org.archipelago.federation.link.RecordBatch;
import org.archipelago.federation.rejoin.RejoinState.Confirmed;
import org.archipelago.federation.rejoin.RejoinState.Parted;
import org.archipelago.federation.rejoin.RejoinState.TakingBack;
import org.archipelago.federation.rejoin.RejoinState.Unconfirmed;
import org.archipelago.federation.replica.LogLinkService;
import org.archipelago.federation.replica.RefusalJournal;
import org.archipelago.federation.replica.Replica;
import org.archipelago.federation.replica.ScriptedLink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RejoinTest {
    private static final SiteId PEER = new SiteId(new UUID(5, 5));

    @TempDir
    Path temp;

    private SiteIdentity identity;
    private TestLog log;
    private Checkpoints checkpoints;
    private Rejoin rejoin;
    private SigningFloor floor;
    private RocksEventLog peerLog;
    private Checkpoints peerCheckpoints;
    private Replica peerReplica;
    private ScriptedLink toPeer;
    private int starts;

    @BeforeEach
    void open() throws IOException {
        identity = SiteIdentity.create(temp.resolve("keys"), TestLog.SITE, new SecureRandom());
        log = TestLog.create(temp.resolve("log"));
        start(temp.resolve("signed"));
        SiteIdentity peer = SiteIdentity.create(temp.resolve("peer-keys"), PEER, new SecureRandom());
        peerLog = RocksEventLog.create(
                temp.resolve("peer-log"),
                PEER,
                new Incarnation(UUID.randomUUID()),
                RocksEventLogOptions.standard(LogListener.NONE, () -> {}));
        peerCheckpoints = Checkpoints.open(temp.resolve("peer-own"), peerLog, peer, Duration.ofSeconds(1));
        peerReplica = Replica.open(
                temp.resolve("peer-replica"),
                peerLog,
                identity.verifierKey(),
                new Replica.Witness(peer.signer(), List::of, Clock.systemUTC()),
                new RefusalJournal(temp.resolve("refusals"), Clock.systemUTC()));
        toPeer = new ScriptedLink(new LogLinkService(
                peerLog, peerCheckpoints, () -> Map.of(TestLog.SITE, peerReplica), LogLinkService.BodyPolicy.ALL));
    }

    @AfterEach
    void close() {
        peerReplica.close();
        peerCheckpoints.close();
        peerLog.close();
        checkpoints.close();
        log.close();
    }

    private void start(Path directory) throws IOException {
        checkpoints = Checkpoints.open(directory, log.log, identity, Duration.ofSeconds(1));
        floor = SigningFloor.open(temp.resolve("floor"), identity.verifierKey());
        rejoin = new Rejoin(log.log, checkpoints, identity.verifierKey(), RejoinTest::pending, floor);
    }

    /** Each record claims its own id. */
    private static PendingRecord pending(LogRecord record) {
        return new PendingRecord(
                record, List.of(new UniqueClaim(record.header().id().toString(), false)));
    }

    private RejoinState ask() {
        return rejoin.ask(List.of(toPeer));
    }

    private void peerPulls() {
        ScriptedLink here =
                new ScriptedLink(new LogLinkService(log.log, checkpoints, Map::of, LogLinkService.BodyPolicy.ALL));
        while (peerReplica.pull(here, Duration.ZERO)) {}
    }

    private List<LogRecord> records() {
        return log.log.readOrigin(TestLog.SITE, new OriginPosition(0), 1000).stream()
                .map(StoredRecord::record)
                .toList();
    }

    private void assertWithheldFor(SigningState.Reason reason) {
        assertRefused(ArchiveError.SIGNING_WITHHELD, checkpoints::advance);
        assertThat(checkpoints.state())
                .isInstanceOfSatisfying(
                        SigningState.Withheld.class,
                        withheld -> assertThat(withheld.reason()).isEqualTo(reason));
    }

    /** Signed and held by the peer. */
    private void held(int more) {
        ask();
        log.append(more);
        checkpoints.advance();
        peerPulls();
    }

    /** The log as of a backup; the checkpoints as well. */
    private void restored(byte[] backup) throws IOException {
        checkpoints.close();
        log = log.restored(backup, temp.resolve("restored-" + ++starts));
        start(temp.resolve("signed-" + starts));
    }

    private long signed() {
        return checkpoints.latest().map(SignedCheckpoint::size).orElse(0L);
    }

    @Test
    void newSite_signsOnceAPeerHasSaidThatItHasSeenNothing() {
        log.append(3);
        assertWithheldFor(SigningState.Reason.NOT_CONFIRMED);
        assertThat(rejoin.ask(List.of())).isEqualTo(new Unconfirmed());
        assertThat(ask()).isEqualTo(new Confirmed());
        checkpoints.advance();
        assertThat(signed()).isEqualTo(3);
    }

    @Test
    void restart_isConfirmedByAPeerThatHasTheLastCheckpoint() throws IOException {
        held(5);
        log.append(2);
        checkpoints.advance();
        checkpoints.close();
        start(temp.resolve("signed"));
        log.append(1);
        assertThat(ask()).as("the peer has an earlier one").isEqualTo(new Unconfirmed());
        assertWithheldFor(SigningState.Reason.NOT_CONFIRMED);
        peerPulls();
        assertThat(ask()).isEqualTo(new Confirmed());
        checkpoints.advance();
        assertThat(signed()).isEqualTo(8);
    }

    @Test
    void restoredBackup_takesBackWhatPeersHoldAndSignsOn() throws IOException {
        held(5);
        byte[] backup = log.backup();
        held(40);
        List<LogRecord> before = records();
        restored(backup);
        toPeer.maxBytes = 1500;
        assertThat(ask()).isEqualTo(new Confirmed());
        assertThat(records()).isEqualTo(before);
        assertThat(signed()).as("without a signature more").isEqualTo(45);
        assertThat(log.log.claimHolders(before.getLast().header().id().toString()))
                .containsExactly(before.getLast().header().stream());
        held(1);
        assertThat(signed()).isEqualTo(46);
        assertThat(peerReplica.size()).isEqualTo(46);
    }

    @Test
    void emptyLog_takesBackEverything() throws IOException {
        byte[] empty = log.backup();
        held(12);
        List<LogRecord> before = records();
        restored(empty);
        assertThat(ask()).isEqualTo(new Confirmed());
        assertThat(records()).isEqualTo(before);
    }

    @Test
    void largerCheckpointThatWasShownOnce_isNotForgottenWhenWhoShowedItIsGone() throws IOException {
        held(5);
        byte[] backup = log.backup();
        held(6);
        restored(backup);
        toPeer.batches = _ -> {
            throw new ArchiveException(ArchiveError.PEER_UNAVAILABLE, "cannot give it");
        };
        assertThat(ask()).isEqualTo(new TakingBack(11));
        checkpoints.close();
        start(temp.resolve("signed-" + starts));
        assertThat(rejoin.ask(List.of(nobodyWasSeen()))).isEqualTo(new TakingBack(11));
        assertWithheldFor(SigningState.Reason.PEERS_HOLD_MORE);
        log.append(6);
        assertThat(rejoin.ask(List.of(nobodyWasSeen()))).isInstanceOf(Parted.class);
        assertWithheldFor(SigningState.Reason.TAIL_PARTED);
    }

    @Test
    void recoveredLog_isConfirmedOnceEachMemberHasShownWhatItHasSeen() throws IOException {
        held(5);
        checkpoints.close();
        start(temp.resolve("signed"));
        SiteId silent = new SiteId(new UUID(6, 6));
        floor.await(List.of(ScriptedLink.PEER, silent));
        log.append(1);
        assertThat(ask()).isEqualTo(new Unconfirmed());
        assertWithheldFor(SigningState.Reason.NOT_CONFIRMED);
        assertThat(SigningFloor.open(temp.resolve("floor"), identity.verifierKey())
                        .awaited())
                .containsExactly(silent);
        floor.heard(silent);
        assertThat(ask()).isEqualTo(new Confirmed());
        checkpoints.advance();
        assertThat(signed()).isEqualTo(6);
    }

    /** Of a peer that has seen nothing of this site. */
    private ScriptedLink nobodyWasSeen() {
        return new ScriptedLink(new LogLinkService(peerLog, peerCheckpoints, Map::of, LogLinkService.BodyPolicy.ALL));
    }

    @Test
    void whatWasRecordedSinceTheRestore_stopsSigningAndLosesNothing() throws IOException {
        held(5);
        byte[] backup = log.backup();
        held(6);
        restored(backup);
        log.append(2);
        List<LogRecord> here = records();
        assertThat(ask())
                .isInstanceOfSatisfying(
                        Parted.class, parted -> assertThat(parted.common()).isEqualTo(5));
        assertWithheldFor(SigningState.Reason.TAIL_PARTED);
        assertThat(records()).isEqualTo(here);
        log.append(20);
        assertThat(ask())
                .isInstanceOfSatisfying(
                        Parted.class, parted -> assertThat(parted.common()).isEqualTo(5));
        assertThat(signed()).isZero();
    }

    @Test
    void peer_agreesOnceItHasShownWhatItHasSeen_andNotWhileThatIsMoreOrOther() throws IOException {
        assertThat(rejoin.agreesWith(ScriptedLink.PEER)).isFalse();
        held(5);
        assertThat(rejoin.agreesWith(ScriptedLink.PEER)).isTrue();
        assertThat(rejoin.agreesWith(new SiteId(new UUID(6, 6)))).isFalse();
        byte[] backup = log.backup();
        held(6);
        restored(backup);
        assertThat(rejoin.agreesWith(ScriptedLink.PEER)).isFalse();
        log.append(2);
        assertThat(ask()).isInstanceOf(Parted.class);
        assertThat(rejoin.agreesWith(ScriptedLink.PEER)).isFalse();
    }

    @Test
    void peerThatGivesOtherRecords_isNotBelieved() throws IOException {
        held(5);
        byte[] backup = log.backup();
        held(6);
        restored(backup);
        StreamId stream = new StreamId(TestLog.SITE + "/study/forged");
        toPeer.batches = batch -> {
            List<LinkRecord> records = new ArrayList<>(batch.records());
            LogRecord forged = TestLog.record(stream, 0);
            records.set(0, LinkRecord.whole(forged.headerBytes(), forged.body()));
            return new RecordBatch(batch.from(), records, batch.checkpoint());
        };
        assertThat(ask()).isEqualTo(new TakingBack(11));
        assertThat(records()).hasSize(5);
        assertWithheldFor(SigningState.Reason.PEERS_HOLD_MORE);
        toPeer.batches = batch -> batch;
        assertThat(ask()).isEqualTo(new Confirmed());
        assertThat(records()).hasSize(11);
    }

    @Test
    void identityStartedTwice_stopsSigningWhenAPeerShowsIt() throws IOException {
        held(5);
        byte[] copy = log.backup();
        try (TestLog twin = TestLog.copyOf(copy, temp.resolve("twin"))) {
            twin.append(3);
            Checkpoints twins =
                    Checkpoints.open(temp.resolve("twin-signed"), twin.log, identity, Duration.ofSeconds(1));
            twins.advance();
            ScriptedLink toTwin =
                    new ScriptedLink(new LogLinkService(twin.log, twins, Map::of, LogLinkService.BodyPolicy.ALL));
            while (peerReplica.pull(toTwin, Duration.ZERO)) {}
            twins.close();
        }
        log.append(4);
        checkpoints.advance();
        assertThat(signed()).isEqualTo(9);
        assertThat(ask()).isInstanceOf(Parted.class);
        log.append(1);
        assertWithheldFor(SigningState.Reason.TAIL_PARTED);
    }
}
