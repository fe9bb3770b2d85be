package org.archipelago.eventstore.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.Records;
import org.archipelago.eventstore.axon.LogStorageEngine;
import org.archipelago.eventstore.axon.SnapshotCodec;
import org.axonframework.eventhandling.GenericDomainEventMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RottenSnapshotTest {
    private static final int EVENTS = 3;

    @TempDir
    Path directory;

    private final Records records = new Records();

    /** What the snapshot holds. */
    public record NoteState(String text) {}

    /** A flipped bit in each table file in turn: one of them holds the snapshot, and its events are sound. */
    @Test
    void snapshotInARottenBlock_isAsGoodAsNone() throws Exception {
        Path place = directory.resolve("log");
        StreamId stream = Records.stream("a");
        try (RocksEventLog log = TestLogs.create(place)) {
            LogStorageEngine engine = engine(log);
            for (int i = 0; i < EVENTS; i++) {
                engine.appendEvents(
                        new GenericDomainEventMessage<>("Study", stream.value(), i, Records.held(stream, "x" + i)));
            }
            engine.storeSnapshot(
                    new GenericDomainEventMessage<>("Study", stream.value(), 1, new NoteState("n".repeat(100))));
        }
        RocksEventLog.open(place, TestLogs.options()).close(); // to table files
        int withoutSnapshot = 0;
        for (Path table : TestLogs.files(place, ".sst")) {
            Path damaged = TestLogs.copy(place, directory.resolve("damaged"));
            byte[] bytes = Files.readAllBytes(table);
            bytes[30] ^= 1; // in the first data block
            Files.write(damaged.resolve(table.getFileName()), bytes);
            withoutSnapshot += eventsAreSoundAndSnapshotIsNot(damaged, stream) ? 1 : 0;
        }
        assertThat(withoutSnapshot).isEqualTo(1);
    }

    private boolean eventsAreSoundAndSnapshotIsNot(Path place, StreamId stream) throws Exception {
        try (RocksEventLog log = RocksEventLog.open(place, TestLogs.options())) {
            LogStorageEngine engine = engine(log);
            try {
                if (engine.readEvents(stream.value(), 0).asStream().count() != EVENTS) {
                    return false;
                }
            } catch (ArchiveException e) {
                return false; // the damage is elsewhere
            }
            return engine.readSnapshot(stream.value()).isEmpty();
        } catch (ArchiveException e) {
            assertThat(e.error()).isEqualTo(ArchiveError.CORRUPT);
            assertThat(e.getStackTrace())
                    .noneMatch(frame -> frame.getMethodName().equals("readSnapshot"));
            return false;
        }
    }

    private LogStorageEngine engine(RocksEventLog log) {
        return new LogStorageEngine(
                log, records.sealing, records.claimSource, List.of(new SnapshotCodec("note", 1, NoteState.class)));
    }
}
