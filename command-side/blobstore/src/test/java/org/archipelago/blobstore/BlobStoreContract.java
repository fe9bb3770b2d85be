package org.archipelago.blobstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every blob store does. */
abstract class BlobStoreContract {
    /** Opens what is at one place; the store that was open there before is closed. */
    abstract BlobStore open() throws IOException;

    private BlobStore store;

    @BeforeEach
    void openStore() throws IOException {
        store = open();
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    private void reopen() throws IOException {
        store.close();
        store = open();
    }

    static byte[] bytes(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static StoredBlob put(BlobStore store, byte[] bytes) {
        try (BlobWriter writer = store.begin()) {
            ByteBuffer source = ByteBuffer.wrap(bytes);
            while (source.hasRemaining()) {
                writer.write(source);
            }
            return writer.commit();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static byte[] readAll(SeekableByteChannel channel) throws IOException {
        try (channel) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            ByteBuffer buffer = ByteBuffer.allocate(100_000);
            while (channel.read(buffer.clear()) >= 0) {
                all.write(buffer.array(), 0, buffer.position());
            }
            return all.toByteArray();
        }
    }

    static byte[] get(BlobStore store, StoredBlob blob) throws IOException {
        return readAll(store.open(blob.id(), blob.key()));
    }

    static void assertRefused(ArchiveError error, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(error));
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                0, 1, 15, 16, 4095, 65_479, 65_480, 65_481, 65_536, 131_000, 131_016, 530_000, 1_048_576, 1_100_000,
                1_200_000, 3_000_000, 5_242_880
            })
    void committedBlob_readsBackAsItWasWritten(int length) throws IOException {
        byte[] bytes = bytes(length, length);
        StoredBlob blob = put(store, bytes);
        assertThat(get(store, blob)).isEqualTo(bytes);
        assertThat(id(readAll(store.openStored(blob.id())))).isEqualTo(blob.id());
        reopen();
        assertThat(get(store, blob)).isEqualTo(bytes);
    }

    @Test
    void lengthsAroundEveryBufferBound_readBack() throws IOException {
        for (int base : new int[] {65_408, 65_536, 131_072, 1_048_576 - 128, 1_048_576}) {
            for (int difference = -70; difference <= 70; difference += 7) {
                byte[] bytes = bytes(base + difference, difference);
                assertThat(get(store, put(store, bytes))).as("%d", bytes.length).isEqualTo(bytes);
            }
        }
    }

    @Test
    void storedBlob_tellsDigestsAndLengths() throws IOException {
        byte[] bytes = bytes(100_000, 1);
        StoredBlob blob = put(store, bytes);
        assertThat(blob.plainDigest()).isEqualTo(Digest.sha256(bytes));
        assertThat(blob.plainLengthBytes()).isEqualTo(100_000);
        try (SeekableByteChannel stored = store.openStored(blob.id())) {
            assertThat(stored.size()).isEqualTo(blob.storedLengthBytes());
        }
    }

    @Test
    void id_isTheDigestOfTheStoredBytes() throws IOException {
        for (int length : new int[] {0, 10, 200_000, 3_000_000}) {
            StoredBlob blob = put(store, bytes(length, 2));
            byte[] stored = readAll(store.openStored(blob.id()));
            assertThat(id(stored)).isEqualTo(blob.id());
            for (int at : new int[] {0, stored.length / 2, stored.length - 1}) {
                stored[at] ^= 1;
                assertThat(id(stored)).isNotEqualTo(blob.id());
                stored[at] ^= 1;
            }
        }
    }

    private static BlobId id(byte[] stored) {
        StoredDigest digest = new StoredDigest();
        digest.update(ByteBuffer.wrap(stored));
        return digest.id();
    }

    @Test
    void storedBytes_holdNothingOfThePlain() throws IOException {
        byte[] bytes = "PATIENT^NAME ".repeat(10_000).getBytes();
        StoredBlob blob = put(store, bytes);
        assertThat(new String(readAll(store.openStored(blob.id())), java.nio.charset.StandardCharsets.ISO_8859_1))
                .doesNotContain("PATIENT");
    }

    @Test
    void sameBytesTwice_haveIdsAndKeysOfTheirOwn() {
        StoredBlob first = put(store, bytes(1000, 3));
        StoredBlob second = put(store, bytes(1000, 3));
        assertThat(first.id()).isNotEqualTo(second.id());
        assertThat(first.plainDigest()).isEqualTo(second.plainDigest());
        assertRefused(ArchiveError.CORRUPT, () -> readAll(store.open(first.id(), second.key())));
    }

    @Test
    void bytesInManySmallPieces_areTheSameBlob() throws IOException {
        byte[] bytes = bytes(300_000, 4);
        try (BlobWriter writer = store.begin()) {
            for (int at = 0; at < bytes.length; at += 777) {
                int length = Math.min(777, bytes.length - at);
                assertThat(writer.write(ByteBuffer.wrap(bytes, at, length))).isEqualTo(length);
            }
            assertThat(get(store, writer.commit())).isEqualTo(bytes);
        }
    }

    @Test
    void directAndReadOnlySources_areTaken() throws IOException {
        byte[] bytes = bytes(200_000, 5);
        ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        try (BlobWriter writer = store.begin()) {
            writer.write(direct.asReadOnlyBuffer());
            assertThat(get(store, writer.commit())).isEqualTo(bytes);
        }
        try (BlobWriter writer = store.begin()) {
            writer.write(direct);
            assertThat(direct.hasRemaining()).isFalse();
            assertThat(get(store, writer.commit())).isEqualTo(bytes);
        }
    }

    @Test
    void closedWithoutCommit_leavesNothing() throws IOException {
        for (int length : new int[] {10, 300_000, 4_000_000}) {
            BlobStoreStatus before = store.status();
            try (BlobWriter writer = store.begin()) {
                writer.write(ByteBuffer.wrap(bytes(length, 6)));
            }
            assertThat(store.status().blobs()).isEqualTo(before.blobs());
            assertThat(store.status().storedBytes()).isEqualTo(before.storedBytes());
        }
        reopen();
        List<BlobId> seen = new ArrayList<>();
        store.verify((id, _, _) -> seen.add(id));
        assertThat(seen).isEmpty();
    }

    @Test
    void closeAfterCommit_changesNothing() throws IOException {
        BlobWriter writer = store.begin();
        writer.write(ByteBuffer.wrap(bytes(10, 7)));
        StoredBlob blob = writer.commit();
        writer.close();
        writer.close();
        assertThat(writer.isOpen()).isFalse();
        assertThat(get(store, blob)).isEqualTo(bytes(10, 7));
    }

    @Test
    void committedOrClosedWriter_takesNothingMore() throws IOException {
        BlobWriter writer = store.begin();
        writer.commit();
        assertThatThrownBy(writer::commit).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> writer.write(ByteBuffer.allocate(1))).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void unknownId_isNotFound() {
        BlobId unknown = new BlobId(Digest.sha256(new byte[1]));
        StoredBlob other = put(store, bytes(10, 8));
        assertThat(store.contains(unknown)).isFalse();
        assertRefused(ArchiveError.NOT_FOUND, () -> store.open(unknown, other.key()));
        assertRefused(ArchiveError.NOT_FOUND, () -> store.openStored(unknown));
    }

    @Test
    void randomAccess_readsTheSameBytesAnywhere() throws IOException {
        byte[] bytes = bytes(3_000_000, 9);
        StoredBlob blob = put(store, bytes);
        Random random = new Random(9);
        try (SeekableByteChannel channel = store.open(blob.id(), blob.key())) {
            assertThat(channel.size()).isEqualTo(bytes.length);
            for (int i = 0; i < 200; i++) {
                int at = random.nextInt(bytes.length);
                int length = Math.min(1 + random.nextInt(200_000), bytes.length - at);
                ByteBuffer part = ByteBuffer.allocate(length);
                channel.position(at);
                while (part.hasRemaining() && channel.read(part) >= 0) {
                    assertThat(channel.position()).isEqualTo(at + part.position());
                }
                assertThat(part.flip()).isEqualTo(ByteBuffer.wrap(bytes, at, length));
            }
        }
    }

    @Test
    void storedBytes_canBeReadFromAnywhere() throws IOException {
        StoredBlob blob = put(store, bytes(300_000, 10));
        byte[] all = readAll(store.openStored(blob.id()));
        try (SeekableByteChannel stored = store.openStored(blob.id())) {
            ByteBuffer part = ByteBuffer.allocate(1000);
            stored.position(123_456);
            while (part.hasRemaining()) {
                stored.read(part);
            }
            assertThat(part.flip()).isEqualTo(ByteBuffer.wrap(all, 123_456, 1000));
        }
    }

    @Test
    void behindTheEnd_thereIsNothing() throws IOException {
        StoredBlob blob = put(store, bytes(1000, 11));
        try (SeekableByteChannel channel = store.open(blob.id(), blob.key());
                SeekableByteChannel stored = store.openStored(blob.id())) {
            assertThat(channel.position(1000).read(ByteBuffer.allocate(1))).isEqualTo(-1);
            assertThat(channel.position(5000).read(ByteBuffer.allocate(1))).isEqualTo(-1);
            assertThat(stored.position(500_000).read(ByteBuffer.allocate(1))).isEqualTo(-1);
            assertThatThrownBy(() -> channel.position(-1)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void blobs_cannotBeWrittenAgain() throws IOException {
        StoredBlob blob = put(store, bytes(1000, 12));
        for (SeekableByteChannel channel : List.of(store.open(blob.id(), blob.key()), store.openStored(blob.id()))) {
            try (channel) {
                assertThatThrownBy(() -> channel.write(ByteBuffer.allocate(1)))
                        .isInstanceOf(NonWritableChannelException.class);
                assertThatThrownBy(() -> channel.truncate(0)).isInstanceOf(NonWritableChannelException.class);
            }
        }
    }

    @Test
    void closedChannel_refusesReads() throws IOException {
        StoredBlob blob = put(store, bytes(1000, 13));
        SeekableByteChannel channel = store.open(blob.id(), blob.key());
        channel.close();
        assertThat(channel.isOpen()).isFalse();
        assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1))).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void manyReadersOfOneBlob_doNotDisturbEachOther() throws Exception {
        byte[] bytes = bytes(2_500_000, 14);
        StoredBlob blob = put(store, bytes);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<byte[]>> reads = IntStream.range(0, 8)
                    .mapToObj(_ -> threads.submit(() -> get(store, blob)))
                    .toList();
            for (Future<byte[]> read : reads) {
                assertThat(read.get()).isEqualTo(bytes);
            }
        }
    }

    @Test
    void manyWriters_allReadBack() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<StoredBlob>> puts = IntStream.range(0, 60)
                    .mapToObj(i -> threads.submit(() -> put(store, bytes(i * 30_011, i))))
                    .toList();
            for (int i = 0; i < 60; i++) {
                assertThat(get(store, puts.get(i).get())).isEqualTo(bytes(i * 30_011, i));
            }
        }
        assertThat(store.status().blobs()).isEqualTo(60);
    }

    @Test
    void writersInterleavedOnOneThread_doNotMix() throws IOException {
        try (BlobWriter first = store.begin();
                BlobWriter second = store.begin()) {
            for (int i = 0; i < 40; i++) {
                first.write(ByteBuffer.wrap(bytes(10_000, i)));
                second.write(ByteBuffer.wrap(bytes(100_000, -i)));
            }
            StoredBlob large = second.commit();
            StoredBlob small = first.commit();
            assertThat(ByteBuffer.wrap(get(store, small)).slice(390_000, 10_000))
                    .isEqualTo(ByteBuffer.wrap(bytes(10_000, 39)));
            assertThat(ByteBuffer.wrap(get(store, large)).slice(3_900_000, 100_000))
                    .isEqualTo(ByteBuffer.wrap(bytes(100_000, -39)));
        }
    }

    @Test
    void deletedBlob_isNotFoundAlsoAfterRestart() throws IOException {
        for (int length : new int[] {1000, 3_000_000}) {
            StoredBlob doomed = put(store, bytes(length, 15));
            StoredBlob other = put(store, bytes(length, 16));
            store.delete(doomed.id());
            assertThat(store.contains(doomed.id())).isFalse();
            assertRefused(ArchiveError.NOT_FOUND, () -> store.open(doomed.id(), doomed.key()));
            reopen();
            assertRefused(ArchiveError.NOT_FOUND, () -> store.openStored(doomed.id()));
            assertThat(get(store, other)).isEqualTo(bytes(length, 16));
        }
    }

    @Test
    void isIntact_holdsForWhatIsHereAndNothingElse() throws IOException {
        for (int length : new int[] {0, 1000, 530_000, 3_000_000}) {
            StoredBlob blob = put(store, bytes(length, 31));
            assertThat(store.isIntact(blob.id())).isTrue();
            reopen();
            assertThat(store.isIntact(blob.id())).isTrue();
            store.delete(blob.id());
            assertThat(store.isIntact(blob.id())).isFalse();
        }
        assertThat(store.isIntact(new BlobId(Digest.sha256(new byte[3])))).isFalse();
    }

    @Test
    void deletingWhatIsNotThere_isPassedOver() {
        StoredBlob blob = put(store, bytes(1000, 17));
        store.delete(new BlobId(Digest.sha256(new byte[2])));
        store.delete(blob.id());
        store.delete(blob.id());
        assertThat(store.status().blobs()).isZero();
    }

    @Test
    void deletingMany_deletesThoseAndNoOther() throws IOException {
        List<StoredBlob> blobs = IntStream.range(0, 20)
                .mapToObj(i -> put(store, bytes(i * 100_000, i)))
                .toList();
        store.deleteAll(blobs.subList(0, 19).stream().map(StoredBlob::id).toList());
        assertThat(store.status().blobs()).isEqualTo(1);
        assertThat(get(store, blobs.get(19))).isEqualTo(bytes(1_900_000, 19));
        assertThat(blobs.stream().filter(blob -> store.contains(blob.id()))).hasSize(1);
    }

    @Test
    void orphansOfAnEarlierRun_areReclaimedAndReferencedBlobsStay() throws IOException {
        StoredBlob referenced = put(store, bytes(1000, 18));
        StoredBlob orphan = put(store, bytes(1000, 19));
        StoredBlob largeOrphan = put(store, bytes(3_000_000, 20));
        reopen();
        assertThat(store.reclaimOrphans(referenced.id()::equals)).isEqualTo(2);
        assertThat(store.contains(orphan.id())).isFalse();
        assertThat(store.contains(largeOrphan.id())).isFalse();
        assertThat(get(store, referenced)).isEqualTo(bytes(1000, 18));
        assertThat(store.reclaimOrphans(_ -> false)).isZero();
    }

    @Test
    void adoptedBlobs_areNotAskedAbout() throws IOException {
        StoredBlob adopted = put(store, bytes(1000, 21));
        StoredBlob waiting = put(store, bytes(1000, 22));
        store.adopt(List.of(adopted.id()));
        reopen();
        List<BlobId> asked = new ArrayList<>();
        assertThat(store.reclaimOrphans(id -> asked.add(id))).isZero();
        assertThat(asked).containsExactly(waiting.id());
        assertThat(store.contains(adopted.id())).isTrue();
    }

    @Test
    void blobWhoseRecordMayBeOnItsWay_isNoOrphan() {
        StoredBlob blob = put(store, bytes(1000, 23));
        assertThat(store.reclaimOrphans(_ -> false)).isZero();
        assertThat(store.contains(blob.id())).isTrue();
    }

    @Test
    void verify_visitsEveryBlobOnce() throws IOException {
        Set<BlobId> ids = new HashSet<>();
        for (int length : new int[] {0, 1000, 530_000, 3_000_000}) {
            ids.add(put(store, bytes(length, 24)).id());
        }
        store.delete(put(store, bytes(10, 24)).id());
        List<BlobId> seen = new ArrayList<>();
        store.verify((id, storedBytes, intact) -> {
            assertThat(intact).isTrue();
            assertThat(storedBytes).isPositive();
            seen.add(id);
        });
        assertThat(seen).containsExactlyInAnyOrderElementsOf(ids);
    }

    @Test
    void status_countsWhatIsThere() throws IOException {
        StoredBlob first = put(store, bytes(530_000, 25));
        StoredBlob second = put(store, bytes(3_000_000, 26));
        assertThat(store.status().blobs()).isEqualTo(2);
        assertThat(store.status().storedBytes()).isEqualTo(first.storedLengthBytes() + second.storedLengthBytes());
        assertThat(store.status().freeDiskBytes()).isPositive();
        store.delete(first.id());
        reopen();
        assertThat(store.status().blobs()).isEqualTo(1);
        assertThat(store.status().storedBytes()).isEqualTo(second.storedLengthBytes());
        assertThat(store.status().reclaimableBytes()).isGreaterThanOrEqualTo(530_000);
    }

    @Test
    void wrappedKey_opensTheBlobAndAnAlteredOneNothing() throws IOException {
        StoredBlob blob = put(store, bytes(1000, 27));
        SecretKey pixelKey = new SecretKeySpec(bytes(32, 28), "AES");
        byte[] wrapped = blob.key().wrap(pixelKey);
        assertThat(wrapped).hasSize(40);
        assertThat(readAll(store.open(blob.id(), BlobKey.unwrap(wrapped, pixelKey))))
                .isEqualTo(bytes(1000, 27));
        wrapped[7] ^= 1;
        assertRefused(ArchiveError.CORRUPT, () -> BlobKey.unwrap(wrapped, pixelKey));
    }

    @Test
    void closedStore_refusesEverything() throws IOException {
        StoredBlob blob = put(store, bytes(1000, 29));
        BlobWriter writer = store.begin();
        writer.write(ByteBuffer.wrap(bytes(10, 30)));
        store.close();
        assertRefused(ArchiveError.SHUTTING_DOWN, writer::commit);
        assertRefused(ArchiveError.SHUTTING_DOWN, () -> store.begin());
        assertRefused(ArchiveError.SHUTTING_DOWN, () -> store.open(blob.id(), blob.key()));
        assertRefused(ArchiveError.SHUTTING_DOWN, () -> store.contains(blob.id()));
        assertRefused(ArchiveError.SHUTTING_DOWN, () -> store.isIntact(blob.id()));
        assertRefused(ArchiveError.SHUTTING_DOWN, () -> store.delete(blob.id()));
        store.close();
    }
}
