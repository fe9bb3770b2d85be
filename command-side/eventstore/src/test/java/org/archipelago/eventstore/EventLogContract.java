package org.archipelago.eventstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.ClaimHeldElsewhereException;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.LocalToken;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.UniqueClaim;
import org.archipelago.contract.log.Unreadable;
import org.archipelago.eventstore.body.UnknownRecord;
import org.archipelago.eventstore.record.LogRecord;
import org.axonframework.modelling.command.ConcurrencyException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every engine of the event log must do. */
public abstract class EventLogContract {
    protected final Records records = new Records();
    protected EventLog log;

    /** A new, empty log of {@link Records#SITE}. */
    protected abstract EventLog create();

    /** Closes the log and opens it again. */
    protected abstract EventLog reopen(EventLog log);

    /** A new log from a backup. */
    protected abstract EventLog restore(byte[] backup, Incarnation incarnation) throws Exception;

    @BeforeEach
    void open() {
        log = create();
    }

    @AfterEach
    void close() {
        log.close();
    }

    protected LocalPosition append(PendingRecord... pending) {
        return log.append(List.of(pending)).join();
    }

    protected static ArchiveError errorOf(Throwable thrown) {
        Throwable cause = thrown instanceof CompletionException ? thrown.getCause() : thrown;
        assertThat(cause).isInstanceOf(ArchiveException.class);
        return ((ArchiveException) cause).error();
    }

    private static Throwable failureOf(CompletableFuture<?> future) {
        Throwable thrown = catchThrowable(future::join);
        return thrown instanceof CompletionException ? thrown.getCause() : thrown;
    }

    @Test
    void emptyLog_hasNoHead() {
        assertThat(log.head()).isEqualTo(EventLog.BEFORE_FIRST);
        assertThat(log.headToken()).isEqualTo(log.tailToken());
        assertThat(log.read(new LocalPosition(0), 10)).isEmpty();
        assertThat(log.originHead(Records.SITE)).isEqualTo(new OriginPosition(-1));
    }

    @Test
    void append_givesConsecutivePositions() {
        assertThat(append(records.pending("a", 0, "x"))).isEqualTo(new LocalPosition(0));
        assertThat(append(records.pending("a", 1, "x"), records.pending("b", 0, "x")))
                .isEqualTo(new LocalPosition(2));
        assertThat(log.head()).isEqualTo(new LocalPosition(2));
        assertThat(log.originHead(Records.SITE)).isEqualTo(new OriginPosition(2));
        assertThat(log.read(new LocalPosition(0), 10))
                .extracting(s -> s.originPosition().value())
                .containsExactly(0L, 1L, 2L);
    }

    /** Else whoever reads on takes a record for a damaged one that is only about to come. */
    @Test
    void lastRecordOfAnOrigin_isGivenWhileOthersAreWritten() throws Exception {
        append(records.pending("first", 0, "x"));
        try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
            Future<Void> writing = executor.submit(() -> {
                for (int batch = 0; batch < 30; batch++) {
                    String name = batch + "n";
                    log.append(IntStream.range(0, 200)
                                    .mapToObj(i -> records.pending(name + i, 0, "x"))
                                    .toList())
                            .join();
                }
                return null;
            });
            while (!writing.isDone()) {
                assertThat(log.readOrigin(Records.SITE, log.originHead(Records.SITE), 1))
                        .hasSize(1);
            }
            writing.get();
        }
    }

    @Test
    void appendedRecord_comesBackByteIdentical() {
        LogRecord record = records.record("a", 0, "x");
        append(records.pending(record));
        assertThat(log.read(new LocalPosition(0), 1).getFirst().record()).isEqualTo(record);
    }

    @Test
    void emptyAppend_changesNothing() {
        assertThat(log.append(List.of()).join()).isEqualTo(EventLog.BEFORE_FIRST);
    }

    @Test
    void appendAtWrongRevision_isRefused() {
        append(records.pending("a", 0, "x"));
        assertThat(failureOf(log.append(List.of(records.pending("a", 0, "y")))))
                .isInstanceOf(ConcurrencyException.class);
        assertThat(failureOf(log.append(List.of(records.pending("a", 2, "y")))))
                .isInstanceOf(ConcurrencyException.class);
        assertThat(failureOf(log.append(List.of(records.pending("b", 1, "y")))))
                .isInstanceOf(ConcurrencyException.class);
        assertThat(log.head()).isEqualTo(new LocalPosition(0));
    }

    @Test
    void appendOfSeveral_isAllOrNothing() {
        append(records.pending("a", 0, "x"));
        CompletableFuture<LocalPosition> mixed =
                log.append(List.of(records.pending("b", 0, "claim:n1"), records.pending("a", 0, "late")));
        assertThat(failureOf(mixed)).isInstanceOf(ConcurrencyException.class);
        assertThat(log.readStream(Records.stream("b"), new Revision(0), 10)).isEmpty();
        assertThat(log.claimHolders("n1")).isEmpty();
        append(records.pending("b", 0, "after"));
        assertThat(log.head()).isEqualTo(new LocalPosition(1));
    }

    @Test
    void sameRecordIdTwice_isRefused() {
        RecordId id = new RecordId(UUID.randomUUID());
        append(records.pending(records.record(id, Records.stream("a"), 0, "x")));
        var again = log.append(List.of(records.pending(records.record(id, Records.stream("b"), 0, "x"))));
        assertThat(errorOf(failureOf(again))).isEqualTo(ArchiveError.CONFLICTING_STATE);
        RecordId twice = new RecordId(UUID.randomUUID());
        var within = log.append(List.of(
                records.pending(records.record(twice, Records.stream("c"), 0, "x")),
                records.pending(records.record(twice, Records.stream("c"), 1, "x"))));
        assertThat(errorOf(failureOf(within))).isEqualTo(ArchiveError.CONFLICTING_STATE);
    }

    @Test
    void recordOfAnotherOrigin_isRefused() {
        StreamId foreign = new StreamId(new SiteId(new UUID(7, 7)) + "/study/a");
        LogRecord record = records.record(new RecordId(UUID.randomUUID()), foreign, 0, "x");
        assertThat(errorOf(failureOf(log.append(List.of(records.pending(record))))))
                .isEqualTo(ArchiveError.INVALID_REQUEST);
    }

    private CompletableFuture<LocalPosition> replicate(long first, LogRecord... foreign) {
        return log.appendReplica(Records.OTHER, new OriginPosition(first), List.of(foreign));
    }

    private static LogRecord withheld(LogRecord record) {
        return LogRecord.withheld(record.headerBytes());
    }

    @Test
    void foreignRecords_haveTheirOriginsPositionsBesideOwnOnes() {
        append(records.pending("a", 0, "x"));
        LogRecord first = records.foreign("a", 0, "f0");
        LogRecord second = records.foreign("a", 1, "f1");
        assertThat(replicate(0, first, second).join()).isEqualTo(new LocalPosition(2));
        append(records.pending("a", 1, "y"));
        LogRecord third = records.foreign("b", 0, "f2");
        assertThat(replicate(2, third).join()).isEqualTo(new LocalPosition(4));

        log = reopen(log);
        assertThat(log.originHead(Records.SITE)).isEqualTo(new OriginPosition(1));
        assertThat(log.originHead(Records.OTHER)).isEqualTo(new OriginPosition(2));
        assertThat(log.read(new LocalPosition(0), 10))
                .extracting(s -> s.originPosition().value())
                .containsExactly(0L, 0L, 1L, 1L, 2L);
        assertThat(log.atOrigin(Records.OTHER, new OriginPosition(1))
                        .orElseThrow()
                        .record())
                .isEqualTo(second);
        assertThat(log.readStream(Records.stream(Records.OTHER, "a"), new Revision(0), 10))
                .extracting(StoredRecord::record)
                .containsExactly(first, second);
        assertThat(log.recordIdAt(new LocalPosition(4))).contains(third.header().id());
        assertThat(log.recognises(log.headToken())).isTrue();
        assertThat(append(records.pending("a", 2, "z"))).isEqualTo(new LocalPosition(5));
        assertThat(log.verify(records.contents(), VerificationListener.SILENT).problems())
                .isEmpty();
    }

    @Test
    void recordsOfAnOrigin_areReadInItsOrder() {
        List<LogRecord> foreign = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            foreign.add(records.foreign("a", i, "f" + i));
            append(records.pending("a", i, "x"));
            if (i % 3 == 0) {
                replicate(foreign.size() - 1L, foreign.getLast()).join();
            } else if (i % 3 == 2) {
                replicate(foreign.size() - 2L, foreign.get(i - 1), foreign.get(i))
                        .join();
            }
        }
        assertThat(log.readOrigin(Records.OTHER, new OriginPosition(2), 5))
                .extracting(StoredRecord::record)
                .isEqualTo(foreign.subList(2, 7));
        assertThat(log.readOrigin(Records.OTHER, new OriginPosition(8), 5))
                .extracting(StoredRecord::originPosition)
                .containsExactly(new OriginPosition(8), new OriginPosition(9));
        assertThat(log.readOrigin(Records.OTHER, new OriginPosition(10), 5)).isEmpty();
        assertThat(log.readOrigin(new SiteId(new UUID(5, 5)), new OriginPosition(0), 5))
                .isEmpty();
    }

    @Test
    void foreignRecordsAgain_areNoErrorAndChangeNothing() {
        LogRecord first = records.foreign("a", 0, "f0");
        LogRecord second = records.foreign("a", 1, "f1");
        LogRecord third = records.foreign("a", 2, "f2");
        replicate(0, first, second).join();
        assertThat(replicate(0, first).join()).isEqualTo(new LocalPosition(1));
        assertThat(replicate(1, withheld(second)).join()).isEqualTo(new LocalPosition(1));
        assertThat(replicate(1, second, third).join()).isEqualTo(new LocalPosition(2));
        assertThat(replicate(0).join()).isEqualTo(new LocalPosition(2));
        assertThat(log.read(new LocalPosition(0), 10))
                .extracting(StoredRecord::record)
                .containsExactly(first, second, third);
    }

    @Test
    void sameForeignRecordsInOneBatch_areTakenOnce() {
        List<CompletableFuture<LocalPosition>> futures = new ArrayList<>();
        List<LogRecord> made = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            made.add(records.foreign("a", i, "f" + i));
        }
        for (int i = 0; i < 50; i++) {
            futures.add(replicate(i, made.get(i)));
            futures.add(replicate(
                    Math.max(0, i - 3), made.subList(Math.max(0, i - 3), i + 1).toArray(LogRecord[]::new)));
            futures.add(log.append(List.of(records.pending("own", i, "o" + i))));
        }
        futures.forEach(CompletableFuture::join);
        assertThat(log.head().value()).isEqualTo(99);
        assertThat(log.readStream(Records.stream(Records.OTHER, "a"), new Revision(0), 100))
                .extracting(StoredRecord::record)
                .isEqualTo(made);
        assertThat(log.verify(records.contents(), VerificationListener.SILENT).problems())
                .isEmpty();
    }

    @Test
    void foreignRecordOutOfPlace_isRefusedWithAllOfItsBatch() {
        LogRecord first = records.foreign("a", 0, "f0");
        LogRecord good = records.foreign("b", 0, "good");
        replicate(0, first).join();
        LogRecord usedId = records.record(first.header().id(), Records.stream(Records.OTHER, "c"), 0, "the same id");
        Map<String, CompletableFuture<LocalPosition>> refused = new HashMap<>();
        refused.put("a gap", replicate(2, good));
        refused.put("a negative position", replicate(-1, first, good));
        refused.put("own site", log.appendReplica(Records.SITE, new OriginPosition(0), List.of()));
        refused.put("a record of this site", replicate(1, good, records.record("a", 0, "x")));
        refused.forEach((what, outcome) ->
                assertThat(errorOf(failureOf(outcome))).as(what).isEqualTo(ArchiveError.INVALID_REQUEST));
        Map<String, CompletableFuture<LocalPosition>> conflicting = new HashMap<>();
        conflicting.put("another record in its place", replicate(0, records.foreign("a", 0, "other"), good));
        conflicting.put("a revision that is taken", replicate(1, good, records.foreign("a", 0, "again")));
        conflicting.put("a revision too far", replicate(1, good, records.foreign("a", 2, "far")));
        conflicting.put("a record id that is taken", replicate(1, good, usedId));
        conflicting.forEach((what, outcome) ->
                assertThat(errorOf(failureOf(outcome))).as(what).isEqualTo(ArchiveError.CONFLICTING_STATE));
        assertThat(log.head()).isEqualTo(new LocalPosition(0));
        assertThat(replicate(1, good).join()).isEqualTo(new LocalPosition(1));
    }

    @Test
    void foreignRecordsBeyondTheBound_areRefused() {
        LogRecord large = records.foreign("a", 0, new Random7(300_000).text());
        LogRecord[] all = new LogRecord[(int) (EventLog.MAX_REPLICA_BYTES / large.lengthBytes()) + 1];
        java.util.Arrays.fill(all, large);
        assertThat(errorOf(failureOf(replicate(0, all)))).isEqualTo(ArchiveError.REQUEST_TOO_LARGE);
    }

    @Test
    void recordIdOfAnotherOrigin_isNotTakenAwayByWhoUsesItFirst() {
        LogRecord own = records.record("a", 0, "x");
        LogRecord copied = records.record(own.header().id(), Records.stream(Records.OTHER, "a"), 0, "copied");
        replicate(0, copied).join();
        append(records.pending(own));
        assertThat(log.positionOf(own.header().id())).contains(new LocalPosition(1));
        log = reopen(log);
        assertThat(log.verify(records.contents(), VerificationListener.SILENT).problems())
                .isEmpty();
    }

    @Test
    void lostRecords_areTakenBackInTheirPlaceOnly() {
        append(records.pending("a", 0, "x"));
        PendingRecord lost = records.pending("a", 1, "claim:n1");
        replicate(0, records.foreign("a", 0, "f0")).join();
        assertThat(errorOf(failureOf(log.takeBack(new OriginPosition(2), List.of(lost)))))
                .isEqualTo(ArchiveError.CONFLICTING_STATE);
        assertThat(log.takeBack(new OriginPosition(1), List.of(lost)).join()).isEqualTo(new LocalPosition(2));
        assertThat(log.claimHolders("n1")).containsExactly(Records.stream("a"));
        assertThat(errorOf(failureOf(log.takeBack(new OriginPosition(1), List.of(records.pending("b", 0, "y"))))))
                .isEqualTo(ArchiveError.CONFLICTING_STATE);
        assertThat(log.originHead(Records.SITE)).isEqualTo(new OriginPosition(1));
    }

    @Test
    void foreignRecord_makesNoClaim() throws Exception {
        replicate(0, records.foreign("a", 0, "claim:n1")).join();
        assertThat(log.claimHolders("n1")).isEmpty();
        append(records.pending("b", 0, "claim:n1"));
        assertThat(log.claimHolders("n1")).containsExactly(Records.stream("b"));
        Map<String, long[]> found = new HashMap<>();
        log.eachClaim(found::put);
        assertThat(found).containsOnlyKeys("n1");
        assertThat(log.verify(records.contents(), VerificationListener.SILENT).problems())
                .isEmpty();
    }

    @Test
    void withheldBody_keepsItsPlaceAndCanBeFilledIn() throws Exception {
        LogRecord whole = records.foreign("a", 0, "f0");
        LogRecord next = records.foreign("a", 1, "f1");
        replicate(0, withheld(whole), next).join();
        log = reopen(log);
        LogRecord read = log.read(new LocalPosition(0), 1).getFirst().record();
        assertThat(read.isWithheld()).isTrue();
        assertThat(read.headerBytes()).isEqualTo(whole.headerBytes());
        assertThat(records.sealing.openReplica(read).payload())
                .isEqualTo(new Unreadable(whole.header().stream(), "StudyHeld", Unreadable.Reason.BODY_WITHHELD));
        assertThat(log.verify(records.contents(), VerificationListener.SILENT).problems())
                .isEmpty();
        ByteArrayOutputStream backup = new ByteArrayOutputStream();
        LogBackup.write(log, backup);
        try (EventLog restored = restore(backup.toByteArray(), new Incarnation(UUID.randomUUID()))) {
            assertThat(restored.read(new LocalPosition(0), 10)).isEqualTo(log.read(new LocalPosition(0), 10));
            assertThat(restored.originHead(Records.OTHER)).isEqualTo(new OriginPosition(1));
            assertThat(restored.verify(records.contents(), VerificationListener.SILENT)
                            .problems())
                    .isEmpty();
        }

        OriginPosition place = new OriginPosition(0);
        assertThat(errorOf(failureOf(log.fillBody(Records.OTHER, place, next.body()))))
                .isEqualTo(ArchiveError.CORRUPT);
        assertThat(errorOf(failureOf(log.fillBody(Records.OTHER, new OriginPosition(2), whole.body()))))
                .isEqualTo(ArchiveError.NOT_FOUND);
        assertThat(log.fillBody(Records.OTHER, place, whole.body()).join()).isTrue();
        assertThat(log.fillBody(Records.OTHER, place, whole.body()).join()).isFalse();
        assertThat(log.fillBody(Records.OTHER, place, next.body()).join()).isFalse();
        log = reopen(log);
        assertThat(log.read(new LocalPosition(0), 10))
                .extracting(StoredRecord::record)
                .containsExactly(whole, next);
        assertThat(log.head()).isEqualTo(new LocalPosition(1));
    }

    @Test
    void withheldBodyOfALaterHash_isNotFilledInByAGuess() {
        LogRecord later = Forgery.laterSuite(records.foreign("a", 0, "x"));
        replicate(0, withheld(later)).join();
        assertThat(errorOf(failureOf(log.fillBody(Records.OTHER, new OriginPosition(0), later.body()))))
                .isEqualTo(ArchiveError.NEWER_PROGRAM);
    }

    @Test
    void foreignRecordWhoseKeyIsNotHere_isNoDamage() {
        LogRecord foreign = records.foreign("a", 0, "x");
        replicate(0, foreign).join();
        records.keys.lose(foreign.header().key());
        long before = records.sealing.unreadableRecords();
        assertThat(records.sealing.openReplica(foreign).payload())
                .isEqualTo(new Unreadable(foreign.header().stream(), "StudyHeld", Unreadable.Reason.KEY_NOT_GRANTED));
        assertThat(records.sealing.unreadableRecords()).isEqualTo(before + 1);
        assertThat(log.verify(records.contents(), VerificationListener.SILENT).problems())
                .isEmpty();
    }

    @Test
    void exclusiveClaim_isRefusedToAnotherStream() {
        append(records.pending("a", 0, "claim:n1,claim:n2"));
        Throwable refused = failureOf(log.append(List.of(records.pending("b", 0, "claim:n2,claim:n3"))));
        assertThat(refused).isInstanceOf(ClaimHeldElsewhereException.class);
        assertThat(((ClaimHeldElsewhereException) refused).holders()).isEqualTo(Map.of("n2", Records.stream("a")));
        assertThat(log.claimHolders("n3")).isEmpty();
        assertThat(log.head()).isEqualTo(new LocalPosition(0));
    }

    @Test
    void exclusiveClaim_isOwnersAgain() {
        append(records.pending("a", 0, "claim:n1"));
        append(records.pending("a", 1, "claim:n1"));
        assertThat(log.claimHolders("n1")).containsExactly(Records.stream("a"));
    }

    @Test
    void sharedClaim_addsItsStream() {
        append(records.pending("a", 0, "claim:n1"));
        append(records.pending("b", 0, "share:n1"));
        assertThat(log.claimHolders("n1")).containsExactly(Records.stream("a"), Records.stream("b"));
        assertThat(failureOf(log.append(List.of(records.pending("a", 1, "claim:n1")))))
                .isInstanceOf(ClaimHeldElsewhereException.class);
    }

    @Test
    void claimsWithinOneAppend_seeEachOther() {
        Throwable refused = failureOf(
                log.append(List.of(records.pending("a", 0, "claim:n1"), records.pending("b", 0, "claim:n1"))));
        assertThat(refused).isInstanceOf(ClaimHeldElsewhereException.class);
        append(records.pending("a", 0, "claim:n1"), records.pending("b", 0, "share:n1"));
        assertThat(log.claimHolders("n1")).containsExactly(Records.stream("a"), Records.stream("b"));
    }

    @Test
    void unknownClaim_hasNoHolder() {
        assertThat(log.claimHolders("never made")).isEmpty();
    }

    @Test
    void refusedAppend_leavesOthersOfItsBatchAlone() throws Exception {
        append(records.pending("a", 0, "x"));
        List<CompletableFuture<LocalPosition>> futures = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            futures.add(log.append(List.of(records.pending("s" + i, 0, "x"))));
            futures.add(log.append(List.of(records.pending("a", 0, "wrong"))));
        }
        for (int i = 0; i < 50; i++) {
            assertThat(futures.get(2 * i).get(10, TimeUnit.SECONDS)).isEqualTo(new LocalPosition(i + 1));
            assertThat(failureOf(futures.get(2 * i + 1))).isInstanceOf(ConcurrencyException.class);
        }
    }

    /** Made first and handed over at once, so that several are in one write. */
    private List<CompletableFuture<LocalPosition>> appendAllAtOnce(List<PendingRecord> all) {
        return all.stream().map(record -> log.append(List.of(record))).toList();
    }

    @Test
    void sameRecordIdTwiceInOneBatch_isTakenOnce() throws Exception {
        List<PendingRecord> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            RecordId id = new RecordId(UUID.randomUUID());
            all.add(records.pending(records.record(id, Records.stream("s" + i), 0, "x")));
            all.add(records.pending(records.record(id, Records.stream("t" + i), 0, "y")));
        }
        List<CompletableFuture<LocalPosition>> futures = appendAllAtOnce(all);
        for (int i = 0; i < 100; i++) {
            assertThat(futures.get(2 * i).get(10, TimeUnit.SECONDS)).isEqualTo(new LocalPosition(i));
            assertThat(errorOf(failureOf(futures.get(2 * i + 1)))).isEqualTo(ArchiveError.CONFLICTING_STATE);
        }
    }

    @Test
    void whatARefusedAppendWouldHaveDone_isNotSeenByOthersOfItsBatch() throws Exception {
        append(records.pending("owner", 0, "claim:held"));
        List<PendingRecord> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            PendingRecord refused = records.pending("s" + i, 0, "claim:held");
            all.add(refused);
            // The same stream, revision and record id, without the claim.
            all.add(records.pending(refused.record()));
        }
        List<CompletableFuture<LocalPosition>> futures = appendAllAtOnce(all);
        for (int i = 0; i < 100; i++) {
            assertThat(failureOf(futures.get(2 * i))).isInstanceOf(ClaimHeldElsewhereException.class);
            assertThat(futures.get(2 * i + 1).get(10, TimeUnit.SECONDS)).isEqualTo(new LocalPosition(i + 1));
        }
    }

    @Test
    void exclusiveClaimTwiceInOneBatch_isTheFirsts() throws Exception {
        List<PendingRecord> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            all.add(records.pending("s" + i, 0, "claim:n" + i));
            all.add(records.pending("t" + i, 0, "claim:n" + i));
        }
        List<CompletableFuture<LocalPosition>> futures = appendAllAtOnce(all);
        for (int i = 0; i < 100; i++) {
            assertThat(futures.get(2 * i).get(10, TimeUnit.SECONDS)).isEqualTo(new LocalPosition(i));
            assertThat(failureOf(futures.get(2 * i + 1))).isInstanceOf(ClaimHeldElsewhereException.class);
            assertThat(log.claimHolders("n" + i)).containsExactly(Records.stream("s" + i));
        }
    }

    @Test
    void streamOfOneBatch_takesRevisionsInOrder() {
        List<CompletableFuture<LocalPosition>> futures = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            futures.add(log.append(List.of(records.pending("a", i, "r" + i))));
        }
        futures.forEach(CompletableFuture::join);
        assertThat(log.readStream(Records.stream("a"), new Revision(0), 1000))
                .extracting(s -> records.reason(s).orElseThrow())
                .containsExactlyElementsOf(
                        IntStream.range(0, 100).mapToObj(i -> "r" + i).toList());
    }

    @Test
    void readStream_startsAtRevisionAndEndsAtLimit() {
        for (int i = 0; i < 5; i++) {
            append(records.pending("a", i, "x"), records.pending("b", i, "y"));
        }
        assertThat(log.readStream(Records.stream("a"), new Revision(2), 2))
                .extracting(s -> s.record().header().revision().value())
                .containsExactly(2L, 3L);
        assertThat(log.readStream(Records.stream("a"), new Revision(5), 2)).isEmpty();
        assertThat(log.readStream(Records.stream("c"), new Revision(0), 2)).isEmpty();
    }

    @Test
    void read_startsAtPositionAndEndsAtLimit() {
        for (int i = 0; i < 5; i++) {
            append(records.pending("a", i, "x"));
        }
        assertThat(log.read(new LocalPosition(1), 3))
                .extracting(s -> s.local().value())
                .containsExactly(1L, 2L, 3L);
        assertThat(log.read(new LocalPosition(5), 3)).isEmpty();
    }

    @Test
    void streamHead_namesRevisionAndKey() {
        assertThat(log.streamHead(Records.stream("a"))).isEmpty();
        append(records.pending("a", 0, "x"), records.pending("a", 1, "x"));
        StreamHead expected =
                new StreamHead(new Revision(1), records.key(Records.stream("a")).id());
        assertThat(log.streamHead(Records.stream("a"))).contains(expected);
        log = reopen(log);
        assertThat(log.streamHead(Records.stream("a"))).contains(expected);
    }

    @Test
    void record_isFoundByIdAndByOriginPosition() {
        LogRecord record = records.record("a", 0, "x");
        append(records.pending("z", 0, "x"));
        append(records.pending(record));
        assertThat(log.positionOf(record.header().id())).contains(new LocalPosition(1));
        assertThat(log.recordIdAt(new LocalPosition(1)))
                .contains(record.header().id());
        assertThat(log.recordIdAt(new LocalPosition(2))).isEmpty();
        assertThat(log.recordIdAt(EventLog.BEFORE_FIRST)).isEmpty();
        assertThat(log.atOrigin(Records.SITE, new OriginPosition(1))
                        .orElseThrow()
                        .record())
                .isEqualTo(record);
        assertThat(log.atOrigin(Records.SITE, new OriginPosition(2))).isEmpty();
        assertThat(log.positionOf(new RecordId(UUID.randomUUID()))).isEmpty();
    }

    @Test
    void token_isRecognisedOnlyInItsHistory() {
        append(records.pending("a", 0, "x"));
        LocalToken token = log.headToken();
        append(records.pending("a", 1, "x"));
        assertThat(log.recognises(token)).isTrue();
        assertThat(log.recognises(log.tailToken())).isTrue();
        assertThat(log.recognises(new LocalToken(new Incarnation(UUID.randomUUID()), token.local(), token.record())))
                .isFalse();
        assertThat(log.recognises(new LocalToken(log.incarnation(), token.local(), new RecordId(UUID.randomUUID()))))
                .isFalse();
        assertThat(log.recognises(new LocalToken(log.incarnation(), new LocalPosition(9), token.record())))
                .isFalse();
    }

    @Test
    void reopenedLog_hasEverything() {
        append(records.pending("a", 0, "claim:n1"), records.pending("b", 0, "x"));
        log.storeSnapshot(Records.stream("a"), new byte[] {1, 2, 3});
        List<StoredRecord> before = log.read(new LocalPosition(0), 10);
        Incarnation incarnation = log.incarnation();
        log = reopen(log);
        assertThat(log.read(new LocalPosition(0), 10)).isEqualTo(before);
        assertThat(log.site()).isEqualTo(Records.SITE);
        assertThat(log.incarnation()).isEqualTo(incarnation);
        assertThat(log.claimHolders("n1")).containsExactly(Records.stream("a"));
        assertThat(log.readSnapshot(Records.stream("a")).orElseThrow()).containsExactly(1, 2, 3);
        assertThat(append(records.pending("a", 1, "x"))).isEqualTo(new LocalPosition(2));
    }

    @Test
    void snapshot_replacesTheOneBefore() {
        assertThat(log.readSnapshot(Records.stream("a"))).isEmpty();
        log.storeSnapshot(Records.stream("a"), new byte[] {1});
        log.storeSnapshot(Records.stream("a"), new byte[] {2});
        assertThat(log.readSnapshot(Records.stream("a")).orElseThrow()).containsExactly(2);
        assertThat(log.head()).isEqualTo(EventLog.BEFORE_FIRST);
    }

    @Test
    void awaitBeyond_returnsWhenARecordComes() throws Exception {
        assertThat(log.awaitBeyond(EventLog.BEFORE_FIRST, Duration.ofMillis(1))).isFalse();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Boolean> waiting =
                    threads.submit(() -> log.awaitBeyond(EventLog.BEFORE_FIRST, Duration.ofSeconds(30)));
            append(records.pending("a", 0, "x"));
            assertThat(waiting.get(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void cursor_goesThroughEverythingAndOn() throws Exception {
        for (int i = 0; i < 600; i++) {
            log.append(List.of(records.pending("a", i, "x")));
        }
        append(records.pending("b", 0, "last"));
        RecordCursor cursor = new RecordCursor(log, EventLog.BEFORE_FIRST);
        for (int i = 0; i <= 600; i++) {
            assertThat(cursor.peek().orElseThrow().local().value()).isEqualTo(i);
            assertThat(cursor.next().orElseThrow().local().value()).isEqualTo(i);
        }
        assertThat(cursor.next()).isEmpty();
        assertThat(cursor.await(Duration.ofMillis(1))).isFalse();
        append(records.pending("b", 1, "x"));
        assertThat(cursor.await(Duration.ofSeconds(10))).isTrue();
        assertThat(cursor.next().orElseThrow().local().value()).isEqualTo(601);
    }

    @Test
    void destroyedKey_readsBackAsErasedAndBreaksNothing() {
        append(records.pending("a", 0, "claim:n1"), records.pending("b", 0, "y"), records.pending("a", 1, "z"));
        StreamId erased = Records.stream("a");
        records.keys.destroy(List.of(records.key(erased).id()));
        List<StoredRecord> all = log.read(new LocalPosition(0), 10);
        assertThat(records.sealing.open(all.get(0).record()).payload()).isEqualTo(new Erased(erased, "StudyHeld"));
        assertThat(records.reason(all.get(1))).contains("y");
        assertThat(log.readStream(erased, new Revision(0), 10)).hasSize(2);
        Verification verification = log.verify(records.contents(), VerificationListener.SILENT);
        assertThat(verification.problems()).isEmpty();
        assertThat(verification.erased()).isEqualTo(2);
    }

    @Test
    void verify_findsASoundLogSound() {
        for (int i = 0; i < 300; i++) {
            append(records.pending("s" + i % 7, i / 7, "claim:n" + i % 7 + ",claim:m" + i));
        }
        List<Long> seen = new ArrayList<>();
        Verification verification = log.verify(records.contents(), (done, _) -> seen.add(done));
        assertThat(verification.problems()).isEmpty();
        assertThat(verification.sound()).isTrue();
        assertThat(verification.records()).isEqualTo(300);
        assertThat(seen.getLast()).isEqualTo(300);
    }

    @Test
    void verify_findsABodyThatDoesNotOpen() {
        LogRecord honest = records.record("a", 0, "x");
        LogRecord other = records.record("b", 0, "x");
        append(records.pending(Forgery.withBodyOf(honest, other)));
        Verification verification = log.verify(records.contents(), VerificationListener.SILENT);
        assertThat(verification.problemCount()).isEqualTo(1);
        assertThat(verification.problems().getFirst().position()).isZero();
    }

    @Test
    void verify_findsAClaimThatIsMissing() {
        append(new PendingRecord(records.record("a", 0, "claim:n1"), List.of()));
        assertThat(log.verify(records.contents(), VerificationListener.SILENT).sound())
                .isFalse();
    }

    @Test
    void backup_restoresIdenticalRecordsUnderANewIncarnation() throws Exception {
        for (int i = 0; i < 300; i++) {
            append(records.pending("s" + i % 5, i / 5, i < 5 ? "claim:n" + i : "x"));
        }
        ByteArrayOutputStream backup = new ByteArrayOutputStream();
        assertThat(LogBackup.write(log, backup)).isEqualTo(new LogBackup.Written(300, 0, List.of(), true));
        Incarnation next = new Incarnation(UUID.randomUUID());
        try (EventLog restored = restore(backup.toByteArray(), next)) {
            assertThat(restored.read(new LocalPosition(0), 1000)).isEqualTo(log.read(new LocalPosition(0), 1000));
            assertThat(restored.incarnation()).isEqualTo(next);
            assertThat(restored.site()).isEqualTo(Records.SITE);
            assertThat(restored.recognises(log.headToken())).isFalse();
            assertThat(restored.claimHolders("n3")).containsExactly(Records.stream("s3"));
            assertThat(restored.verify(records.contents(), VerificationListener.SILENT)
                            .problems())
                    .isEmpty();
            assertThat(restored.append(List.of(records.pending("s0", 60, "x"))).join())
                    .isEqualTo(new LocalPosition(300));
        }
    }

    @Test
    void backupOfAnErasedStream_restoresItsRecordsAndItsClaims() throws Exception {
        append(records.pending("a", 0, "claim:n1"), records.pending("b", 0, "claim:n2"));
        records.keys.destroy(List.of(records.key(Records.stream("a")).id()));
        ByteArrayOutputStream backup = new ByteArrayOutputStream();
        LogBackup.write(log, backup);
        try (EventLog restored = restore(backup.toByteArray(), new Incarnation(UUID.randomUUID()))) {
            assertThat(restored.read(new LocalPosition(0), 10)).isEqualTo(log.read(new LocalPosition(0), 10));
            assertThat(restored.claimHolders("n1")).containsExactly(Records.stream("a"));
            assertThat(restored.claimHolders("n2")).containsExactly(Records.stream("b"));
        }
    }

    @Test
    void claimOfARecordThatThisProgramCannotRead_survivesARestore() throws Exception {
        append(new PendingRecord(records.record("a", 0, "x"), List.of(new UniqueClaim("ab12", true))));
        append(new PendingRecord(records.record("b", 0, "x"), List.of(new UniqueClaim("ab12", true))));
        ByteArrayOutputStream backup = new ByteArrayOutputStream();
        LogBackup.write(log, backup);
        try (EventLog restored = restore(backup.toByteArray(), new Incarnation(UUID.randomUUID()))) {
            assertThat(restored.claimHolders("ab12")).containsExactly(Records.stream("a"), Records.stream("b"));
        }
    }

    @Test
    void eachClaim_tellsEveryClaimWithItsHolders() throws Exception {
        for (int i = 0; i < 1500; i++) {
            append(records.pending("s" + i % 7, i / 7, "share:n" + i));
        }
        append(records.pending("other", 0, "share:n3"));
        Map<String, long[]> found = new HashMap<>();
        log.eachClaim(found::put);
        assertThat(found).hasSize(1500);
        assertThat(found.get("n3")).containsExactly(3, 1500);
        assertThat(found.get("n1499")).containsExactly(1499);
    }

    @Test
    void recordOfALaterSuiteOrFormat_isKeptRelayedAndCounted() throws Exception {
        append(records.pending("a", 0, "x"));
        LogRecord known = log.read(new LocalPosition(0), 1).getFirst().record();
        List<LogRecord> later = List.of(
                Forgery.laterSuite(records.record("later", 0, "x")),
                Forgery.laterFormat(records.record("later", 1, "x")));
        for (LogRecord record : later) {
            append(new PendingRecord(record, List.of(new UniqueClaim("cd34", true))));
        }
        append(records.pending("a", 1, "y"));
        log = reopen(log);

        assertThat(log.read(new LocalPosition(1), 2))
                .extracting(StoredRecord::record)
                .isEqualTo(later);
        assertThat(log.readStream(Records.stream("later"), new Revision(0), 10)).hasSize(2);
        long before = records.sealing.bodies().unknownRecords();
        for (LogRecord record : later) {
            assertThat(records.sealing.open(record).payload()).isInstanceOf(UnknownRecord.class);
        }
        assertThat(records.sealing.bodies().unknownRecords()).isEqualTo(before + 2);
        assertThat(records.sealing.open(known).payload()).isEqualTo(Records.held(Records.stream("a"), "x"));
        assertThat(log.verify(records.contents(), VerificationListener.SILENT).problems())
                .isEmpty();
        ByteArrayOutputStream backup = new ByteArrayOutputStream();
        LogBackup.write(log, backup);
        try (EventLog restored = restore(backup.toByteArray(), new Incarnation(UUID.randomUUID()))) {
            assertThat(restored.read(new LocalPosition(0), 10)).isEqualTo(log.read(new LocalPosition(0), 10));
            assertThat(restored.claimHolders("cd34")).containsExactly(Records.stream("later"));
        }
    }

    @Test
    void lostKey_isCorruptAndNotErased() {
        append(records.pending("a", 0, "x"));
        LogRecord record = log.read(new LocalPosition(0), 1).getFirst().record();
        records.keys.lose(record.header().key());

        assertThat(errorOf(catchThrowable(() -> records.sealing.open(record)))).isEqualTo(ArchiveError.CORRUPT);
        Verification found = log.verify(records.contents(), VerificationListener.SILENT);
        assertThat(found.erased()).isZero();
        assertThat(found.problems()).hasSize(1);
        assertThat(found.problems().getFirst().what()).contains("is missing");
    }

    @Test
    void damagedBackup_isRefused() throws Exception {
        append(records.pending("a", 0, "x"), records.pending("b", 0, "y"));
        ByteArrayOutputStream backup = new ByteArrayOutputStream();
        LogBackup.write(log, backup);
        byte[] whole = backup.toByteArray();
        Incarnation next = new Incarnation(UUID.randomUUID());
        for (int cut = 0; cut < whole.length; cut += 97) {
            byte[] torn = java.util.Arrays.copyOf(whole, cut);
            assertThat(errorOf(catchThrowable(() -> restore(torn, next)))).isEqualTo(ArchiveError.CORRUPT);
        }
        for (int at = 0; at < whole.length; at += 41) {
            byte[] flipped = whole.clone();
            flipped[at] ^= 4;
            assertThat(errorOf(catchThrowable(() -> restore(flipped, next)))).isEqualTo(ArchiveError.CORRUPT);
        }
    }

    @Test
    void recordBeyondTheBound_isRefused() {
        String reason = new Random7(800_000).text();
        assertThatThrownBy(() -> records.record("a", 0, reason))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.REQUEST_TOO_LARGE));
        append(records.pending("a", 0, new Random7(300_000).text()));
        assertThat(records.reason(log.read(new LocalPosition(0), 1).getFirst()).orElseThrow())
                .hasSize(300_000);
    }

    @Test
    void manyWriters_loseAndDoubleNothing() throws Exception {
        int writers = 64;
        int each = 25;
        Set<Long> positions = new HashSet<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<List<Long>>> tasks = new ArrayList<>();
            for (int writer = 0; writer < writers; writer++) {
                String stream = "w" + writer;
                tasks.add(() -> {
                    List<Long> mine = new ArrayList<>();
                    for (int i = 0; i < each; i++) {
                        mine.add(append(records.pending(stream, i, stream + "#" + i))
                                .value());
                    }
                    return mine;
                });
            }
            for (Future<List<Long>> done : threads.invokeAll(tasks, 60, TimeUnit.SECONDS)) {
                positions.addAll(done.get());
            }
        }
        assertThat(positions).hasSize(writers * each);
        assertThat(log.head().value()).isEqualTo((long) writers * each - 1);
        for (int writer = 0; writer < writers; writer++) {
            assertThat(log.readStream(Records.stream("w" + writer), new Revision(0), 1000))
                    .hasSize(each);
        }
        assertThat(log.verify(records.contents(), VerificationListener.SILENT).problems())
                .isEmpty();
    }

    @Test
    void contendedStream_hasOneWinnerPerRevision() throws Exception {
        int contenders = 64;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> outcomes = new ArrayList<>();
            for (int i = 0; i < contenders; i++) {
                String word = "c" + i;
                outcomes.add(threads.submit(() -> {
                    Throwable failure = failureOf(log.append(List.of(records.pending("a", 0, word))));
                    return failure == null;
                }));
            }
            int won = 0;
            for (Future<Boolean> outcome : outcomes) {
                won += outcome.get(30, TimeUnit.SECONDS) ? 1 : 0;
            }
            assertThat(won).isEqualTo(1);
        }
        assertThat(log.head()).isEqualTo(new LocalPosition(0));
    }

    @Test
    void closedLog_refusesEverything() {
        append(records.pending("a", 0, "x"));
        log.close();
        assertThat(log.writable()).isFalse();
        assertThat(errorOf(failureOf(log.append(List.of(records.pending("a", 1, "x"))))))
                .isEqualTo(ArchiveError.SHUTTING_DOWN);
        assertThat(errorOf(catchThrowable(() -> log.read(new LocalPosition(0), 1))))
                .isEqualTo(ArchiveError.SHUTTING_DOWN);
        assertThat(errorOf(catchThrowable(() -> log.head()))).isEqualTo(ArchiveError.SHUTTING_DOWN);
    }

    @Test
    void closing_endsTheWaitForMoreRecords() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            CountDownLatch begun = new CountDownLatch(1);
            Future<Boolean> waiting = threads.submit(() -> {
                begun.countDown();
                return log.awaitBeyond(EventLog.BEFORE_FIRST, Duration.ofSeconds(30));
            });
            begun.await();
            log.close();
            Throwable ended = catchThrowable(() -> waiting.get(10, TimeUnit.SECONDS));
            assertThat(ended).hasRootCauseInstanceOf(ArchiveException.class);
        }
    }

    @Test
    void closing_answersEveryoneWhoWaits() throws Exception {
        List<CompletableFuture<LocalPosition>> futures = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            futures.add(log.append(List.of(records.pending("s" + i, 0, "x"))));
        }
        log.close();
        for (CompletableFuture<LocalPosition> future : futures) {
            assertThat(future.get(10, TimeUnit.SECONDS)).isNotNull();
        }
    }

    @Test
    void clearText_isNowhereInARecord() {
        LogRecord record = records.record("a", 0, "PatientNameInClear");
        String header = new String(record.headerBytes(), StandardCharsets.ISO_8859_1);
        String body = new String(record.body(), StandardCharsets.ISO_8859_1);
        assertThat(header + body).doesNotContain("PatientName").doesNotContain("InClear");
    }

    @Test
    void size_growsWithRecords() {
        append(records.pending("a", 0, "x"));
        LogSize size = log.size();
        assertThat(size.records()).isEqualTo(1);
        assertThat(size.diskBytes()).isPositive();
    }

    /** Text that compresses little. */
    private record Random7(int chars) {
        String text() {
            java.util.Random random = new java.util.Random(7);
            StringBuilder text = new StringBuilder();
            while (text.length() < chars) {
                text.append((char) (' ' + random.nextInt(94)));
            }
            return text.toString();
        }
    }

    protected static ByteArrayInputStream stream(byte[] bytes) {
        return new ByteArrayInputStream(bytes);
    }
}
