package org.archipelago.eventstore.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.eventstore.PendingRecord;
import org.archipelago.eventstore.Records;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.VerificationListener;
import org.archipelago.eventstore.record.LogRecord;
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
    private final AtomicInteger opened = new AtomicInteger();

    /** What is shown of one of many logs; runs beside others. */
    private interface Case {
        void show(int number) throws IOException;
    }

    /** All from {@code first} up to, and without, {@code end}, as many at once as there are processors. */
    private static void each(long first, long end, Case shown) {
        IntStream.range((int) first, (int) end).parallel().forEach(number -> {
            try {
                shown.show(number);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** A copy for this thread alone, until its next one. */
    private Path copyOf(Path place) throws IOException {
        return TestLogs.copy(
                place, directory.resolve("torn" + Thread.currentThread().threadId()));
    }

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
        each(ends.get(RECORDS - 1 - TORN_RECORDS), ends.getLast() + 1, cut -> {
            Path torn = copyOf(place);
            try (FileChannel channel = FileChannel.open(TestLogs.writeAheadLog(torn), StandardOpenOption.WRITE)) {
                channel.truncate(cut);
            }
            assertHasExactly(torn, acknowledgedWithin(cut), "cut at " + cut);
        });
    }

    /** Foreign records, own ones and a body that is filled in: one writer, one write at a time. */
    @Test
    void logTornWithinForeignRecords_hasExactlyWhatWasDurable() throws IOException {
        Path place = directory.resolve("log");
        LogRecord withheld = records.foreign("a", 0, "withheld");
        LogRecord foreign = records.foreign("a", 1, "f1");
        OriginPosition first = new OriginPosition(0);
        try (RocksEventLog log = TestLogs.create(place)) {
            log.appendReplica(Records.OTHER, first, List.of(LogRecord.withheld(withheld.headerBytes())))
                    .join();
            ends.add(Files.size(TestLogs.writeAheadLog(place)));
            TestLogs.append(log, records.pending("s0", 0, "claim:n0"));
            ends.add(Files.size(TestLogs.writeAheadLog(place)));
            log.appendReplica(Records.OTHER, new OriginPosition(1), List.of(foreign))
                    .join();
            ends.add(Files.size(TestLogs.writeAheadLog(place)));
            log.fillBody(Records.OTHER, first, withheld.body()).join();
            ends.add(Files.size(TestLogs.writeAheadLog(place)));
        }
        each(ends.get(1), ends.getLast() + 1, cut -> {
            Path torn = copyOf(place);
            try (FileChannel channel = FileChannel.open(TestLogs.writeAheadLog(torn), StandardOpenOption.WRITE)) {
                channel.truncate(cut);
            }
            try (RocksEventLog log = RocksEventLog.open(torn, TestLogs.options())) {
                int durable = acknowledgedWithin(cut);
                assertThat(log.originHead(Records.OTHER).value())
                        .as("cut at " + cut)
                        .isEqualTo(durable < 3 ? 0 : 1);
                assertThat(log.atOrigin(Records.OTHER, first)
                                .orElseThrow()
                                .record()
                                .isWithheld())
                        .as("cut at " + cut)
                        .isEqualTo(durable < 4);
                log.appendReplica(Records.OTHER, new OriginPosition(1), List.of(foreign))
                        .join();
                log.fillBody(Records.OTHER, first, withheld.body()).join();
                assertThat(log.verify(records.contents(), VerificationListener.SILENT)
                                .problems())
                        .as("cut at " + cut)
                        .isEmpty();
            }
        });
    }

    /** The file's length was written, the end of the last write was not. */
    @Test
    void zerosFromAnyByteOfTheLastWrite_areATornTailToo() throws IOException {
        Path place = written();
        byte[] bytes = Files.readAllBytes(TestLogs.writeAheadLog(place));
        int first = (int) (long) ends.get(RECORDS - 2);
        each(first, bytes.length, from -> {
            byte[] zeroed = bytes.clone();
            Arrays.fill(zeroed, from, zeroed.length, (byte) 0);
            int zeros = Math.min(bytes.length - from, bytes.length % 512);
            // No medium leaves a part of a sector: so few zeros that do not fill their sector are damage.
            if (zeros >= 16 || from % 512 == 0 || from == first) {
                assertTornOrRefused(place, bytes, zeroed, RECORDS - 1, "zeros from " + from);
            } else {
                assertNeverServed(withWriteAheadLog(place, zeroed), "zeros from " + from);
            }
        });
        for (int length : new int[] {1, 511, 4096, 40_000}) {
            byte[] longer = Arrays.copyOf(bytes, bytes.length + length);
            assertHasExactly(withWriteAheadLog(place, longer), RECORDS, length + " zeros behind");
        }
    }

    /** Sectors reach the medium in any order. */
    @Test
    void anySectorsOfTheLastWriteThatNeverReachedTheMedium_areATornTail() throws IOException {
        Path place = directory.resolve("log");
        try (RocksEventLog log = TestLogs.create(place)) {
            TestLogs.append(log, records.pending("a", 0, "claim:n0"));
            ends.add(Files.size(TestLogs.writeAheadLog(place)));
            PendingRecord[] group = new PendingRecord[400];
            for (int i = 0; i < group.length; i++) {
                group[i] = records.pending("b", i, "claim:g" + i);
            }
            TestLogs.append(log, group);
            whole = log.read(new LocalPosition(0), 1000);
        }
        byte[] bytes = Files.readAllBytes(TestLogs.writeAheadLog(place));
        int first = (int) (long) ends.getFirst();
        assertThat(bytes.length - first).as("several blocks").isGreaterThan(3 * 32 * 1024);
        each(first / 512, (bytes.length + 511) / 512, sector -> {
            byte[] zeroed = bytes.clone();
            Arrays.fill(zeroed, Math.max(first, sector * 512), Math.min(bytes.length, sector * 512 + 512), (byte) 0);
            assertTornOrRefused(place, bytes, zeroed, 1, "sector " + sector);
        });
        long seed = System.nanoTime();
        each(0, 200, round -> {
            Random random = new Random(seed + round);
            byte[] zeroed = bytes.clone();
            for (int page = first / 4096; page * 4096 < bytes.length; page++) {
                if (random.nextBoolean()) {
                    int from = Math.max(first, page * 4096);
                    Arrays.fill(zeroed, from, Math.min(bytes.length, page * 4096 + 4096), (byte) 0);
                }
            }
            if (!Arrays.equals(bytes, zeroed)) {
                assertTornOrRefused(place, bytes, zeroed, 1, "seed " + seed + " round " + round);
            }
        });
    }

    @Test
    void zerosInPlaceOfAnEarlierRecord_areDamageAndRefused() throws IOException {
        Path place = written();
        byte[] bytes = Files.readAllBytes(TestLogs.writeAheadLog(place));
        for (int record = 0; record < RECORDS - 1; record++) {
            byte[] zeroed = bytes.clone();
            int from = (int) (long) (record == 0 ? ends.getFirst() - 100 : ends.get(record - 1));
            Arrays.fill(zeroed, from, (int) (long) ends.get(record), (byte) 0);
            Path torn = withWriteAheadLog(place, zeroed);
            assertThatThrownBy(() -> RocksEventLog.open(torn, TestLogs.options()))
                    .isInstanceOfSatisfying(
                            ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.CORRUPT));
            assertThat(TestLogs.writeAheadLog(torn)).as("evidence").hasBinaryContent(zeroed);
        }
    }

    @Test
    void whatIsCutOff_isKeptAsEvidence() throws IOException {
        Path place = written();
        byte[] bytes = Files.readAllBytes(TestLogs.writeAheadLog(place));
        int first = (int) (long) ends.get(RECORDS - 2);
        Arrays.fill(bytes, first + 100, bytes.length, (byte) 0);
        Path torn = withWriteAheadLog(place, bytes);
        RocksEventLog.open(torn, TestLogs.options()).close();
        assertThat(torn.resolve(TailGuard.EVIDENCE)).hasBinaryContent(Arrays.copyOfRange(bytes, first, bytes.length));
    }

    private void assertNeverServed(Path log, String what) {
        try (RocksEventLog opened = RocksEventLog.open(log, TestLogs.options())) {
            assertThat(opened.read(new LocalPosition(0), RECORDS)).as(what).isIn(whole, whole.subList(0, RECORDS - 1));
        } catch (ArchiveException e) {
            assertThat(e.error()).as(what).isEqualTo(ArchiveError.CORRUPT);
        }
    }

    private Path withWriteAheadLog(Path place, byte[] bytes) throws IOException {
        Path torn = copyOf(place);
        Files.write(TestLogs.writeAheadLog(torn), bytes);
        return torn;
    }

    /** One bit that turned a single byte into a zero could be damage as well: that is refused. */
    private void assertTornOrRefused(Path place, byte[] whole, byte[] torn, int acknowledged, String what)
            throws IOException {
        int bits = 0;
        for (int i = 0; i < whole.length; i++) {
            bits += Integer.bitCount(Byte.toUnsignedInt(whole[i]) ^ Byte.toUnsignedInt(torn[i]));
        }
        Path log = withWriteAheadLog(place, torn);
        if (bits == 1) {
            assertThatThrownBy(() -> RocksEventLog.open(log, TestLogs.options()))
                    .as(what)
                    .isInstanceOf(ArchiveException.class);
        } else {
            assertHasExactly(log, bits == 0 ? acknowledged + 1 : acknowledged, what);
        }
    }

    private void assertHasExactly(Path torn, int acknowledged, String what) {
        try (RocksEventLog log = RocksEventLog.open(torn, TestLogs.options())) {
            assertThat(log.read(new LocalPosition(0), RECORDS + 1)).as(what).isEqualTo(whole.subList(0, acknowledged));
            assertThat(log.head().value()).as(what).isEqualTo(acknowledged - 1);
            if (opened.getAndIncrement() % 20 == 0) {
                assertThat(log.verify(records.contents(), VerificationListener.SILENT)
                                .problems())
                        .as(what)
                        .isEmpty();
                TestLogs.append(log, records.pending("s" + acknowledged % 2, acknowledged / 2, "again"));
            }
        }
    }
}
