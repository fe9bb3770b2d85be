package org.archipelago.eventstore.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.LocalToken;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.UniqueClaim;
import org.archipelago.eventstore.DamagedRecord;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.EventLogContract;
import org.archipelago.eventstore.LogBackup;
import org.archipelago.eventstore.LogListener;
import org.archipelago.eventstore.PendingRecord;
import org.archipelago.eventstore.Records;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.VerificationListener;
import org.archipelago.eventstore.axon.LogStorageEngine;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.WriteBatch;

class RocksEventLogTest extends EventLogContract {
    @TempDir
    Path directory;

    private int restored;

    static RocksEventLogOptions options() {
        return RocksEventLogOptions.standard(LogListener.NONE, () -> {});
    }

    @Override
    protected EventLog create() {
        return RocksEventLog.create(
                directory.resolve("log"), Records.SITE, new Incarnation(UUID.randomUUID()), options());
    }

    @Override
    protected EventLog reopen(EventLog open) {
        open.close();
        return RocksEventLog.open(directory.resolve("log"), options());
    }

    @Override
    protected EventLog restore(byte[] backup, Incarnation incarnation) throws Exception {
        Path place = directory.resolve("restored" + restored++);
        RocksEventLog.restore(place, stream(backup), incarnation);
        return RocksEventLog.open(place, options());
    }

    @Test
    void readOnlyOpening_seesARunningLogAndWritesNothing() {
        append(records.pending("a", 0, "x"));
        try (EventLog tool = RocksEventLog.openReadOnly(directory.resolve("log"))) {
            assertThat(tool.head()).isEqualTo(new LocalPosition(0));
            assertThat(tool.verify(records.contents(), VerificationListener.SILENT)
                            .sound())
                    .isTrue();
            assertThat(tool.writable()).isFalse();
            Throwable refused = catchThrowable(() ->
                    tool.append(java.util.List.of(records.pending("a", 1, "x"))).join());
            assertThat(errorOf(refused)).isEqualTo(ArchiveError.LOG_UNAVAILABLE);
        }
        append(records.pending("a", 1, "still writes"));
    }

    /** Root may write all the same: then this shows only that it can be read. */
    @Test
    void logThatNobodyMayWrite_isReadAllTheSame() throws Exception {
        append(records.pending("a", 0, "x"));
        Path sealed = TestLogs.copy(directory.resolve("log"), directory.resolve("sealed"));
        try (Stream<Path> files = Files.walk(sealed)) {
            for (Path file : files.toList()) {
                Files.setPosixFilePermissions(
                        file, PosixFilePermissions.fromString(Files.isDirectory(file) ? "r-xr-xr-x" : "r--r--r--"));
            }
        }
        try (EventLog tool = RocksEventLog.openReadOnly(sealed)) {
            assertThat(tool.head()).isEqualTo(new LocalPosition(0));
        } finally {
            Files.setPosixFilePermissions(sealed, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    @Test
    void logInUse_isNotOpenedTwice() {
        Throwable refused = catchThrowable(() -> RocksEventLog.open(directory.resolve("log"), options()));
        assertThat(errorOf(refused)).isEqualTo(ArchiveError.LOG_UNAVAILABLE);
    }

    @Test
    void damagedRecord_isBackedUpWithWhatIsLeftAndEverythingElse() throws Exception {
        for (int i = 0; i < 6; i++) {
            append(records.pending("s" + i % 3, i / 3, "claim:n" + i));
        }
        List<StoredRecord> whole = log.read(new LocalPosition(0), 10);
        byte[] altered = alter(1);
        alter(5);
        ByteArrayOutputStream backup = new ByteArrayOutputStream();

        assertThat(LogBackup.write(log, backup))
                .isEqualTo(new LogBackup.Written(6, 2, List.of(new LocalPosition(1), new LocalPosition(5)), true));

        try (EventLog restored = restore(backup.toByteArray(), new Incarnation(UUID.randomUUID()))) {
            assertThat(restored.head()).isEqualTo(new LocalPosition(5));
            for (int at : new int[] {0, 2, 3, 4}) {
                assertThat(restored.read(new LocalPosition(at), 1)).containsExactly(whole.get(at));
                assertThat(restored.claimHolders("n" + at)).hasSize(1);
            }
            for (long at : new long[] {1, 5}) {
                assertThat(errorOf(catchThrowable(() -> restored.read(new LocalPosition(at), 1))))
                        .isEqualTo(ArchiveError.CORRUPT);
            }
            assertThat(restored.damaged(new LocalPosition(1)).remains()).isEqualTo(altered);
            // The place of a stream's damaged last record stays taken.
            assertThat(catchThrowable(() -> restored.append(List.of(records.pending("s2", 1, "x")))
                            .join()))
                    .isNotNull();
            assertThat(restored.append(List.of(records.pending("s0", 2, "x"))).join())
                    .isEqualTo(new LocalPosition(6));
            assertThat(restored.verify(records.contents(), VerificationListener.SILENT)
                            .problems())
                    .extracting(problem -> problem.position())
                    .containsOnly(1L, 5L);
        }
    }

    @Test
    void claimsThatCannotBeRead_areFoldedAgainFromTheRecords() throws Exception {
        for (int i = 0; i < 120; i++) {
            int number = i;
            append(records.pending(
                    "s" + i,
                    0,
                    IntStream.range(0, 10)
                            .mapToObj(k -> "claim:k-%03d-%d".formatted(number, k))
                            .collect(Collectors.joining(","))));
        }
        log = reopen(log); // moves them to table files
        log.close();
        rotInTheMiddleOfTheClaims();
        log = RocksEventLog.open(directory.resolve("log"), options());
        assertThat(errorOf(catchThrowable(() -> log.eachClaim((_, _) -> {})))).isEqualTo(ArchiveError.CORRUPT);
        ByteArrayOutputStream backup = new ByteArrayOutputStream();

        assertThat(LogBackup.write(log, records.contents(), backup))
                .isEqualTo(new LogBackup.Written(120, 0, List.of(), false));

        try (EventLog restored = restore(backup.toByteArray(), new Incarnation(UUID.randomUUID()))) {
            assertThat(restored.verify(records.contents(), VerificationListener.SILENT)
                            .problems())
                    .isEmpty();
            Map<String, long[]> claims = new HashMap<>();
            restored.eachClaim(claims::put);
            assertThat(claims).hasSize(1200);
            assertThat(claims.get("k-060-5")).containsExactly(60);
        }
    }

    /** Names of claims are in clear in their table only. */
    private void rotInTheMiddleOfTheClaims() throws IOException {
        for (Path file : TestLogs.files(directory.resolve("log"), ".sst")) {
            byte[] bytes = Files.readAllBytes(file);
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            int at = text.indexOf("k-0", bytes.length / 3);
            if (at >= 0) {
                bytes[at] ^= 1;
                Files.write(file, bytes);
                return;
            }
        }
        throw new AssertionError("no table of claims");
    }

    @Test
    void damagedRecord_stopsNobodyWhoFollowsTheLog() throws Exception {
        append(records.pending("a", 0, "first"), records.pending("a", 1, "second"), records.pending("b", 0, "third"));
        List<StoredRecord> whole = log.read(new LocalPosition(0), 10);
        alter(1);
        assertFollowedPast(1, whole);
    }

    @Test
    void damagedRecord_isToldFromOneThatIsNotThereYet() throws Exception {
        append(records.pending("a", 0, "first"), records.pending("a", 1, "second"));
        alter(1);
        assertThat(log.readOrigin(Records.SITE, new OriginPosition(1), 1)).isEmpty();
        assertThat(log.isDamaged(Records.SITE, new OriginPosition(1))).isTrue();
        assertThat(log.isDamaged(Records.SITE, new OriginPosition(0))).isFalse();
        assertThat(log.isDamaged(Records.SITE, new OriginPosition(2))).isFalse();
    }

    @Test
    void recordOfWhichNothingIsLeft_isStillKnownByItsPlaces() throws Exception {
        append(records.pending("a", 0, "first"), records.pending("a", 1, "second"), records.pending("b", 0, "third"));
        List<StoredRecord> whole = log.read(new LocalPosition(0), 10);
        alter(1, value -> Arrays.fill(value, (byte) 0));
        assertFollowedPast(1, whole);
    }

    private void assertFollowedPast(int damaged, List<StoredRecord> whole) {
        List<? extends TrackedEventMessage<?>> followed = followed();
        assertThat(followed).hasSize(whole.size());
        for (int i = 0; i < whole.size(); i++) {
            TrackedEventMessage<?> event = followed.get(i);
            assertThat(event.trackingToken()).isEqualTo(whole.get(i).token(log.incarnation()));
            assertThat(((DomainEventMessage<?>) event).getAggregateIdentifier())
                    .isEqualTo(whole.get(i).record().header().stream().value());
            if (i == damaged) {
                assertThat(errorOf(catchThrowable(event::getPayload))).isEqualTo(ArchiveError.CORRUPT);
            } else {
                assertThat(event.getPayload()).isNotNull();
            }
        }
        assertThat(log.damaged(new LocalPosition(damaged)).atOrigin())
                .map(DamagedRecord.AtOrigin::position)
                .contains(whole.get(damaged).originPosition());
        LogStorageEngine engine = new LogStorageEngine(log, records.sealing, records.claimSource, List.of());
        assertThat(engine.readEvents(followed.get(damaged).trackingToken(), false))
                .hasSize(whole.size() - 1 - damaged);
    }

    private List<? extends TrackedEventMessage<?>> followed() {
        return new LogStorageEngine(log, records.sealing, records.claimSource, List.of())
                .readEvents(null, false)
                .toList();
    }

    @Test
    void damagedRecordThatIsAlone_hasAStreamOfItsOwnAndTheTokenBehindItIsRecognised() throws Exception {
        append(records.pending("a", 0, "first"));
        append(records.pending("b", 0, "second"));
        alter(1, value -> Arrays.fill(value, (byte) 0));
        List<? extends TrackedEventMessage<?>> followed = followed();
        assertThat(followed).hasSize(2);
        assertThat(followed.get(1).trackingToken()).isEqualTo(log.headToken());
        assertThat(((DomainEventMessage<?>) followed.get(1)).getAggregateIdentifier())
                .isEqualTo(log.headToken().record().toString());
        assertThat(log.recognises(log.headToken())).isTrue();
        assertThat(log.recognises(new LocalToken(log.incarnation(), log.head(), new RecordId(new UUID(0, 1)))))
                .isFalse();
    }

    private byte[] alter(long local) throws Exception {
        return alter(local, value -> value[value.length - 1] ^= 1);
    }

    private byte[] alter(long local, Consumer<byte[]> change) throws Exception {
        log.close();
        byte[] key = Layout.position(local);
        byte[] value;
        try (RocksStore store = RocksStore.open(directory.resolve("log"), RocksStore.Mode.READ_WRITE);
                WriteBatch batch = new WriteBatch()) {
            value = store.get(Table.RECORDS, key);
            change.accept(value);
            store.put(batch, Table.RECORDS, key, value);
            store.writeSynced(batch);
        }
        log = RocksEventLog.open(
                directory.resolve("log"), new RocksEventLogOptions(5, Duration.ZERO, 0, 0, LogListener.NONE, () -> {}));
        return value;
    }

    @Test
    void indexThatLeadsToAnotherRecord_isFoundOut() throws Exception {
        append(records.pending("a", 0, "first"), records.pending("a", 1, "second"), records.pending("b", 0, "third"));
        change(Table.STREAMS, Layout.revisionKey(Layout.streamKey(Records.stream("a")), 1), Layout.position(2));
        assertThat(errorOf(catchThrowable(() -> log.readStream(Records.stream("a"), new Revision(0), 10))))
                .isEqualTo(ArchiveError.CORRUPT);
        assertThat(errorOf(catchThrowable(() -> log.streamHead(Records.stream("a")))))
                .isEqualTo(ArchiveError.CORRUPT);
    }

    private void change(Table table, byte[] key, byte[] value) throws Exception {
        log.close();
        try (RocksStore store = RocksStore.open(directory.resolve("log"), RocksStore.Mode.READ_WRITE);
                WriteBatch batch = new WriteBatch()) {
            store.put(batch, table, key, value);
            store.writeSynced(batch);
        }
        log = RocksEventLog.open(
                directory.resolve("log"), new RocksEventLogOptions(5, Duration.ZERO, 0, 0, LogListener.NONE, () -> {}));
    }

    @Test
    void claimOfVeryManyStreams_keepsTheFirst() {
        List<PendingRecord> many = new ArrayList<>();
        for (int i = 0; i < Layout.MAX_CLAIM_HOLDERS + 3; i++) {
            many.add(new PendingRecord(records.record("s" + i, 0, "x"), List.of(new UniqueClaim("shared", true))));
        }
        log.append(many.subList(0, 1000)).join();
        log.append(many.subList(1000, many.size())).join();
        assertThat(log.claimHolders("shared"))
                .hasSize(Layout.MAX_CLAIM_HOLDERS)
                .startsWith(Records.stream("s0"), Records.stream("s1"));
    }

    @Test
    void createOverALog_isRefused() {
        Throwable refused = catchThrowable(this::create);
        assertThat(errorOf(refused)).isEqualTo(ArchiveError.LOG_UNAVAILABLE);
    }

    @Test
    void missingLog_isNotMadeByOpening() {
        Path nowhere = directory.resolve("nowhere");
        Throwable refused = catchThrowable(() -> RocksEventLog.open(nowhere, options()));
        assertThat(errorOf(refused)).isEqualTo(ArchiveError.LOG_UNAVAILABLE);
        assertThat(Files.exists(nowhere)).isFalse();
        assertThat(RocksEventLog.exists(nowhere)).isFalse();
        assertThat(RocksEventLog.exists(directory.resolve("log"))).isTrue();
    }

    @Test
    void damagedBackup_leavesNothingAtTheNewPlace() {
        Path place = directory.resolve("target");
        Throwable refused = catchThrowable(
                () -> RocksEventLog.restore(place, stream(new byte[100]), new Incarnation(UUID.randomUUID())));
        assertThat(errorOf(refused)).isEqualTo(ArchiveError.CORRUPT);
        assertThat(directory)
                .isDirectoryNotContaining(p -> p.getFileName().toString().startsWith("target"));
    }
}
