package org.archipelago.blobstore;

import static org.archipelago.blobstore.BlobStoreContract.assertRefused;
import static org.archipelago.blobstore.BlobStoreContract.bytes;
import static org.archipelago.blobstore.BlobStoreContract.get;
import static org.archipelago.blobstore.BlobStoreContract.put;
import static org.archipelago.blobstore.BlobStoreContract.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilesystemBlobStoreTest {
    static final BlobStoreOptions OPTIONS = BlobStoreOptions.DEFAULT
            .withSmallBlobBytes(1 << 20)
            .withBuffers(32 << 20, Duration.ofSeconds(20))
            .withLowWaterBytes(1 << 20)
            .withProbeInterval(Duration.ZERO)
            .withCompaction(0.5, 1L << 30, Duration.ZERO);

    @TempDir
    Path directory;

    private final FaultyDisk disk = new FaultyDisk();

    private FilesystemBlobStore open(BlobStoreOptions options) throws IOException {
        return FilesystemBlobStore.open(
                directory, options, BlobStoreListener.NONE, Clock.systemUTC(), new SecureRandom(), disk);
    }

    private FilesystemBlobStore open() throws IOException {
        return open(OPTIONS);
    }

    static void delete(Path tree) throws IOException {
        try (Stream<Path> paths = Files.walk(tree)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private void loseIndex() throws IOException {
        delete(directory.resolve("index"));
    }

    private List<Path> files(String name) throws IOException {
        try (Stream<Path> paths = Files.walk(directory.resolve(name))) {
            return paths.filter(Files::isRegularFile).sorted().toList();
        }
    }

    @Test
    void blobThatWasLost_isTakenBackAsItWasStored() throws IOException {
        byte[] small = bytes(100_000, 1);
        byte[] large = bytes(3 << 20, 2);
        Map<StoredBlob, byte[]> stored = new HashMap<>();
        Map<StoredBlob, byte[]> encrypted = new HashMap<>();
        try (FilesystemBlobStore store = open()) {
            for (byte[] plain : List.of(small, large)) {
                StoredBlob blob = put(store, plain);
                stored.put(blob, plain);
                try (SeekableByteChannel channel = store.openStored(blob.id())) {
                    encrypted.put(blob, Channels.newInputStream(channel).readAllBytes());
                }
            }
        }
        delete(directory);
        try (FilesystemBlobStore store = open()) {
            for (StoredBlob blob : stored.keySet()) {
                byte[] altered = encrypted.get(blob).clone();
                altered[altered.length / 2] ^= 1;
                assertThatThrownBy(
                                () -> store.takeBack(blob.id(), Channels.newChannel(new ByteArrayInputStream(altered))))
                        .isInstanceOf(ArchiveException.class);
                assertThat(store.contains(blob.id())).isFalse();
                store.takeBack(blob.id(), Channels.newChannel(new ByteArrayInputStream(encrypted.get(blob))));
                store.takeBack(blob.id(), Channels.newChannel(new ByteArrayInputStream(new byte[0])));
            }
            assertThat(store.status().blobs()).isEqualTo(2);
        }
        loseIndex();
        try (FilesystemBlobStore store = open()) {
            for (StoredBlob blob : stored.keySet()) {
                assertThat(get(store, blob)).isEqualTo(stored.get(blob));
                assertThat(store.isIntact(blob.id())).isTrue();
            }
        }
    }

    @Test
    void lostIndex_isMadeAgainFromTheSegments() throws IOException {
        Map<StoredBlob, byte[]> kept = new HashMap<>();
        List<BlobId> gone = new ArrayList<>();
        BlobStoreStatus before;
        try (FilesystemBlobStore store = open(OPTIONS.withSegmentBytes(2 << 20))) {
            for (int i = 0; i < 30; i++) {
                byte[] bytes = bytes(i * 77_777, i);
                StoredBlob blob = put(store, bytes);
                if (i % 3 == 0) {
                    store.delete(blob.id());
                    gone.add(blob.id());
                } else {
                    kept.put(blob, bytes);
                }
            }
            before = store.status();
        }
        loseIndex();
        try (FilesystemBlobStore store = open()) {
            assertThat(store.status().blobs()).isEqualTo(before.blobs());
            assertThat(store.status().storedBytes()).isEqualTo(before.storedBytes());
            assertThat(store.status().reclaimableBytes()).isEqualTo(before.reclaimableBytes());
            for (var blob : kept.entrySet()) {
                assertThat(get(store, blob.getKey())).isEqualTo(blob.getValue());
            }
            assertThat(gone).noneMatch(store::contains);
        }
    }

    @Test
    void unreadableIndex_isMadeAgain() throws IOException {
        StoredBlob blob;
        try (FilesystemBlobStore store = open()) {
            blob = put(store, bytes(1000, 1));
        }
        Files.writeString(directory.resolve("index/CURRENT"), "nonsense\n");
        try (FilesystemBlobStore store = open()) {
            assertThat(get(store, blob)).isEqualTo(bytes(1000, 1));
        }
    }

    @Test
    void rottenBlockOfTheIndex_isMadeAgainAtTheLatestByTheOpeningAfterItsRefusal() throws IOException {
        List<StoredBlob> blobs = new ArrayList<>();
        try (FilesystemBlobStore store = open()) {
            for (int i = 0; i < 20; i++) {
                blobs.add(put(store, bytes(1000, i)));
            }
        }
        Map<Path, byte[]> whole = new TreeMap<>();
        for (Path file : files("index")) {
            whole.put(file, Files.readAllBytes(file));
        }
        int madeAgain = 0;
        for (Path table : sortedTables()) {
            delete(directory.resolve("index"));
            Files.createDirectories(directory.resolve("index"));
            for (Map.Entry<Path, byte[]> file : whole.entrySet()) {
                byte[] bytes = file.getValue().clone();
                if (file.getKey().equals(table)) {
                    bytes[12] ^= 1;
                }
                Files.write(file.getKey(), bytes);
            }
            try (FilesystemBlobStore store = open()) {
                // RocksDB's own threads may come upon it first; then this opening has made it again.
                readOrBeRefused(store, blobs.get(7));
            }
            try (FilesystemBlobStore store = open()) {
                for (int i = 0; i < 20; i++) {
                    assertThat(get(store, blobs.get(i))).isEqualTo(bytes(1000, i));
                }
            }
            byte[] rotten = whole.get(table).clone();
            rotten[12] ^= 1;
            madeAgain += Files.exists(table) && Arrays.equals(Files.readAllBytes(table), rotten) ? 0 : 1;
        }
        assertThat(madeAgain).isPositive();
    }

    private static void readOrBeRefused(FilesystemBlobStore store, StoredBlob blob) throws IOException {
        try {
            get(store, blob);
        } catch (ArchiveException e) {
            assertThat(e.error()).isEqualTo(ArchiveError.BLOBS_UNAVAILABLE);
            assertThat(store.needsReopening()).isTrue();
            assertThatThrownBy(() -> store.isIntact(blob.id())).isInstanceOf(ArchiveException.class);
        }
    }

    private List<Path> sortedTables() throws IOException {
        return files("index").stream()
                .filter(path -> path.toString().endsWith(".sst"))
                .toList();
    }

    @Test
    void oldIndex_readsOnlyTheTailAndLearnsOfDeletions() throws IOException {
        StoredBlob old;
        StoredBlob doomed;
        try (FilesystemBlobStore store = open(OPTIONS.withSegmentBytes(1 << 20))) {
            for (int i = 0; i < 5; i++) {
                put(store, bytes(900_000, i));
            }
            old = put(store, bytes(1000, 1));
            doomed = put(store, bytes(1000, 2));
        }
        Path saved = directory.resolve("saved");
        copy(directory.resolve("index"), saved);
        StoredBlob recent;
        try (FilesystemBlobStore store = open()) {
            recent = put(store, bytes(1000, 3));
            store.delete(doomed.id());
        }
        loseIndex();
        Files.move(saved, directory.resolve("index"));
        // Were the first segment read again, its loss would be noticed here.
        Path first = files("segments").getFirst();
        Files.move(first, directory.resolve("elsewhere"));
        Files.createFile(first);
        try (FilesystemBlobStore store = open()) {
            assertThat(store.status().blobs()).isEqualTo(7);
            assertThat(store.contains(doomed.id())).isFalse();
            assertThat(get(store, old)).isEqualTo(bytes(1000, 1));
            assertThat(get(store, recent)).isEqualTo(bytes(1000, 3));
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : paths.toList()) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
        }
    }

    @Test
    void segmentCutAtEveryByteOfItsLastRecord_keepsAllBefore() throws IOException {
        StoredBlob first;
        StoredBlob last;
        try (FilesystemBlobStore store = open()) {
            first = put(store, bytes(10_000, 1));
            last = put(store, bytes(3000, 2));
        }
        Path segment = files("segments").getFirst();
        byte[] whole = Files.readAllBytes(segment);
        int lastAt = whole.length - Disk.BLOCK_BYTES;
        Path cut = directory.resolve("segments/cut");
        for (int length = lastAt; length < whole.length; length++) {
            Files.write(cut, java.util.Arrays.copyOf(whole, length));
            try (var file = java.nio.channels.FileChannel.open(cut)) {
                List<BlobId> found = new ArrayList<>();
                for (Segment.Found one : Segment.scan(file, 1, 0)) {
                    if (Segment.isIntact(file, one)) {
                        found.add(one.header().id());
                    }
                }
                boolean lastIsWhole = length >= lastAt + RecordHeader.LENGTH_BYTES + last.storedLengthBytes();
                assertThat(found)
                        .as("cut at " + length)
                        .isEqualTo(lastIsWhole ? List.of(first.id(), last.id()) : List.of(first.id()));
            }
        }
        Files.delete(cut);
        for (int length = lastAt; length < whole.length; length += 1009) {
            Files.write(segment, java.util.Arrays.copyOf(whole, length));
            loseIndex();
            try (FilesystemBlobStore store = open()) {
                assertThat(get(store, first)).isEqualTo(bytes(10_000, 1));
                assertThat(get(store, put(store, bytes(500, 3)))).isEqualTo(bytes(500, 3));
            }
            files("segments").stream().skip(1).forEach(path -> path.toFile().delete());
        }
    }

    @Test
    void tornLastRecord_isNotServed() throws IOException {
        StoredBlob torn;
        try (FilesystemBlobStore store = open()) {
            put(store, bytes(10_000, 1));
            torn = put(store, bytes(30_000, 2));
        }
        Path segment = files("segments").getFirst();
        byte[] bytes = Files.readAllBytes(segment);
        java.util.Arrays.fill(bytes, bytes.length - 8192, bytes.length, (byte) 0);
        Files.write(segment, bytes);
        loseIndex();
        try (FilesystemBlobStore store = open()) {
            assertThat(store.contains(torn.id())).isFalse();
            assertThat(store.status().blobs()).isEqualTo(1);
        }
    }

    @Test
    void flippedBitAnywhere_isCorruptAndNeverServed() throws IOException {
        for (int length : new int[] {20_000, 1_500_000}) {
            try (FilesystemBlobStore store = open()) {
                byte[] plain = bytes(length, 1);
                StoredBlob blob = put(store, plain);
                put(store, bytes(10, 2));
                Path file = length > 1 << 20
                        ? files("objects").getFirst()
                        : files("segments").getLast();
                byte[] whole = Files.readAllBytes(file);
                int start = length > 1 << 20 ? 0 : Disk.BLOCK_BYTES;
                for (int i = 0; i < 60; i++) {
                    int at = start + (int) ((long) i * (blob.storedLengthBytes() - 1) / 59);
                    byte[] altered = whole.clone();
                    altered[at] ^= (byte) (1 << i % 8);
                    Files.write(file, altered);
                    // The zeros behind a record's header mean nothing.
                    boolean inPadding = start > 0 && at >= start + 68 && at < start + RecordHeader.LENGTH_BYTES;
                    if (!inPadding) {
                        assertRefused(ArchiveError.CORRUPT, () -> get(store, blob));
                        assertThat(store.isIntact(blob.id())).isFalse();
                        Map<BlobId, Boolean> verified = new HashMap<>();
                        store.verify((id, _, intact) -> verified.put(id, intact));
                        assertThat(verified).containsEntry(blob.id(), false);
                        assertThat(verified.values()).containsOnlyOnce(false);
                    }
                }
                Files.write(file, whole);
                assertThat(get(store, blob)).isEqualTo(plain);
                store.delete(blob.id());
            }
        }
    }

    @Test
    void damagedHeader_hidesItsOwnRecordOnly() throws IOException {
        List<StoredBlob> blobs;
        try (FilesystemBlobStore store = open()) {
            blobs = IntStream.range(0, 6)
                    .mapToObj(i -> put(store, bytes(50_000, i)))
                    .toList();
        }
        Path segment = files("segments").getFirst();
        byte[] bytes = Files.readAllBytes(segment);
        bytes[
                Disk.BLOCK_BYTES
                        + 2 * (int) RecordHeader.recordBytes(blobs.getFirst().storedLengthBytes())] ^= 1;
        Files.write(segment, bytes);
        try (FilesystemBlobStore store = open()) {
            assertRefused(ArchiveError.CORRUPT, () -> get(store, blobs.get(2)));
        }
        loseIndex();
        try (FilesystemBlobStore store = open()) {
            assertThat(store.status().blobs()).isEqualTo(5);
            assertThat(get(store, blobs.get(5))).isEqualTo(bytes(50_000, 5));
        }
    }

    @Test
    void damagedRecordOfAnOwnFile_isWrittenAgainWithTheIndex() throws IOException {
        StoredBlob large;
        StoredBlob deleted;
        try (FilesystemBlobStore store = open()) {
            large = put(store, bytes(2_000_000, 1));
            deleted = put(store, bytes(2_000_000, 2));
            store.delete(deleted.id());
            put(store, bytes(50_000, 3));
        }
        Path segment = files("segments").getFirst();
        byte[] bytes = Files.readAllBytes(segment);
        bytes[Disk.BLOCK_BYTES] ^= 1;
        Files.write(segment, bytes);
        loseIndex();
        for (int opening = 0; opening < 2; opening++) {
            try (FilesystemBlobStore store = open()) {
                assertThat(get(store, large)).isEqualTo(bytes(2_000_000, 1));
                assertThat(store.contains(deleted.id())).isFalse();
                assertThat(store.status().blobs()).isEqualTo(2);
            }
            loseIndex();
        }
    }

    @Test
    void acknowledgedBlobDamagedBeforeTheIndexIsMadeAgain_isCorruptNotUnknown() throws IOException {
        StoredBlob blob;
        try (FilesystemBlobStore store = open()) {
            blob = put(store, bytes(50_000, 1));
            put(store, bytes(10, 2));
        }
        Path segment = files("segments").getFirst();
        byte[] bytes = Files.readAllBytes(segment);
        bytes[20_000] ^= 1;
        Files.write(segment, bytes);
        loseIndex();
        try (FilesystemBlobStore store = open()) {
            assertRefused(ArchiveError.CORRUPT, () -> get(store, blob));
        }
    }

    @Test
    void lastAcknowledgedBlobOfASegmentDamagedBeforeTheIndexIsMadeAgain_isCorruptNotUnknown() throws IOException {
        for (boolean another : new boolean[] {false, true}) {
            StoredBlob blob;
            try (FilesystemBlobStore store = open()) {
                blob = put(store, bytes(50_000, 1));
            }
            Path segment = files("segments").getLast();
            byte[] bytes = Files.readAllBytes(segment);
            bytes[20_000] ^= 1;
            Files.write(segment, bytes);
            if (another) {
                try (FilesystemBlobStore store = open()) {
                    put(store, bytes(10, 2));
                }
            }
            loseIndex();
            try (FilesystemBlobStore store = open()) {
                assertRefused(ArchiveError.CORRUPT, () -> get(store, blob));
            }
        }
    }

    @Test
    void unwrittenBlocksInAClosedSegment_areDamageToo() throws IOException {
        StoredBlob blob;
        try (FilesystemBlobStore store = open()) {
            blob = put(store, bytes(50_000, 1));
        }
        try (FilesystemBlobStore store = open()) {
            put(store, bytes(10, 2));
        }
        Path segment = files("segments").getFirst();
        byte[] bytes = Files.readAllBytes(segment);
        java.util.Arrays.fill(bytes, 16_384, 24_576, (byte) 0);
        Files.write(segment, bytes);
        loseIndex();
        try (FilesystemBlobStore store = open()) {
            assertRefused(ArchiveError.CORRUPT, () -> get(store, blob));
        }
    }

    @Test
    void errorInMidAppend_leavesTheSegmentAsAFailedWriteDoes() throws IOException {
        StoredBlob before;
        StoredBlob after;
        try (FilesystemBlobStore store = open()) {
            before = put(store, bytes(1000, 1));
            disk.erringAppends.set(1);
            assertRefused(ArchiveError.INTERNAL, () -> put(store, bytes(300_000, 2)));
            after = put(store, bytes(1000, 3));
            assertThat(files("segments")).hasSize(2);
        }
        loseIndex();
        try (FilesystemBlobStore store = open()) {
            assertThat(store.status().blobs()).isEqualTo(2);
            assertThat(get(store, before)).isEqualTo(bytes(1000, 1));
            assertThat(get(store, after)).isEqualTo(bytes(1000, 3));
        }
    }

    @Test
    void failedSync_refusesThatCommitAndNeverServesIt() throws IOException {
        StoredBlob before;
        StoredBlob after;
        try (FilesystemBlobStore store = open()) {
            before = put(store, bytes(1000, 1));
            disk.failingSyncs.set(1);
            assertRefused(ArchiveError.INTERNAL, () -> put(store, bytes(1000, 2)));
            assertThat(store.status().blobs()).isEqualTo(1);
            after = put(store, bytes(1000, 3));
            assertThat(files("segments")).hasSize(2);
        }
        try (FilesystemBlobStore store = open()) {
            assertThat(store.status().blobs()).isEqualTo(2);
            assertThat(get(store, before)).isEqualTo(bytes(1000, 1));
            assertThat(get(store, after)).isEqualTo(bytes(1000, 3));
        }
    }

    @Test
    void segmentWhoseSyncFailed_isNeverWrittenAgain() throws IOException {
        try (FilesystemBlobStore store = open()) {
            put(store, bytes(1000, 1));
            disk.failingSyncs.set(1);
            assertRefused(ArchiveError.INTERNAL, () -> put(store, bytes(1000, 2)));
            long length = Files.size(files("segments").getFirst());
            disk.steps.clear();
            for (int i = 0; i < 5; i++) {
                put(store, bytes(1000, i));
            }
            assertThat(Files.size(files("segments").getFirst())).isEqualTo(length);
            // The new segment proves itself with a sync of its own before it takes anything.
            assertThat(disk.steps.subList(0, 4)).containsExactly("create segments", "append", "sync", "syncDirectory");
        }
    }

    @Test
    void failingProbe_refusesUntilOneSucceeds() throws IOException {
        try (FilesystemBlobStore store = open()) {
            StoredBlob before = put(store, bytes(1000, 1));
            disk.failingSyncs.set(3);
            for (int i = 0; i < 3; i++) {
                assertRefused(ArchiveError.INTERNAL, () -> put(store, bytes(1000, 2)));
            }
            assertThat(get(store, put(store, bytes(1000, 3)))).isEqualTo(bytes(1000, 3));
            assertThat(get(store, before)).isEqualTo(bytes(1000, 1));
        }
    }

    @Test
    void afterAFailedSync_nothingIsTriedBeforeTheInterval() throws IOException {
        try (FilesystemBlobStore store = open(OPTIONS.withProbeInterval(Duration.ofHours(1)))) {
            put(store, bytes(1000, 1));
            disk.failingSyncs.set(1);
            assertRefused(ArchiveError.INTERNAL, () -> put(store, bytes(1000, 2)));
            assertRefused(ArchiveError.OVERLOADED, () -> put(store, bytes(1000, 2)));
        }
    }

    @Test
    void failedSyncOfAnOwnFile_leavesNothing() throws IOException {
        try (FilesystemBlobStore store = open()) {
            put(store, bytes(10, 1));
            disk.failingSyncs.set(1);
            assertRefused(ArchiveError.INTERNAL, () -> put(store, bytes(3_000_000, 2)));
            assertThat(files("objects")).isEmpty();
            assertThat(files("incoming")).isEmpty();
            assertThat(store.status().blobs()).isEqualTo(1);
        }
    }

    @Test
    void diskFull_refusesWithThatAndLosesNothing() throws IOException {
        disk.message = "No space left on device";
        StoredBlob before;
        StoredBlob after;
        try (FilesystemBlobStore store = open()) {
            before = put(store, bytes(1000, 1));
            disk.failingAppends.set(1);
            assertRefused(ArchiveError.BLOB_STORE_FULL, () -> put(store, bytes(300_000, 2)));
            disk.failingCreates.set(2);
            assertRefused(ArchiveError.BLOB_STORE_FULL, () -> put(store, bytes(1000, 2)));
            assertRefused(ArchiveError.BLOB_STORE_FULL, () -> put(store, bytes(3_000_000, 2)));
            after = put(store, bytes(1000, 3));
        }
        loseIndex();
        try (FilesystemBlobStore store = open()) {
            assertThat(store.status().blobs()).isEqualTo(2);
            assertThat(get(store, before)).isEqualTo(bytes(1000, 1));
            assertThat(get(store, after)).isEqualTo(bytes(1000, 3));
        }
    }

    @Test
    void lowWaterMark_refusesEveryStepAndRecoversByItself() throws IOException {
        try (FilesystemBlobStore store = open()) {
            BlobWriter small = store.begin();
            small.write(ByteBuffer.wrap(bytes(1000, 1)));
            BlobWriter large = store.begin();
            large.write(ByteBuffer.wrap(bytes(2_000_000, 2)));
            disk.freeBytes = OPTIONS.lowWaterBytes() - 1;
            assertRefused(ArchiveError.BLOB_STORE_FULL, store::begin);
            assertRefused(ArchiveError.BLOB_STORE_FULL, small::commit);
            assertRefused(ArchiveError.BLOB_STORE_FULL, () -> large.write(ByteBuffer.wrap(bytes(5_000_000, 2))));
            assertThat(files("incoming")).isEmpty();
            assertThat(store.status().blobs()).isZero();
            disk.freeBytes = Long.MAX_VALUE;
            assertThat(get(store, put(store, bytes(1000, 3)))).isEqualTo(bytes(1000, 3));
        }
    }

    @Test
    void slowWritersThatFillTheMemory_makeRoomForOthersAndLoseNothing() throws IOException {
        BlobStoreOptions tight = OPTIONS.withBuffers(6 << 20, Duration.ofSeconds(20));
        try (FilesystemBlobStore store = open(tight)) {
            List<BlobWriter> slow = new ArrayList<>();
            for (int i = 0; i < 25; i++) {
                BlobWriter writer = store.begin();
                slow.add(writer);
                writer.write(ByteBuffer.wrap(bytes(900_000, i)));
            }
            assertThat(get(store, put(store, bytes(700_000, 99)))).isEqualTo(bytes(700_000, 99));
            assertThat(get(store, put(store, bytes(2_000_000, 98)))).isEqualTo(bytes(2_000_000, 98));
            for (int i = 0; i < slow.size(); i++) {
                slow.get(i).write(ByteBuffer.wrap(bytes(50_000, -i)));
                byte[] whole = get(store, slow.get(i).commit());
                assertThat(ByteBuffer.wrap(whole, 0, 900_000)).isEqualTo(ByteBuffer.wrap(bytes(900_000, i)));
                assertThat(ByteBuffer.wrap(whole, 900_000, 50_000)).isEqualTo(ByteBuffer.wrap(bytes(50_000, -i)));
            }
        }
    }

    @Test
    void spillThatFails_refusesItsOwnBlobOnly() throws IOException {
        BlobStoreOptions tight = OPTIONS.withBuffers(6 << 20, Duration.ofSeconds(20));
        try (FilesystemBlobStore store = open(tight)) {
            List<BlobWriter> slow = new ArrayList<>();
            disk.failingCreates.set(1);
            for (int i = 0; i < 10; i++) {
                BlobWriter writer = store.begin();
                slow.add(writer);
                writer.write(ByteBuffer.wrap(bytes(900_000, i)));
            }
            assertThat(disk.failingCreates.get()).isZero();
            int refused = 0;
            for (BlobWriter writer : slow) {
                try (writer) {
                    writer.commit();
                } catch (ArchiveException e) {
                    assertThat(e.error()).isEqualTo(ArchiveError.INTERNAL);
                    refused++;
                }
            }
            assertThat(refused).isEqualTo(1);
        }
    }

    @Test
    void writersBeyondTheMemory_waitAndThenAreOverloaded() throws IOException {
        BlobStoreOptions tight = OPTIONS.withBuffers(6 << 20, Duration.ofMillis(50));
        try (FilesystemBlobStore store = open(tight)) {
            List<BlobWriter> writers = new ArrayList<>();
            assertRefused(ArchiveError.OVERLOADED, () -> {
                for (int i = 0; i < 100; i++) {
                    BlobWriter writer = store.begin();
                    writers.add(writer);
                    writer.write(ByteBuffer.wrap(bytes(900_000, i)));
                }
            });
            assertThat(writers).hasSizeBetween(25, 48);
            writers.forEach(BlobWriter::close);
            for (int i = 0; i < 20; i++) {
                assertThat(get(store, put(store, bytes(900_000, i)))).isEqualTo(bytes(900_000, i));
            }
        }
    }

    @Test
    void memory_isGivenBackByEveryWayOut() throws IOException {
        BlobStoreOptions tight = OPTIONS.withBuffers(6 << 20, Duration.ofMillis(20));
        try (FilesystemBlobStore store = open(tight)) {
            for (int i = 0; i < 100; i++) {
                int way = i % 4;
                if (way == 0) {
                    put(store, bytes(700_000, i));
                } else if (way == 1) {
                    put(store, bytes(2_000_000, i));
                } else if (way == 2) {
                    try (BlobWriter writer = store.begin()) {
                        writer.write(ByteBuffer.wrap(bytes(1_700_000, i)));
                    }
                } else {
                    disk.failingSyncs.set(1);
                    assertThatThrownBy(() -> put(store, bytes(500_000, 1))).isInstanceOf(RuntimeException.class);
                    disk.failingSyncs.set(0);
                }
            }
        }
    }

    @Test
    void success_comesAfterTheSync() throws IOException {
        try (FilesystemBlobStore store = open()) {
            put(store, bytes(10, 1));
            disk.steps.clear();
            put(store, bytes(1000, 2));
            assertThat(disk.steps).containsExactly("append", "sync");
            disk.steps.clear();
            put(store, bytes(1_100_000, 3));
            assertThat(disk.steps)
                    .containsExactly(
                            "create incoming",
                            "append",
                            "append",
                            "truncate",
                            "rename",
                            "sync",
                            "syncDirectory",
                            "append",
                            "sync",
                            "rename",
                            "syncDirectory");
        }
    }

    @Test
    void writersAtOnce_shareSyncs() throws Exception {
        AtomicLong records = new AtomicLong();
        AtomicLong syncs = new AtomicLong();
        BlobStoreListener listener = new BlobStoreListener() {
            @Override
            public void segmentSynced(int count, long bytes, long writeNanos, long syncNanos) {
                records.addAndGet(count);
                syncs.incrementAndGet();
            }
        };
        try (FilesystemBlobStore store =
                        FilesystemBlobStore.open(directory, OPTIONS, listener, Clock.systemUTC(), new SecureRandom());
                ExecutorService threads = Executors.newFixedThreadPool(16)) {
            List<Future<?>> all = IntStream.range(0, 320)
                    .<Future<?>>mapToObj(i -> threads.submit(() -> put(store, bytes(2000, i))))
                    .toList();
            for (Future<?> one : all) {
                one.get();
            }
        }
        assertThat(records.get()).isEqualTo(320);
        assertThat(syncs.get()).isLessThan(200);
    }

    @Test
    void largeBlobWithARecordButNotInItsPlace_isMovedThere() throws IOException {
        StoredBlob blob;
        try (FilesystemBlobStore store = open()) {
            blob = put(store, bytes(2_000_000, 1));
        }
        Path file = files("objects").getFirst();
        Files.move(file, directory.resolve("incoming").resolve(file.getFileName()));
        Files.write(directory.resolve("incoming/0123456789abcdef0123456789abcdef"), new byte[100]);
        Files.write(directory.resolve("incoming").resolve("ab".repeat(32)), new byte[100]);
        try (FilesystemBlobStore store = open()) {
            assertThat(get(store, blob)).isEqualTo(bytes(2_000_000, 1));
            assertThat(files("incoming")).isEmpty();
            assertThat(files("objects")).containsExactly(file);
        }
    }

    @Test
    void truncatedOwnFile_isCorrupt() throws IOException {
        try (FilesystemBlobStore store = open()) {
            StoredBlob blob = put(store, bytes(2_000_000, 1));
            Path file = files("objects").getFirst();
            byte[] whole = Files.readAllBytes(file);
            for (int length : new int[] {0, 20, 40, 100, 65_536, whole.length - 1}) {
                Files.write(file, java.util.Arrays.copyOf(whole, length));
                assertRefused(ArchiveError.CORRUPT, () -> get(store, blob));
            }
            Files.delete(file);
            assertRefused(ArchiveError.CORRUPT, () -> get(store, blob));
            assertThat(store.isIntact(blob.id())).isFalse();
        }
    }

    @Test
    void truncatedSegment_isCorruptAndNeverAnEarlyEnd() throws IOException {
        try (FilesystemBlobStore store = open()) {
            StoredBlob empty = put(store, new byte[0]);
            StoredBlob blob = put(store, bytes(200_000, 1));
            Path file = files("segments").getFirst();
            byte[] whole = Files.readAllBytes(file);
            for (int cut = 4096; cut < whole.length - 4096; cut += 1021) {
                Files.write(file, java.util.Arrays.copyOf(whole, cut));
                assertRefused(ArchiveError.CORRUPT, () -> get(store, blob));
                if (cut < 4096 + RecordHeader.LENGTH_BYTES + empty.storedLengthBytes()) {
                    assertRefused(ArchiveError.CORRUPT, () -> get(store, empty));
                }
            }
        }
    }

    @Test
    void pathsHoldDigestsAndNumbersOnly() throws IOException {
        try (FilesystemBlobStore store = open()) {
            put(store, bytes(1000, 1));
            put(store, bytes(2_000_000, 1));
            assertThat(files("objects"))
                    .allMatch(path -> path.getFileName().toString().matches("[0-9a-f]{64}"));
            assertThat(files("segments"))
                    .allMatch(path -> path.getFileName().toString().matches("[0-9a-f]{16}\\.seg"));
        }
    }

    @Test
    void spaceOfDeletedBlobs_comesBackAndTheOthersStay() throws IOException {
        Map<StoredBlob, byte[]> kept = new HashMap<>();
        List<BlobId> gone = new ArrayList<>();
        try (FilesystemBlobStore store = open(OPTIONS.withSegmentBytes(1 << 20))) {
            for (int i = 0; i < 40; i++) {
                byte[] bytes = bytes(200_000 + i, i);
                StoredBlob blob = put(store, bytes);
                if (i % 5 == 0) {
                    kept.put(blob, bytes);
                } else {
                    gone.add(blob.id());
                }
            }
            byte[] large = bytes(2_000_000, 99);
            StoredBlob largeKept = put(store, large);
            kept.put(largeKept, large);
            StoredBlob largeGone = put(store, large);
            gone.add(largeGone.id());
            long before = segmentBytes();
            store.deleteAll(gone);
            assertThat(files("objects")).hasSize(1);
            assertThat(store.status().reclaimableBytes()).isGreaterThan(5_000_000);
            assertThat(store.compact(0.5)).isGreaterThan(5);
            assertThat(segmentBytes()).isLessThan(before / 2);
            assertThat(store.status().reclaimableBytes()).isLessThan(2_000_000);
            assertAll(store, kept, gone);
        }
        loseIndex();
        try (FilesystemBlobStore store = open()) {
            assertAll(store, kept, gone);
        }
    }

    private long segmentBytes() throws IOException {
        long sum = 0;
        for (Path path : files("segments")) {
            sum += Files.size(path);
        }
        return sum;
    }

    private static void assertAll(FilesystemBlobStore store, Map<StoredBlob, byte[]> kept, List<BlobId> gone)
            throws IOException {
        assertThat(store.status().blobs()).isEqualTo(kept.size());
        for (var blob : kept.entrySet()) {
            assertThat(get(store, blob.getKey())).isEqualTo(blob.getValue());
        }
        assertThat(gone).noneMatch(store::contains);
    }

    @Test
    void compactionOverAndOver_endsWithAlmostNothingWhenAllIsDeleted() throws IOException {
        try (FilesystemBlobStore store = open(OPTIONS.withSegmentBytes(200_000))) {
            for (int round = 0; round < 5; round++) {
                List<BlobId> ids = IntStream.range(0, 10)
                        .mapToObj(i -> put(store, bytes(90_000, i)).id())
                        .toList();
                store.deleteAll(ids);
                store.compact(1.0);
            }
            put(store, bytes(300_000, 1));
            store.compact(1.0);
            store.compact(1.0);
            assertThat(files("segments")).hasSizeLessThan(4);
            assertThat(segmentBytes()).isLessThan(700_000);
        }
    }

    @Test
    void compactionInterruptedBeforeTheOldSegmentIsGone_bringsNoDeletedBlobBack() throws IOException {
        StoredBlob kept;
        StoredBlob doomed;
        Path saved = directory.resolve("saved.seg");
        Path first;
        try (FilesystemBlobStore store = open(OPTIONS.withSegmentBytes(500_000))) {
            kept = put(store, bytes(100_000, 1));
            doomed = put(store, bytes(100_000, 2));
            store.delete(put(store, bytes(400_000, 3)).id());
            put(store, bytes(500_000, 4));
            first = files("segments").getFirst();
            Files.copy(first, saved);
            assertThat(store.compact(0.9)).isEqualTo(1);
            assertThat(first).doesNotExist();
        }
        // As if the process had died after the copies and before the old file went.
        Files.move(saved, first);
        loseIndex();
        try (FilesystemBlobStore store = open(OPTIONS.withSegmentBytes(500_000))) {
            assertThat(store.status().blobs()).isEqualTo(3);
            store.delete(doomed.id());
            store.compact(1.0);
        }
        loseIndex();
        try (FilesystemBlobStore store = open()) {
            assertThat(store.contains(doomed.id())).isFalse();
            assertThat(get(store, kept)).isEqualTo(bytes(100_000, 1));
            assertThat(store.status().blobs()).isEqualTo(2);
        }
    }

    @Test
    void tombstone_outlivesItsSegmentAsLongAsTheBlobsRecordDoes() throws IOException {
        BlobId doomed;
        try (FilesystemBlobStore store = open(OPTIONS.withSegmentBytes(300_000))) {
            doomed = put(store, bytes(10_000, 1)).id();
            put(store, bytes(300_000, 2));
            store.delete(doomed);
            StoredBlob filler = put(store, bytes(300_000, 3));
            store.delete(filler.id());
            assertThat(store.compact(0.5)).isEqualTo(1);
        }
        loseIndex();
        try (FilesystemBlobStore store = open()) {
            assertThat(store.contains(doomed)).isFalse();
            assertThat(store.status().blobs()).isEqualTo(1);
        }
    }

    @Test
    void damagedLivingBlob_stopsTheCompactionOfItsSegment() throws IOException {
        try (FilesystemBlobStore store = open(OPTIONS.withSegmentBytes(300_000))) {
            StoredBlob living = put(store, bytes(100_000, 1));
            store.delete(put(store, bytes(300_000, 2)).id());
            put(store, bytes(10, 3));
            Path first = files("segments").getFirst();
            byte[] bytes = Files.readAllBytes(first);
            bytes[50_000] ^= 1;
            Files.write(first, bytes);
            assertThat(store.compact(0.9)).isZero();
            assertThat(first).exists();
            assertRefused(ArchiveError.CORRUPT, () -> get(store, living));
        }
    }

    @Test
    void damagedBlobThatWasDeleted_doesNotStopTheCompactionOfItsSegment() throws IOException {
        try (FilesystemBlobStore store = open(OPTIONS.withSegmentBytes(300_000))) {
            StoredBlob damaged = put(store, bytes(100_000, 1));
            StoredBlob living = put(store, bytes(300_000, 2));
            put(store, bytes(10, 3));
            Path first = files("segments").getFirst();
            byte[] bytes = Files.readAllBytes(first);
            bytes[50_000] ^= 1;
            Files.write(first, bytes);
            store.delete(damaged.id());
            assertThat(store.compact(0.9)).isOne();
            assertThat(first).doesNotExist();
            assertThat(get(store, living)).isEqualTo(bytes(300_000, 2));
        }
    }

    @Test
    void readersAndWritersBesideCompaction_seeEveryLivingBlob() throws Exception {
        try (FilesystemBlobStore store = open(OPTIONS.withSegmentBytes(400_000));
                ExecutorService threads = Executors.newFixedThreadPool(3)) {
            List<StoredBlob> living = new ArrayList<>();
            List<BlobId> dead = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                StoredBlob blob = put(store, bytes(50_000, i));
                if (i % 3 == 0) {
                    living.add(blob);
                } else {
                    dead.add(blob.id());
                }
            }
            AtomicBoolean done = new AtomicBoolean();
            Future<?> reader = threads.submit(() -> {
                while (!done.get()) {
                    for (int i = 0; i < living.size(); i++) {
                        assertThat(get(store, living.get(i))).isEqualTo(bytes(50_000, 3 * i));
                    }
                }
                return null;
            });
            Future<?> writer = threads.submit(() -> {
                while (!done.get()) {
                    store.delete(put(store, bytes(60_000, 7)).id());
                }
            });
            for (BlobId id : dead) {
                store.delete(id);
                if (id.digest().first() % 3 == 0) {
                    store.compact(0.7);
                }
            }
            done.set(true);
            reader.get();
            writer.get();
            assertThat(store.status().blobs()).isEqualTo(living.size());
        }
    }

    @Test
    void backgroundCompaction_bringsSpaceBackUnasked() throws IOException {
        try (FilesystemBlobStore store =
                open(OPTIONS.withSegmentBytes(100_000).withCompaction(0.5, 1 << 30, Duration.ofMillis(20)))) {
            StoredBlob first = put(store, bytes(200_000, 1));
            put(store, bytes(200_000, 2));
            store.delete(first.id());
            org.awaitility.Awaitility.await()
                    .untilAsserted(
                            () -> assertThat(store.status().reclaimableBytes()).isLessThan(200_000));
        }
    }

    @Test
    void secondOpenOfTheSameDirectory_isRefused() throws IOException {
        try (FilesystemBlobStore store = open()) {
            assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("opened");
            assertThat(readAll(store.openStored(put(store, bytes(10, 1)).id()))).isNotEmpty();
        }
    }

    @Test
    void moreOrphansThanOneChunk_areAllReclaimedAndTheReferencedStay() throws IOException {
        List<BlobId> all = new ArrayList<>();
        try (FilesystemBlobStore store = open()) {
            List<Future<BlobId>> puts;
            try (ExecutorService threads = Executors.newFixedThreadPool(16)) {
                puts = IntStream.range(0, 2500)
                        .mapToObj(i ->
                                threads.submit(() -> put(store, bytes(10, i)).id()))
                        .toList();
            }
            puts.forEach(put -> all.add(put.resultNow()));
        }
        try (FilesystemBlobStore store = open()) {
            assertThat(store.reclaimOrphans(id -> id.digest().first() % 2 == 0))
                    .isEqualTo(all.stream()
                            .filter(id -> id.digest().first() % 2 != 0)
                            .count());
            assertThat(all).allMatch(id -> store.contains(id) == (id.digest().first() % 2 == 0));
            assertThat(store.reclaimOrphans(_ -> false)).isZero();
        }
    }

    @Test
    void orphanOfThisRun_isReclaimedOnceItIsOld() throws IOException {
        try (FilesystemBlobStore store = open(OPTIONS.withOrphanAge(Duration.ZERO))) {
            StoredBlob orphan = put(store, bytes(10, 1));
            assertThat(store.reclaimOrphans(_ -> false)).isEqualTo(1);
            assertThat(store.contains(orphan.id())).isFalse();
        }
    }

    /** One bit in the record's header: the cipher text is whole, and the last copy of it. */
    @Test
    void damagedHeaderOfALivingBlob_stopsTheCompactionOfItsSegment() throws IOException {
        try (FilesystemBlobStore store = open(OPTIONS.withSegmentBytes(300_000))) {
            put(store, bytes(100_000, 1));
            store.delete(put(store, bytes(300_000, 2)).id());
            put(store, bytes(10, 3));
            Path first = files("segments").getFirst();
            byte[] bytes = Files.readAllBytes(first);
            bytes[Disk.BLOCK_BYTES] ^= 1;
            Files.write(first, bytes);
            assertThat(store.compact(0.9)).isZero();
            assertThat(first).exists();
        }
    }

    /** Its record is on its way; the clock is set right, or the machine wakes from a suspension. */
    @Test
    void blobThatIsNotSettled_isNoOrphanWhateverTheClockSays() throws IOException {
        JumpingClock clock = new JumpingClock();
        try (FilesystemBlobStore store = FilesystemBlobStore.open(
                        directory, OPTIONS, BlobStoreListener.NONE, clock, new SecureRandom(), disk);
                BlobWriter writer = store.begin()) {
            writer.write(ByteBuffer.wrap(bytes(1000, 1)));
            BlobId id;
            try (PendingBlob pending = writer.submit()) {
                id = pending.await().id();
                clock.now = clock.now.plus(OPTIONS.orphanAge().multipliedBy(2));
                assertThat(store.reclaimOrphans(_ -> false)).isZero();
                assertThat(store.contains(id)).isTrue();
            }
            assertThat(store.reclaimOrphans(_ -> false)).isEqualTo(1);
            assertThat(store.contains(id)).isFalse();
        }
    }

    private static final class JumpingClock extends Clock {
        private Instant now = Instant.parse("2026-01-01T00:00:00Z");

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }
}
