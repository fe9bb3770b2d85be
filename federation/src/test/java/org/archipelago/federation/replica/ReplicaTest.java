package org.archipelago.federation.replica;

import static org.archipelago.federation.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.LogListener;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.eventstore.rocksdb.RocksEventLog;
import org.archipelago.eventstore.rocksdb.RocksEventLogOptions;
import org.archipelago.federation.TestLog;
import org.archipelago.federation.checkpoint.Checkpoint;
import org.archipelago.federation.checkpoint.Checkpoints;
import org.archipelago.federation.identity.SiteIdentity;
import org.archipelago.federation.link.LinkRecord;
import org.archipelago.federation.link.RecordBatch;
import org.archipelago.federation.merkle.ConsistencyProof;
import org.archipelago.federation.note.SignedNote;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplicaTest {
    private static final SiteId HERE = new SiteId(new UUID(5, 5));

    @TempDir
    Path temp;

    private SiteIdentity originIdentity;
    private SiteIdentity identity;
    private TestLog origin;
    private Checkpoints checkpoints;
    private ScriptedLink link;
    private RocksEventLog log;
    private RefusalJournal refusals;
    private Replica replica;

    @BeforeEach
    void open() throws IOException {
        SecureRandom random = new SecureRandom();
        originIdentity = SiteIdentity.create(temp.resolve("origin-keys"), TestLog.SITE, random);
        identity = SiteIdentity.create(temp.resolve("keys"), HERE, random);
        origin = TestLog.create(temp.resolve("origin-log"));
        checkpoints = Checkpoints.open(temp.resolve("own"), origin.log, originIdentity, Duration.ofSeconds(1));
        link = new ScriptedLink(service(origin, checkpoints));
        log = RocksEventLog.create(
                temp.resolve("log"),
                HERE,
                new Incarnation(UUID.randomUUID()),
                RocksEventLogOptions.standard(LogListener.NONE, () -> {}));
        refusals = new RefusalJournal(temp.resolve("refusals"), Clock.systemUTC());
        replica = replica();
    }

    private static LogLinkService service(TestLog log, Checkpoints checkpoints) {
        return new LogLinkService(log.log, checkpoints, Map::of, LogLinkService.BodyPolicy.ALL);
    }

    private Replica replica() throws IOException {
        return Replica.open(
                temp.resolve("replica"),
                log,
                originIdentity.verifierKey(),
                new Replica.Witness(identity.signer(), () -> List.of(identity.cosignerKey()), Clock.systemUTC()),
                refusals);
    }

    @AfterEach
    void close() {
        replica.close();
        log.close();
        checkpoints.close();
        origin.close();
    }

    private void written(int records) {
        origin.append(records);
        checkpoints.advance();
    }

    private boolean pull() {
        return replica.pull(link, Duration.ZERO);
    }

    private List<LogRecord> here() {
        return log.readOrigin(TestLog.SITE, new OriginPosition(0), 10_000).stream()
                .map(StoredRecord::record)
                .toList();
    }

    private List<LogRecord> there() {
        return origin.log.readOrigin(TestLog.SITE, new OriginPosition(0), 10_000).stream()
                .map(StoredRecord::record)
                .toList();
    }

    @Test
    void signedRecords_areHereByteIdenticalAndCosigned() {
        written(10);
        origin.append(3);
        assertThat(pull()).isTrue();
        assertThat(here()).isEqualTo(there().subList(0, 10));
        assertThat(replica.complete().orElseThrow().checkpoint())
                .isEqualTo(checkpoints.latest().orElseThrow().checkpoint());
        assertThat(replica.complete().orElseThrow().cosignedBy(identity.cosignerKey()))
                .isPresent();
        assertThat(pull()).isFalse();
        assertThat(refusals.count()).isZero();
    }

    @Test
    void batchThatEndsBeforeItsCheckpoint_isShownByAProof() {
        written(40);
        link.maxBytes = 1500;
        int pulls = 0;
        while (pull()) {
            pulls++;
            assertThat(here()).isEqualTo(there().subList(0, here().size()));
        }
        assertThat(pulls).isGreaterThan(5);
        assertThat(here()).isEqualTo(there());
        assertThat(replica.complete().orElseThrow().size()).isEqualTo(40);
    }

    @Test
    void reopenedReplica_goesOnFromTheLog() throws IOException {
        written(40);
        link.maxBytes = 1500;
        pull();
        replica.close();
        try (var files = Files.walk(temp.resolve("replica/tree"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.delete(file);
            }
        }
        replica = replica();
        assertThat(replica.complete()).isEmpty();
        while (pull()) {}
        assertThat(here()).isEqualTo(there());
        assertThat(refusals.count()).isZero();
    }

    private void assertNotBelieved(UnaryOperator<RecordBatch> batches) {
        long before = refusals.count();
        List<LogRecord> unchanged = here();
        link.batches = batches;
        assertRefused(ArchiveError.NOT_VERIFIED, this::pull);
        assertThat(here()).isEqualTo(unchanged);
        assertThat(refusals.count()).isEqualTo(before + 1);
        assertThat(refusals.last().getLast().peer()).isEqualTo(ScriptedLink.PEER);
        link.batches = UnaryOperator.identity();
    }

    private static RecordBatch with(RecordBatch batch, List<LinkRecord> records) {
        return new RecordBatch(batch.from(), records, batch.checkpoint());
    }

    private static LinkRecord forged(StreamId stream, long revision) {
        LogRecord record = TestLog.record(stream, revision);
        return LinkRecord.whole(record.headerBytes(), record.body());
    }

    @Test
    void whatIsNotUnderTheCheckpoint_isRefusedAndGoesIntoTheJournal() {
        written(10);
        pull();
        written(10);
        StreamId stream = there().get(10).header().stream();
        assertNotBelieved(batch -> {
            List<LinkRecord> records = new ArrayList<>(batch.records());
            records.set(3, forged(stream, 3));
            return with(batch, records);
        });
        assertNotBelieved(batch -> with(batch, batch.records().reversed()));
        assertNotBelieved(batch -> with(batch, List.of(batch.records().get(1))));
        assertNotBelieved(batch -> {
            List<LinkRecord> twice = new ArrayList<>(batch.records());
            twice.addAll(batch.records());
            return with(batch, twice);
        });
        assertNotBelieved(batch -> {
            List<LinkRecord> foreign = new ArrayList<>(batch.records());
            foreign.set(0, forged(new StreamId(HERE + "/study/a"), 0));
            return with(batch, foreign);
        });
        assertNotBelieved(batch -> {
            byte[] body = batch.records().getFirst().body().orElseThrow().clone();
            body[0] ^= 1;
            List<LinkRecord> altered = new ArrayList<>(batch.records());
            altered.set(0, LinkRecord.whole(altered.getFirst().header(), body));
            return with(batch, altered);
        });
        assertNotBelieved(batch -> with(batch, List.of(LinkRecord.whole(new byte[] {1, 2, 3}, new byte[2]))));
        assertNotBelieved(batch -> new RecordBatch(new OriginPosition(3), batch.records(), batch.checkpoint()));
        assertThat(pull()).isTrue();
        assertThat(here()).isEqualTo(there());
        assertThat(replica.state()).isEqualTo(new ReplicaState.Following());
    }

    @Test
    void checkpointOfAnotherKey_isNotBelieved() throws IOException {
        written(10);
        SiteIdentity forger = SiteIdentity.create(temp.resolve("forger"), TestLog.SITE, new SecureRandom());
        assertNotBelieved(batch -> {
            String text = batch.checkpoint().orElseThrow().text();
            SignedNote note = new SignedNote(text, List.of(forger.signer().sign(text)));
            return new RecordBatch(batch.from(), batch.records(), Optional.of(note));
        });
    }

    @Test
    void wrongProof_isThePeersLieAndNoFork() {
        written(10);
        pull();
        written(20);
        link.maxBytes = 1500;
        link.proofs = proof ->
                new ConsistencyProof(proof.first(), proof.second(), proof.path().reversed());
        assertRefused(ArchiveError.NOT_VERIFIED, this::pull);
        assertThat(replica.state()).isEqualTo(new ReplicaState.Following());
        assertThat(replica.size()).isEqualTo(10);
        link.proofs = UnaryOperator.identity();
        while (pull()) {}
        assertThat(here()).isEqualTo(there());
    }

    /** Found by the simulation, seed 29: a late answer to an earlier question was taken for two histories. */
    @Test
    void proofOfOtherSizes_isNoForkAndProvesNothing() {
        for (int size : new int[] {7, 8}) {
            written(size - (int) replica.size());
            pull();
        }
        written(14);
        link.maxBytes = 1500;
        link.batches =
                batch -> with(batch, batch.records().subList(1, batch.records().size()));
        ConsistencyProof late = checkpoints.consistency(9, 22);
        link.proofs = _ -> late;
        assertRefused(ArchiveError.NOT_VERIFIED, this::pull);
        assertThat(replica.state()).isEqualTo(new ReplicaState.Following());
        link.batches = UnaryOperator.identity();
        assertRefused(ArchiveError.NOT_VERIFIED, this::pull);
        link.proofs = UnaryOperator.identity();
        while (pull()) {}
        assertThat(here()).isEqualTo(there());
    }

    /** Found by the simulation: it asked without end. */
    @Test
    void smallerCheckpointThanTheOneBeingTakenIn_isCompleteAndTakenOnce() throws IOException {
        written(8);
        ScriptedLink smaller = otherHistory(8, 8);
        written(14);
        link.batches = batch -> with(batch, batch.records().subList(0, 8));
        pull();
        assertThat(replica.complete()).isEmpty();
        assertThat(replica.announced().orElseThrow().size()).isEqualTo(22);
        assertThat(replica.pull(smaller, Duration.ZERO)).isTrue();
        assertThat(replica.complete().orElseThrow().size()).isEqualTo(8);
        assertThat(replica.complete().orElseThrow().cosignedBy(identity.cosignerKey()))
                .as("a larger one is known")
                .isEmpty();
        assertThat(replica.pull(smaller, Duration.ZERO)).isFalse();
        link.batches = UnaryOperator.identity();
        assertThat(pull()).isTrue();
        assertThat(replica.complete().orElseThrow().size()).isEqualTo(22);
    }

    /** Found by the simulation, seeds 1158 and 1240: the records were of one history, the largest checkpoint of the other. */
    @Test
    void smallerCheckpointOfAnotherHistoryThanTheOneBeingTakenIn_isAFork() throws IOException {
        written(14);
        pull();
        written(11);
        link.batches = batch -> with(batch, batch.records().subList(0, 1));
        pull();
        ScriptedLink other = otherHistory(15, 22);
        assertThat(replica.pull(other, Duration.ZERO)).isTrue();
        assertThat(replica.size()).isEqualTo(22);
        link.batches = UnaryOperator.identity();
        assertRefused(ArchiveError.CONFLICTING_STATE, this::pull);
        assertForked();
    }

    @Test
    void withheldBody_isAPlaceThatCanBeFilledIn() {
        written(3);
        link.batches = batch -> with(
                batch,
                batch.records().stream()
                        .map(record -> LinkRecord.withheld(record.header()))
                        .toList());
        assertThat(pull()).isTrue();
        assertThat(here()).allMatch(LogRecord::isWithheld);
        link.batches = UnaryOperator.identity();
        assertThat(replica.fillBodies(link, new OriginPosition(0))).isEqualTo(new OriginPosition(3));
        assertThat(here()).isEqualTo(there());
    }

    /** The same key, another history from this many records on. */
    private ScriptedLink otherHistory(int common, int records) throws IOException {
        Path place = temp.resolve("other-" + common + "-" + records);
        TestLog other = TestLog.create(place);
        for (LogRecord record : there().subList(0, common)) {
            other.log
                    .append(List.of(new org.archipelago.eventstore.PendingRecord(record, List.of())))
                    .join();
        }
        other.append(records - common);
        Checkpoints signed = Checkpoints.open(
                temp.resolve("signed-" + common + "-" + records), other.log, originIdentity, Duration.ofSeconds(1));
        signed.advance();
        return new ScriptedLink(service(other, signed));
    }

    private void assertForked() throws IOException {
        assertThat(replica.state()).isInstanceOfSatisfying(ReplicaState.Forked.class, forked -> {
            assertThat(forked.evidence().accepted().verifiedBy(originIdentity.verifierKey()))
                    .isTrue();
            assertThat(forked.evidence().other().verifiedBy(originIdentity.verifierKey()))
                    .isTrue();
            assertThat(Checkpoint.parse(forked.evidence().other().text()))
                    .isNotEqualTo(Checkpoint.parse(forked.evidence().accepted().text()));
        });
        ReplicaState stopped = replica.state();
        written(1);
        assertRefused(ArchiveError.CONFLICTING_STATE, this::pull);
        replica.close();
        replica = replica();
        assertThat(replica.state()).isEqualTo(stopped);
        assertRefused(ArchiveError.CONFLICTING_STATE, this::pull);
    }

    @Test
    void forkOfTheSameSize_stopsTheReplicaForGood() throws IOException {
        written(10);
        pull();
        link = otherHistory(6, 10);
        assertRefused(ArchiveError.CONFLICTING_STATE, this::pull);
        assertForked();
    }

    @Test
    void smallerFork_stopsTheReplicaForGood() throws IOException {
        written(10);
        pull();
        ScriptedLink other = otherHistory(6, 8);
        assertRefused(
                ArchiveError.CONFLICTING_STATE,
                () -> replica.heard(other.heads().getFirst().checkpoint(), other));
        assertForked();
    }

    /** Complete trees, whose roots are in no path, among them. */
    @Test
    void largerFork_isToldFromALyingPeer() throws IOException {
        for (int size : new int[] {1, 2, 3, 4, 5, 7, 8, 9, 12, 16}) {
            written(size - (int) origin.log.originHead(TestLog.SITE).value() - 1);
            while (pull()) {}
            assertThat(replica.size()).isEqualTo(size);
            for (int common : new TreeSet<>(List.of(0, size / 2, size - 1))) {
                ScriptedLink honest = link;
                replica.close();
                Path kept = temp.resolve("replica-" + size + "-" + common);
                copy(temp.resolve("replica"), kept);
                replica = replica();
                link = otherHistory(common, size + 3);
                assertRefused(ArchiveError.CONFLICTING_STATE, this::pull);
                assertThat(replica.state()).as(size + " " + common).isInstanceOf(ReplicaState.Forked.class);
                assertThat(replica.size()).isEqualTo(size);
                replica.close();
                delete(temp.resolve("replica"));
                copy(kept, temp.resolve("replica"));
                replica = replica();
                link = honest;
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Its origin has signed it, so it verifies; but no log can hold it. */
    @Test
    void originThatSignsRecordsOutOfPlace_stopsTheReplica() throws IOException {
        assertMalformed(TestLog.record(new StreamId(TestLog.SITE + "/study/a"), 5));
    }

    @Test
    void originThatSignsRecordsInAnothersStream_stopsTheReplica() throws IOException {
        assertMalformed(TestLog.record(new StreamId(HERE + "/study/a"), 0));
        assertThat(log.head().value()).isEqualTo(-1);
    }

    private void assertMalformed(LogRecord gap) throws IOException {
        String text = new Checkpoint(
                        originIdentity.verifierKey().name(),
                        1,
                        org.archipelago.federation.merkle.MerkleHash.leaf(gap.headerBytes()))
                .text();
        SignedNote note = new SignedNote(text, List.of(originIdentity.signer().sign(text)));
        written(1);
        link.batches = batch -> new RecordBatch(
                batch.from(), List.of(LinkRecord.whole(gap.headerBytes(), gap.body())), Optional.of(note));
        assertRefused(ArchiveError.CONFLICTING_STATE, this::pull);
        assertThat(replica.state()).isInstanceOf(ReplicaState.Malformed.class);
        ReplicaState stopped = replica.state();
        replica.close();
        replica = replica();
        assertThat(replica.state()).isEqualTo(stopped);
        assertThat(replica.size()).isZero();
    }

    @Test
    void anotherSiteThatHasTheRecords_servesThemAsTheOriginDoes() throws IOException {
        written(10);
        pull();
        LogLinkService relay = new LogLinkService(
                log,
                Checkpoints.open(temp.resolve("relay"), log, identity, Duration.ofSeconds(1)),
                () -> Map.of(TestLog.SITE, replica),
                LogLinkService.BodyPolicy.ALL);
        SiteId third = new SiteId(new UUID(6, 6));
        try (RocksEventLog elsewhere = RocksEventLog.create(
                        temp.resolve("third-log"),
                        third,
                        new Incarnation(UUID.randomUUID()),
                        RocksEventLogOptions.standard(LogListener.NONE, () -> {}));
                Replica second = Replica.open(
                        temp.resolve("third"),
                        elsewhere,
                        originIdentity.verifierKey(),
                        new Replica.Witness(
                                SiteIdentity.create(temp.resolve("third-keys"), third, new SecureRandom())
                                        .signer(),
                                () -> List.of(identity.cosignerKey()),
                                Clock.systemUTC()),
                        refusals)) {
            ScriptedLink relayed = new ScriptedLink(relay);
            assertThat(second.pull(relayed, Duration.ZERO)).isTrue();
            assertThat(elsewhere.readOrigin(TestLog.SITE, new OriginPosition(0), 100))
                    .extracting(StoredRecord::record)
                    .isEqualTo(there());
            assertThat(second.complete().orElseThrow().cosignedBy(identity.cosignerKey()))
                    .isPresent();
            assertThat(relayed.heads()).hasSize(1);
        }
    }

    @Test
    void recordThatIsDamagedHere_stopsThisReplicaAndIsSaid() throws IOException {
        written(10);
        pull();
        written(5);
        pull();
        replica.close();
        log.close();
        // Of what was taken in last the tree knew nothing when the machine crashed.
        ReplicaFiles files = new ReplicaFiles(temp.resolve("replica"));
        deleteTree(files.tree());
        TestLog.damage(temp.resolve("log"), 12);
        log = RocksEventLog.open(temp.resolve("log"), RocksEventLogOptions.standard(LogListener.NONE, () -> {}));
        replica = replica();
        assertThat(replica.state()).isEqualTo(new ReplicaState.Damaged(12));
        assertThat(replica.size()).isEqualTo(15);
        assertThat(replica.announced().orElseThrow().size()).isEqualTo(15);
        written(1);
        assertRefused(ArchiveError.CORRUPT, this::pull);
        assertRefused(
                ArchiveError.CORRUPT,
                () -> replica.heard(checkpoints.latest().orElseThrow().note(), link));
        assertThat(here()).hasSize(12);
    }

    private static void deleteTree(Path tree) throws IOException {
        List<Path> all;
        try (Stream<Path> paths = Files.walk(tree)) {
            all = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.delete(path);
        }
    }
}
