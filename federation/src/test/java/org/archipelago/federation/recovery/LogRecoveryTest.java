package org.archipelago.federation.recovery;

import static org.archipelago.federation.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.SealedKeys;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.federation.checkpoint.SignedCheckpoint;
import org.archipelago.federation.grant.KeyEnvelope;
import org.archipelago.federation.hpke.RecipientKeyPair;
import org.archipelago.federation.identity.SiteIdentity;
import org.archipelago.federation.link.LinkRecord;
import org.archipelago.federation.link.PeerLink;
import org.archipelago.federation.link.RecordBatch;
import org.archipelago.federation.link.ReturnedKeys;
import org.archipelago.federation.recovery.LogRecovery.Known;
import org.archipelago.federation.rejoin.LostRecords;
import org.archipelago.federation.rejoin.SigningFloor;
import org.archipelago.federation.replica.LogLinkService;
import org.archipelago.federation.replica.RefusalJournal;
import org.archipelago.federation.replica.Replica;
import org.archipelago.federation.replica.ScriptedLink;
import org.archipelago.keystore.Key;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogRecoveryTest {
    private static final SiteId NORTH = new SiteId(new UUID(1, 1));
    private static final SiteId THIRD = new SiteId(new UUID(7, 7));

    @TempDir
    Path temp;

    private final RecipientKeyPair recipient = RecipientKeyPair.generate();
    private final List<AutoCloseable> open = new ArrayList<>();
    private SiteIdentity identity;
    private RecoveringTestSite before;
    private RecoveringTestSite after;
    private KeySources sources;

    @BeforeEach
    void prepare() throws IOException {
        identity = SiteIdentity.create(temp.resolve("identity"), NORTH, new SecureRandom());
        before = opened(new RecoveringTestSite(temp.resolve("before"), identity));
        after = opened(new RecoveringTestSite(temp.resolve("after"), identity));
        sources = KeySources.open(temp.resolve("sources"));
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    private <T extends AutoCloseable> T opened(T one) {
        open.add(one);
        return one;
    }

    /** A peer that follows the site, and holds keys that were granted to it. */
    private final class Peer {
        private final SiteId site = ScriptedLink.PEER;
        private final RecoveringTestSite own;
        private final Replica replica;
        private final ScriptedLink link;
        private final ReturnableKeys returnable;
        private Optional<StreamId> grants = Optional.empty();
        private UnaryOperator<Map<KeyRef, Key>> given = UnaryOperator.identity();
        private int failures;

        private Peer(String name) throws IOException {
            SiteIdentity peer = SiteIdentity.create(
                    temp.resolve(name + "-identity"), new SiteId(UUID.randomUUID()), new SecureRandom());
            own = opened(new RecoveringTestSite(temp.resolve(name), peer));
            replica = opened(Replica.open(
                    temp.resolve(name + "-replica"),
                    own.log,
                    identity.verifierKey(),
                    new Replica.Witness(peer.signer(), List::of, Clock.systemUTC()),
                    new RefusalJournal(temp.resolve(name + "-refusals"), Clock.systemUTC())));
            returnable = new ReturnableKeys(own.log, own.keys, _ -> grants);
            link = new ScriptedLink(new LogLinkService(
                    own.log,
                    own.checkpoints,
                    () -> Map.of(NORTH, replica),
                    LogLinkService.BodyPolicy.ALL,
                    LogLinkService.KeyRelease.NONE,
                    (_, from, through) -> returned(returnable.of(NORTH, from, through))));
        }

        private ReturnedKeys returned(ReturnableKeys.Found found) {
            Map<KeyRef, Key> keys = given.apply(found.keys());
            List<KeyRef> uses = List.copyOf(keys.keySet());
            SealedKeys sealed = uses.isEmpty()
                    ? new SealedKeys(new byte[0])
                    : new KeyEnvelope(site, NORTH, uses).seal(List.copyOf(keys.values()), recipient.publicKey());
            return new ReturnedKeys(found.next(), uses, sealed);
        }

        private Peer pulls() {
            ScriptedLink here = new ScriptedLink(
                    new LogLinkService(before.log, before.checkpoints, Map::of, LogLinkService.BodyPolicy.ALL));
            while (replica.pull(here, Duration.ZERO)) {
                // until all is there
            }
            return this;
        }

        private Peer isGranted(List<StreamId> studies) {
            Map<KeyRef, Key> granted = new HashMap<>();
            for (StreamId study : studies) {
                RecoveringTestSite.keysOf(study)
                        .forEach(use -> granted.put(use, before.keys.find(use).orElseThrow()));
            }
            own.keys.adopt(granted);
            return this;
        }
    }

    private SignedCheckpoint recovered(Peer... peers) throws IOException {
        List<PeerLink> links = new ArrayList<>();
        List.of(peers).forEach(peer -> links.add(peer.link));
        LogRecovery recovery = recovery(links);
        return recovery.takeBack(recovery.ask(links));
    }

    private LogRecovery recovery(List<PeerLink> links) throws IOException {
        OwnKeys ownKeys = new OwnKeys(after.names, recipient, after.keys, after.sealing, sources);
        return new LogRecovery(
                NORTH,
                after.checkpoints,
                identity.verifierKey(),
                new LostRecords(
                        after.log,
                        after.checkpoints,
                        new RecoveredRecords(
                                after.keys, ownKeys, sources, after::pending, () -> links, _ -> {}, _ -> {})),
                SigningFloor.open(temp.resolve("floor"), identity.verifierKey()));
    }

    @Test
    void largestCheckpointThatWasEverShown_isKnownToALaterRunThatAsksOthers() throws IOException {
        before.studies(2);
        Peer older = new Peer("older").pulls();
        before.studies(3);
        Peer newer = new Peer("newer").pulls();
        recovery(List.of(newer.link)).ask(List.of(newer.link));
        Known known = recovery(List.of(older.link)).ask(List.of(older.link));
        assertThat(known.largest().orElseThrow().size()).isEqualTo(5);
        assertThat(known.served().getFirst().checkpoint().size()).isEqualTo(2);
        assertThat(known.heard()).containsExactly(ScriptedLink.PEER);
    }

    @Test
    void log_comesBackAsItWasSigned_withTheKeysThatThePeerHad() throws IOException {
        List<StreamId> studies = before.studies(3);
        Peer peer = new Peer("peer").pulls().isGranted(studies.subList(0, 2));
        SignedCheckpoint head = recovered(peer);
        assertThat(head.checkpoint())
                .isEqualTo(before.checkpoints.latest().orElseThrow().checkpoint());
        assertThat(after.records()).isEqualTo(before.records());
        assertThat(after.checkpoints.latest()).contains(head);
        for (StreamId study : studies.subList(0, 2)) {
            RecoveringTestSite.keysOf(study)
                    .forEach(use -> assertThat(
                                    after.keys.find(use).orElseThrow().id())
                            .isEqualTo(before.keys.find(use).orElseThrow().id()));
        }
        assertThat(after.records())
                .satisfiesExactly(
                        one -> assertThat(after.isClaimed(one)).isTrue(),
                        two -> assertThat(after.isClaimed(two)).isTrue(),
                        three -> assertThat(after.isClaimed(three)).isFalse());
        assertThat(sources.given().get(ScriptedLink.PEER))
                .containsEntry(KeyClass.INDEX, 2L)
                .containsEntry(KeyClass.PIXEL, 2L);
        ClosedRecords closed = ClosedRecords.of(after.log, after.keys, after.sealing);
        assertThat(closed.byKind()).containsExactlyEntriesOf(Map.of("study", 1L));
        LostKeys lost = LostKeys.of(closed.keys(), closed.uses());
        assertThat(lost.contains(after.records().get(2).header().key())).isTrue();
        assertThat(lost.contains(new KeyRef(KeyClass.INDEX, studies.get(2)))).isTrue();
        assertThat(lost.contains(after.records().get(1).header().key())).isFalse();
        assertThat(lost.contains(new KeyRef(KeyClass.INDEX, studies.get(1)))).isFalse();
    }

    @Test
    void peerThatHasMore_isTakenRatherThanAnOlderOne() throws IOException {
        before.studies(2);
        Peer older = new Peer("older").pulls();
        before.studies(3);
        Peer newer = new Peer("newer").pulls();
        assertThat(recovered(older, newer).size()).isEqualTo(5);
        assertThat(after.records()).isEqualTo(before.records());
    }

    @Test
    void peerThatHasMoreAndStopsAnswering_isNotReplacedByAnOlderOne() throws IOException {
        before.studies(2);
        Peer older = new Peer("older").pulls();
        before.studies(3);
        Peer newer = new Peer("newer").pulls();
        newer.link.batches = _ -> {
            throw new ArchiveException(ArchiveError.PEER_UNAVAILABLE, "gone");
        };
        assertRefused(ArchiveError.PEER_UNAVAILABLE, () -> recovered(older, newer));
        newer.link.batches = UnaryOperator.identity();
        assertThat(recovered(older, newer).size()).isEqualTo(5);
    }

    @Test
    void peerThatFails_leavesToOthersWhatTheyHave() throws IOException {
        before.studies(2);
        Peer older = new Peer("older").pulls();
        before.studies(3);
        Peer newer = new Peer("newer").pulls();
        newer.link.batches = batch -> {
            if (batch.from().value() < 2) {
                throw new ArchiveException(ArchiveError.PEER_UNAVAILABLE, "rotten record");
            }
            return batch;
        };
        assertThat(recovered(older, newer).size()).isEqualTo(5);
        assertThat(after.records()).isEqualTo(before.records());
    }

    @Test
    void peerThatMisbehaves_doesNotKeepTheRestFromComingBack() throws IOException {
        before.studies(2);
        Peer older = new Peer("older").pulls();
        before.studies(3);
        Peer newer = new Peer("newer").pulls();
        newer.link.batches = _ -> {
            throw new ArchiveException(ArchiveError.PEER_MISBEHAVED, "no records");
        };
        assertThat(recovered(older, newer).size()).isEqualTo(2);
        assertThat(after.records()).isEqualTo(before.records().subList(0, 2));
    }

    private static RecordBatch withoutBodies(RecordBatch batch) {
        return new RecordBatch(
                batch.from(),
                batch.records().stream()
                        .map(record -> LinkRecord.withheld(record.header()))
                        .toList(),
                batch.checkpoint());
    }

    @Test
    void bodiesThatOnePeerWithholds_comeFromAnother() throws IOException {
        List<StreamId> studies = before.studies(3);
        Peer bare = new Peer("bare").pulls();
        bare.link.batches = LogRecoveryTest::withoutBodies;
        Peer whole = new Peer("whole").pulls().isGranted(studies);
        assertThat(recovered(bare, whole).size()).isEqualTo(3);
        assertThat(after.records()).isEqualTo(before.records());
        assertThat(after.records())
                .allSatisfy(record -> assertThat(after.isClaimed(record)).isTrue());
    }

    @Test
    void bodyThatNobodyHas_isAGap_onceAllHaveSaidSo() throws IOException {
        before.studies(2);
        Peer bare = new Peer("bare").pulls();
        bare.link.batches = LogRecoveryTest::withoutBodies;
        Peer silent = new Peer("silent").pulls();
        silent.link.batches = _ -> {
            throw new ArchiveException(ArchiveError.PEER_UNAVAILABLE, "gone");
        };
        assertRefused(ArchiveError.PEER_UNAVAILABLE, () -> recovered(bare, silent));
        assertThat(after.records()).isEmpty();
        assertThat(recovered(bare).size()).isEqualTo(2);
        assertThat(after.records())
                .allSatisfy(record -> assertThat(record.isWithheld()).isTrue());
    }

    @Test
    void alteredRecord_isNotTakenIn_andTheNextPeerGoesOn() throws IOException {
        before.studies(4);
        Peer liar = new Peer("liar").pulls();
        liar.link.batches = batch -> {
            List<LinkRecord> records = new ArrayList<>(batch.records());
            byte[] header = records.get(2).header().clone();
            header[header.length - 1] ^= 1;
            records.set(2, LinkRecord.withheld(header));
            return new RecordBatch(batch.from(), records, batch.checkpoint());
        };
        assertRefused(ArchiveError.NOT_VERIFIED, () -> recovered(liar));
        assertThat(after.records()).isEmpty();
        assertThat(recovered(liar, new Peer("honest").pulls()).size()).isEqualTo(4);
        assertThat(after.records()).isEqualTo(before.records());
    }

    @Test
    void recoveryThatEnded_goesOnWithWhatIsThere() throws IOException {
        List<StreamId> studies = before.studies(4);
        Peer peer = new Peer("peer").pulls().isGranted(studies);
        peer.link.batches = batch -> {
            if (batch.from().value() > 0) {
                throw new ArchiveException(ArchiveError.PEER_UNAVAILABLE, "gone");
            }
            return new RecordBatch(batch.from(), batch.records().subList(0, 2), batch.checkpoint());
        };
        assertRefused(ArchiveError.PEER_UNAVAILABLE, () -> recovered(peer));
        assertThat(after.records()).hasSize(2);
        peer.link.batches = UnaryOperator.identity();
        sources = KeySources.open(temp.resolve("sources"));
        assertThat(recovered(peer).size()).isEqualTo(4);
        assertThat(after.records()).isEqualTo(before.records());
        assertThat(sources.given().get(ScriptedLink.PEER)).containsEntry(KeyClass.INDEX, 4L);
    }

    /** Three records a batch; keys are not given for the second one. */
    private Peer thatStopsGivingKeys(List<StreamId> studies, ArchiveError error) throws IOException {
        Peer peer = new Peer("peer").pulls().isGranted(studies);
        peer.link.batches = batch -> new RecordBatch(
                batch.from(),
                batch.records().subList(0, Math.min(3, batch.records().size())),
                batch.checkpoint());
        peer.given = keys -> {
            if (!keys.containsKey(new KeyRef(KeyClass.INDEX, studies.getFirst()))) {
                peer.failures++;
                throw new ArchiveException(error, "keys");
            }
            return keys;
        };
        return peer;
    }

    @Test
    void peerThatStopsGivingKeys_endsTheBatch_andLosesNone() throws IOException {
        List<StreamId> studies = before.studies(5);
        Peer peer = thatStopsGivingKeys(studies, ArchiveError.PEER_UNAVAILABLE);
        assertRefused(ArchiveError.PEER_UNAVAILABLE, () -> recovered(peer));
        assertThat(peer.failures).isGreaterThan(1);
        assertThat(after.records()).hasSize(3);
        peer.given = UnaryOperator.identity();
        recovered(peer);
        assertThat(after.records())
                .hasSize(5)
                .allSatisfy(record -> assertThat(after.isClaimed(record)).isTrue());
    }

    @Test
    void peerThatGivesNonsenseForKeys_isGoneWithout() throws IOException {
        List<StreamId> studies = before.studies(5);
        recovered(thatStopsGivingKeys(studies, ArchiveError.PEER_MISBEHAVED));
        assertThat(after.records()).hasSize(5);
        assertThat(after.isClaimed(after.records().getFirst())).isTrue();
        assertThat(after.isClaimed(after.records().getLast())).isFalse();
    }

    @Test
    void keyThatTheLogDoesNotName_isRefused() throws IOException {
        List<StreamId> studies = before.studies(2);
        Peer peer = new Peer("peer").pulls().isGranted(studies);
        peer.given = keys -> {
            Map<KeyRef, Key> others = new HashMap<>(keys);
            others.replaceAll((use, key) -> use.subject().equals(studies.getFirst()) ? new Key(new byte[32]) : key);
            return others;
        };
        recovered(peer);
        assertThat(after.keys.find(new KeyRef(KeyClass.INDEX, studies.getFirst())))
                .isEmpty();
        assertThat(after.keys.find(new KeyRef(KeyClass.PIXEL, studies.getFirst())))
                .isEmpty();
        assertThat(after.keys.find(new KeyRef(KeyClass.INDEX, studies.getLast())))
                .isPresent();
        // The pixel key cannot be told while the index key is not here.
        assertThat(sources.refused()).containsExactlyEntriesOf(Map.of(ScriptedLink.PEER, 1L));
        OwnKeys again = new OwnKeys(after.names, recipient, after.keys, after.sealing, sources);
        again.ask(peer.link, new OriginPosition(0), after.records());
        again.ask(peer.link, new OriginPosition(0), after.records());
        assertThat(sources.refused()).containsExactlyEntriesOf(Map.of(ScriptedLink.PEER, 1L));
    }

    @Test
    void keyOfGrants_countsOnce_howeverManyStreamsHaveIt() throws IOException {
        KeyRef ofGrants = new KeyRef(KeyClass.GRANT, new StreamId(NORTH + "/grant/all"));
        Key key = before.keys.obtain(ofGrants);
        before.grants(key.id());
        before.grants(key.id());
        before.grants(key.id());
        Peer peer = new Peer("peer").pulls();
        peer.own.keys.adopt(Map.of(ofGrants, key));
        peer.grants = Optional.of(ofGrants.subject());
        new OwnKeys(after.names, recipient, after.keys, after.sealing, sources)
                .ask(peer.link, new OriginPosition(0), before.records());
        assertThat(sources.given().get(ScriptedLink.PEER)).containsExactlyEntriesOf(Map.of(KeyClass.GRANT, 1L));
    }

    @Test
    void pixelKeyThatNobodyGave_isLost_thoughItsStudyOpens() throws IOException {
        List<StreamId> studies = before.studies(2);
        Peer peer = new Peer("peer").pulls().isGranted(studies);
        peer.given = keys -> {
            Map<KeyRef, Key> others = new HashMap<>(keys);
            others.remove(new KeyRef(KeyClass.PIXEL, studies.getLast()));
            return others;
        };
        recovered(peer);
        ClosedRecords closed = ClosedRecords.of(after.log, after.keys, after.sealing);
        assertThat(closed.byKind()).isEmpty();
        assertThat(closed.uses()).containsExactly(new KeyRef(KeyClass.PIXEL, studies.getLast()));
    }

    @Test
    void keysOfAnotherSite_areNotAmongWhatIsReturned() throws IOException {
        List<StreamId> studies = before.studies(1);
        Peer peer = new Peer("peer").pulls().isGranted(studies);
        OriginPosition first = new OriginPosition(0);
        assertThat(peer.returnable.of(NORTH, first, first).keys()).hasSize(2);
        assertThat(peer.returnable.of(THIRD, first, first).keys()).isEmpty();
    }

    @Test
    void headerThatNamesAnyOtherKeyOfThePeer_takesNothingOut() throws IOException {
        Peer peer = new Peer("peer");
        SiteId itself = peer.own.site;
        for (KeyRef use : List.of(
                new KeyRef(KeyClass.SITE, new StreamId(itself + "/site/peers")),
                new KeyRef(KeyClass.AUDIT, new StreamId(itself + "/access/a")),
                new KeyRef(KeyClass.INDEX, new StreamId(itself + "/study/a")),
                new KeyRef(KeyClass.PIXEL, new StreamId(itself + "/study/a")),
                new KeyRef(KeyClass.GRANT, new StreamId(itself + "/grant/a")),
                new KeyRef(KeyClass.GRANT, new StreamId(THIRD + "/grant/a")))) {
            before.grants(peer.own.keys.obtain(use).id());
        }
        KeyRef ofGrants = new KeyRef(KeyClass.GRANT, new StreamId(NORTH + "/grant/all"));
        StreamId trueGrants = before.grants(before.keys.obtain(ofGrants).id());
        peer.own.keys.adopt(Map.of(ofGrants, before.keys.obtain(ofGrants)));
        peer.grants = Optional.of(ofGrants.subject());
        peer.pulls();
        OriginPosition last = new OriginPosition(before.records().size() - 1);
        assertThat(peer.returnable.of(NORTH, new OriginPosition(0), last).keys())
                .containsExactlyEntriesOf(Map.of(new KeyRef(KeyClass.GRANT, trueGrants), before.keys.obtain(ofGrants)));
    }

    @Test
    void siteThatNobodyHasRecordsOf_isToldSo() throws IOException {
        Peer peer = new Peer("peer");
        assertRefused(ArchiveError.NOT_FOUND, () -> recovered(peer));
        assertThat(List.<LogRecord>copyOf(after.records())).isEmpty();
    }
}
