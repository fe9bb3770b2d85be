package org.archipelago.eventstore.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.eventstore.Records;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.VerificationListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a crash in the middle of a write leaves: the end of the write-ahead log missing, or zeros in place of it. */
class TornTailTest {
    private static final int RECORDS = 5;
    private static final int TORN_RECORDS = 2;

    @TempDir(factory = MemoryDirectory.class)
    Path directory;

    private final Records records = new Records();
    /** Length of the write-ahead log after each acknowledged append. */
    private final List<Long> ends = new ArrayList<>();

    private List<StoredRecord> whole = List.of();
    private int opened;

    private Path written() throws IOException {
        Path place = directory.resolve("log");
        try (RocksEventLog log = TestLogs.create(place)) {
            for (int i = 0; i < RECORDS; i++) {
                TestLogs.append(log, records.pending("s" + i % 2, i / 2, "claim:n" + i));
                ends.add(Files.size(TestLogs.writeAheadLog(place)));
            }
            whole = log.read(new LocalPosition(0), RECORDS);
        }
        assertThat(Files.size(TestLogs.writeAheadLog(place))).isEqualTo(ends.getLast());
        return place;
    }

    private int acknowledgedWithin(long length) {
        return (int) ends.stream().filter(end -> end <= length).count();
    }

    @Test
    void logTornAtAnyByteOfItsLastRecords_hasExactlyTheRecordsBefore() throws IOException {
        Path place = written();
        for (long cut = ends.get(RECORDS - 1 - TORN_RECORDS); cut <= ends.getLast(); cut++) {
            Path torn = TestLogs.copy(place, directory.resolve("torn"));
            try (FileChannel channel = FileChannel.open(TestLogs.writeAheadLog(torn), StandardOpenOption.WRITE)) {
                channel.truncate(cut);
            }
            assertHasExactly(torn, acknowledgedWithin(cut), "cut at " + cut);
        }
    }

    @Test
    void zerosInPlaceOfTheLastRecords_areATornTailToo() throws IOException {
        Path place = written();
        long first = ends.get(RECORDS - 1 - TORN_RECORDS);
        for (long cut = first; cut < ends.getLast(); cut += 1 + (ends.getLast() - first) / 20) {
            Path torn = TestLogs.copy(place, directory.resolve("torn"));
            try (FileChannel channel = FileChannel.open(TestLogs.writeAheadLog(torn), StandardOpenOption.WRITE)) {
                channel.truncate(cut);
                channel.write(ByteBuffer.allocate(4096), cut);
            }
            int acknowledged = acknowledgedWithin(cut);
            boolean onBoundary = ends.contains(cut);
            try {
                assertHasExactly(torn, acknowledged, "zeros from " + cut);
            } catch (org.archipelago.contract.ArchiveException e) {
                // A record cut in its middle and filled with zeros looks like a damaged one: refusing is safe.
                assertThat(onBoundary).isFalse();
                assertThat(e.error()).isEqualTo(org.archipelago.contract.ArchiveError.CORRUPT);
            }
        }
    }

    private void assertHasExactly(Path torn, int acknowledged, String what) {
        try (RocksEventLog log = RocksEventLog.open(torn, TestLogs.options())) {
            assertThat(log.read(new LocalPosition(0), RECORDS + 1)).as(what).isEqualTo(whole.subList(0, acknowledged));
            assertThat(log.head().value()).as(what).isEqualTo(acknowledged - 1);
            if (opened++ % 20 == 0) {
                assertThat(log.verify(records.contents(), VerificationListener.SILENT)
                                .problems())
                        .as(what)
                        .isEmpty();
                TestLogs.append(log, records.pending("s" + acknowledged % 2, acknowledged / 2, "again"));
            }
        }
    }
}
