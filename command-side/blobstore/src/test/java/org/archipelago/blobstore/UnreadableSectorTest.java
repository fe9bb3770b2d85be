package org.archipelago.blobstore;

import static org.archipelago.blobstore.BlobStoreContract.assertRefused;
import static org.archipelago.blobstore.BlobStoreContract.bytes;
import static org.archipelago.blobstore.BlobStoreContract.get;
import static org.archipelago.blobstore.BlobStoreContract.put;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.BlobId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A block of a segment that the disk refuses to read hides what is in it, and nothing else. */
class UnreadableSectorTest {
    private static final BlobStoreOptions OPTIONS = FilesystemBlobStoreTest.OPTIONS;
    private static final String FIRST = "%016x.seg".formatted(1);
    private static final long FIRST_HEADER = Segment.FIRST_RECORD_BYTES;

    @TempDir
    Path directory;

    private final FaultyDisk disk = new FaultyDisk();

    private FilesystemBlobStore open(BlobStoreOptions options) throws IOException {
        return FilesystemBlobStore.open(
                directory, options, BlobStoreListener.NONE, Clock.systemUTC(), new SecureRandom(), disk);
    }

    private void loseIndex() throws IOException {
        try (Stream<Path> paths = Files.walk(directory.resolve("index"))) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private static long headerBehind(long header, StoredBlob blob) {
        return header + RecordHeader.recordBytes(blob.storedLengthBytes());
    }

    @Test
    void headerThatCannotBeRead_isCorruptAndNamedByVerification() throws IOException {
        try (FilesystemBlobStore store = open(OPTIONS)) {
            StoredBlob hidden = put(store, bytes(100_000, 1));
            StoredBlob whole = put(store, bytes(100_000, 2));
            disk.unreadable.put(FIRST, Set.of(FIRST_HEADER));
            assertRefused(ArchiveError.CORRUPT, () -> get(store, hidden));
            assertThat(store.isIntact(hidden.id())).isFalse();
            assertThat(store.isIntact(whole.id())).isTrue();
            List<BlobId> damaged = new ArrayList<>();
            store.verify((id, _, intact) -> {
                if (!intact) {
                    damaged.add(id);
                }
            });
            assertThat(damaged).containsExactly(hidden.id());
        }
    }

    @Test
    void headerThatCannotBeRead_hidesOnlyItsRecordFromTheIndexThatIsMadeAgain() throws IOException {
        List<StoredBlob> blobs = new ArrayList<>();
        try (FilesystemBlobStore store = open(OPTIONS)) {
            for (int i = 0; i < 5; i++) {
                blobs.add(put(store, bytes(100_000, i)));
            }
        }
        loseIndex();
        long second = headerBehind(FIRST_HEADER, blobs.getFirst());
        // The second header, and one block of the bytes that follow it, so that the search behind it fails as well.
        disk.unreadable.put(FIRST, Set.of(second, second + 3L * Disk.BLOCK_BYTES));
        try (FilesystemBlobStore store = open(OPTIONS)) {
            assertThat(store.contains(blobs.get(1).id())).isFalse();
            for (int i : new int[] {0, 2, 3, 4}) {
                assertThat(get(store, blobs.get(i))).isEqualTo(bytes(100_000, i));
            }
            StoredBlob again = put(store, bytes(100_000, 1));
            assertThat(get(store, again)).isEqualTo(bytes(100_000, 1));
        }
    }

    @Test
    void lastRecordThatCannotBeRead_isDamagedNotUnknown() throws IOException {
        StoredBlob last;
        try (FilesystemBlobStore store = open(OPTIONS)) {
            last = put(store, bytes(100_000, 1));
        }
        loseIndex();
        disk.unreadable.put(FIRST, Set.of(FIRST_HEADER + Disk.BLOCK_BYTES));
        try (FilesystemBlobStore store = open(OPTIONS)) {
            assertThat(store.contains(last.id())).isTrue();
            assertThat(store.isIntact(last.id())).isFalse();
        }
    }

    @Test
    void livingBlobThatCannotBeRead_stopsTheCompactionOfItsSegmentOnly() throws IOException {
        for (long block : new long[] {FIRST_HEADER, FIRST_HEADER + Disk.BLOCK_BYTES}) {
            disk.unreadable.clear();
            try (FilesystemBlobStore store = open(OPTIONS.withSegmentBytes(300_000))) {
                put(store, bytes(100_000, 1));
                store.delete(put(store, bytes(300_000, 2)).id());
                put(store, bytes(100_000, 3));
                store.delete(put(store, bytes(300_000, 4)).id());
                put(store, bytes(10, 5));
                disk.unreadable.put(firstSegment(), Set.of(block));
                assertThat(store.compact(0.9)).isPositive();
                assertThat(directory.resolve("segments").resolve(firstSegment()))
                        .exists();
            }
            FilesystemBlobStoreTest.delete(directory);
        }
    }

    @Test
    void deletedBlobThatCannotBeRead_doesNotStopTheCompactionOfItsSegment() throws IOException {
        try (FilesystemBlobStore store = open(OPTIONS.withSegmentBytes(300_000))) {
            StoredBlob deleted = put(store, bytes(100_000, 1));
            StoredBlob living = put(store, bytes(300_000, 2));
            put(store, bytes(10, 3));
            store.delete(deleted.id());
            disk.unreadable.put(FIRST, Set.of(FIRST_HEADER));
            assertThat(store.compact(0.9)).isPositive();
            assertThat(directory.resolve("segments").resolve(FIRST)).doesNotExist();
            assertThat(get(store, living)).isEqualTo(bytes(300_000, 2));
        }
    }

    private String firstSegment() throws IOException {
        return Segment.path(
                        directory,
                        Segment.numbers(directory.resolve("segments")).getFirst())
                .getFileName()
                .toString();
    }
}
