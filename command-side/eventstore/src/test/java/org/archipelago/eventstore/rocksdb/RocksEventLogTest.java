package org.archipelago.eventstore.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.EventLogContract;
import org.archipelago.eventstore.LogListener;
import org.archipelago.eventstore.Records;
import org.archipelago.eventstore.VerificationListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
        RocksEventLog.restore(place, stream(backup), incarnation, records.contents());
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

    @Test
    void logInUse_isNotOpenedTwice() {
        Throwable refused = catchThrowable(() -> RocksEventLog.open(directory.resolve("log"), options()));
        assertThat(errorOf(refused)).isEqualTo(ArchiveError.LOG_UNAVAILABLE);
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
        Throwable refused = catchThrowable(() -> RocksEventLog.restore(
                place, stream(new byte[100]), new Incarnation(UUID.randomUUID()), records.contents()));
        assertThat(errorOf(refused)).isEqualTo(ArchiveError.CORRUPT);
        assertThat(directory)
                .isDirectoryNotContaining(p -> p.getFileName().toString().startsWith("target"));
    }
}
