package org.archipelago.eventstore.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.Revision;
import org.archipelago.eventstore.Records;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.Verification;
import org.archipelago.eventstore.VerificationListener;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One flipped bit anywhere: the log refuses to open, or refuses what is damaged; it never serves less or other than it held. */
class FlippedBitsTest {
    private static final int RECORDS = 40;

    @TempDir(factory = MemoryDirectory.class)
    Path directory;

    private final Records records = new Records();
    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private Path place = Path.of("");
    private List<StoredRecord> whole = List.of();
    private int refused;
    private int detected;
    private int harmless;

    @BeforeEach
    void write() {
        place = directory.resolve("log");
        try (RocksEventLog log = TestLogs.create(place)) {
            for (int i = 0; i < RECORDS; i++) {
                TestLogs.append(log, records.pending("s" + i % 4, i / 4, "claim:n" + i));
            }
            whole = log.read(new LocalPosition(0), RECORDS);
        }
    }

    /** After reopening, what was in the write-ahead log is in table files. */
    private void moveToTables() {
        RocksEventLog.open(place, TestLogs.options()).close();
    }

    @Test
    void bitFlippedInTheWriteAheadLog_isNeverServed() throws IOException {
        String name = TestLogs.writeAheadLog(place).getFileName().toString();
        int length = (int) Files.size(place.resolve(name));
        assertThat(length).isGreaterThan(10_000);
        for (int flip = 0; flip < 100; flip++) {
            check(name, random.nextInt(length), 1 << random.nextInt(8));
        }
        assertThat(refused).isGreaterThan(70);
    }

    @Test
    void anyBitOfALengthInTheWriteAheadLog_isNoTornTail() throws IOException {
        String name = TestLogs.writeAheadLog(place).getFileName().toString();
        byte[] bytes = Files.readAllBytes(place.resolve(name));
        List<Integer> fragments = new ArrayList<>();
        for (int at = 0; at + 7 <= bytes.length; ) {
            if (32 * 1024 - at % (32 * 1024) < 7) {
                at += 32 * 1024 - at % (32 * 1024);
                continue;
            }
            fragments.add(at);
            at += 7 + Byte.toUnsignedInt(bytes[at + 4]) + (Byte.toUnsignedInt(bytes[at + 5]) << 8);
        }
        assertThat(fragments).hasSizeGreaterThanOrEqualTo(RECORDS);
        for (int fragment : List.of(fragments.getLast(), fragments.get(fragments.size() - 2), fragments.get(5))) {
            for (int bit = 0; bit < 16; bit++) {
                check(name, fragment + 4 + bit / 8, 1 << bit % 8);
            }
        }
        assertThat(refused).isEqualTo(48);
    }

    /** RocksDB alone would open without the records behind it, and for some bits of the type never return. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void anyBitOfALengthOrATypeInTheWriteAheadLog_isRefusedToReadersToo() throws IOException {
        String name = TestLogs.writeAheadLog(place).getFileName().toString();
        byte[] bytes = Files.readAllBytes(place.resolve(name));
        for (int bit = 0; bit < 24; bit++) {
            Path damaged = TestLogs.copy(place, directory.resolve("damaged"));
            byte[] altered = bytes.clone();
            altered[4 + bit / 8] ^= (byte) (1 << bit % 8); // of the first fragment
            Files.write(damaged.resolve(name), altered);
            assertThatThrownBy(() -> RocksEventLog.openReadOnly(damaged))
                    .as("bit %d", bit)
                    .isInstanceOfSatisfying(
                            ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.CORRUPT));
        }
    }

    @Test
    void bitFlippedInATableFile_isNeverServed() throws IOException {
        moveToTables();
        List<Path> tables = TestLogs.files(place, ".sst");
        assertThat(tables).isNotEmpty();
        for (int flip = 0; flip < 120; flip++) {
            Path table = tables.get(flip % tables.size());
            check(table.getFileName().toString(), random.nextInt((int) Files.size(table)), 1 << random.nextInt(8));
        }
        assertThat(refused + detected).isGreaterThan(60);
    }

    @Test
    void bitFlippedInTheManifest_isNeverServed() throws IOException {
        moveToTables();
        for (String file : List.of("MANIFEST", "CURRENT")) {
            Path path = TestLogs.files(place, file).getFirst();
            int length = (int) Files.size(path);
            for (int flip = 0; flip < 40; flip++) {
                check(path.getFileName().toString(), random.nextInt(length), 1 << random.nextInt(8));
            }
        }
        assertThat(refused).isGreaterThan(40);
    }

    private void check(String file, int at, int bit) throws IOException {
        String what = "seed " + seed + ": bit " + bit + " of byte " + at + " of " + file;
        Path damaged = TestLogs.copy(place, directory.resolve("damaged"));
        byte[] bytes = Files.readAllBytes(damaged.resolve(file));
        bytes[at] ^= (byte) bit;
        Files.write(damaged.resolve(file), bytes);
        try (RocksEventLog log = RocksEventLog.open(damaged, TestLogs.options())) {
            assertThat(log.head().value()).as(what).isEqualTo(RECORDS - 1);
            boolean served = readsWholeOrRefuses(log, what);
            Verification verification = log.verify(records.contents(), VerificationListener.SILENT);
            if (served && verification.sound()) {
                harmless++;
            } else {
                assertThat(verification.sound()).as(what).isFalse();
                detected++;
            }
        } catch (ArchiveException e) {
            assertThat(e.error()).as(what).isIn(ArchiveError.CORRUPT, ArchiveError.LOG_UNAVAILABLE);
            refused++;
        }
    }

    private boolean readsWholeOrRefuses(RocksEventLog log, String what) {
        boolean served = true;
        for (int i = 0; i < RECORDS; i++) {
            try {
                assertThat(log.read(new LocalPosition(i), 1)).as(what).containsExactly(whole.get(i));
                assertThat(log.recordIdAt(new LocalPosition(i)))
                        .as(what)
                        .contains(whole.get(i).record().header().id());
                assertThat(log.claimHolders("n" + i)).as(what).containsExactly(Records.stream("s" + i % 4));
            } catch (ArchiveException e) {
                assertThat(e.error()).as(what).isEqualTo(ArchiveError.CORRUPT);
                served = false;
            }
        }
        for (int s = 0; s < 4; s++) {
            try {
                assertThat(log.readStream(Records.stream("s" + s), new Revision(0), RECORDS))
                        .as(what)
                        .hasSize(RECORDS / 4);
            } catch (ArchiveException e) {
                assertThat(e.error()).as(what).isEqualTo(ArchiveError.CORRUPT);
                served = false;
            }
        }
        return served;
    }
}
