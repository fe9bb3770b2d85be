package org.archipelago.blobstore;

import static org.archipelago.blobstore.BlobStoreContract.assertRefused;
import static org.archipelago.blobstore.BlobStoreContract.bytes;
import static org.archipelago.blobstore.BlobStoreContract.put;
import static org.archipelago.blobstore.BlobStoreContract.readAll;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ForeignBlobsTest {
    private static final SiteId NORTH = new SiteId(new UUID(1, 1));
    private static final SiteId VALLEY = new SiteId(new UUID(3, 3));
    private static final int SEGMENT = 64 << 10;

    /** Of all tests: it is only read. */
    private static FilesystemBlobStore origin;

    @TempDir
    Path directory;

    private Instant now = Instant.parse("2026-01-15T08:00:00Z");
    private ForeignBlobs foreign;

    @BeforeAll
    static void startOrigin(@TempDir Path directory) throws IOException {
        origin = FilesystemBlobStore.open(directory, BlobStoreOptions.DEFAULT.withLowWaterBytes(0));
    }

    @AfterAll
    static void stopOrigin() {
        origin.close();
    }

    @BeforeEach
    void start() throws IOException {
        foreign = open(1 << 30);
    }

    private ForeignBlobs open(long quotaBytes) throws IOException {
        return ForeignBlobs.open(
                directory.resolve("foreign"),
                ForeignBlobsOptions.cache(quotaBytes, 0),
                Clock.fixed(now, ZoneOffset.UTC));
    }

    private record Sent(ForeignObject object, byte[] plain, byte[] stored) {
        ByteBuffer stored(int from, int end) {
            return ByteBuffer.wrap(stored, from, end - from).slice();
        }
    }

    private static Sent sent(int length, int seed) throws IOException {
        byte[] plain = bytes(length, seed);
        StoredBlob blob = put(origin, plain);
        try (SeekableByteChannel stored = origin.openStored(blob.id())) {
            return new Sent(
                    new ForeignObject(new ForeignBlobId(NORTH, blob.id()), blob.key(), Digest.sha256(plain), length),
                    plain,
                    readAll(stored));
        }
    }

    private static void receive(ForeignBlobs into, Sent sent) throws IOException {
        try (IncomingBlob incoming = into.receive(sent.object())) {
            int from = (int) incoming.takenBytes();
            incoming.take(sent.stored(from, sent.stored().length));
        }
    }

    private static byte[] read(ForeignBlobs from, ForeignObject object) throws IOException {
        try (SeekableByteChannel plain = from.open(object).orElseThrow()) {
            return readAll(plain);
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> paths = Files.walk(directory.resolve("foreign"))) {
            return paths.filter(Files::isRegularFile).toList();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, SEGMENT - 57, SEGMENT - 56, SEGMENT - 55, 2 * SEGMENT - 72, 300_000})
    void blob_isReadAndServedAsItsOriginStoredIt(int length) throws IOException {
        Sent sent = sent(length, length);
        assertThat(sent.object().storedLengthBytes()).isEqualTo(sent.stored().length);
        receive(foreign, sent);
        assertThat(read(foreign, sent.object())).isEqualTo(sent.plain());
        assertThat(readAll(foreign.openStored(sent.object().blob()).orElseThrow()))
                .isEqualTo(sent.stored());
        assertThat(read(open(1 << 30), sent.object())).isEqualTo(sent.plain());
        assertThat(foreign.status()).isEqualTo(new ForeignBlobs.Status(1, sent.stored().length, 0));
    }

    @Test
    void blobOfAnotherOriginUnderTheSameName_isAnother() throws IOException {
        Sent sent = sent(1000, 1);
        receive(foreign, sent);
        ForeignBlobId elsewhere = new ForeignBlobId(VALLEY, sent.object().blob().id());
        assertThat(foreign.contains(elsewhere)).isFalse();
        assertThat(foreign.openStored(elsewhere)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 39, 40, 5_000, SEGMENT - 1, SEGMENT, SEGMENT + 9, 2 * SEGMENT - 1})
    void alteredByte_isNeverReadAndAnotherHolderGoesOn(int altered) throws IOException {
        Sent sent = sent(200_000, 2);
        byte[] wrong = sent.stored().clone();
        wrong[altered] ^= 1;
        try (IncomingBlob incoming = foreign.receive(sent.object())) {
            assertRefused(ArchiveError.PEER_MISBEHAVED, () -> incoming.take(ByteBuffer.wrap(wrong)));
            assertThat(incoming.takenBytes()).isEqualTo(altered / SEGMENT * SEGMENT);
            assertThat(incoming.isRefuted()).isFalse();
            assertThat(foreign.contains(sent.object().blob())).isFalse();
            incoming.take(sent.stored((int) incoming.takenBytes(), sent.stored().length));
        }
        assertThat(read(foreign, sent.object())).isEqualTo(sent.plain());
    }

    @Test
    void authenticBlobThatIsNotTheOneRecorded_isRefutedAndLeavesNothing() throws IOException {
        Sent sent = sent(200_000, 3);
        ForeignObject other =
                new ForeignObject(sent.object().blob(), sent.object().key(), Digest.sha256(new byte[1]), 200_000);
        IncomingBlob incoming = foreign.receive(other);
        try (incoming;
                SeekableByteChannel reading = incoming.open()) {
            assertRefused(ArchiveError.PEER_MISBEHAVED, () -> incoming.take(ByteBuffer.wrap(sent.stored())));
            assertThat(incoming.isRefuted()).isTrue();
            incoming.close();
            assertRefused(ArchiveError.PEER_UNAVAILABLE, () -> readAll(reading));
            assertRefused(ArchiveError.PEER_UNAVAILABLE, incoming::open);
        }
        assertThat(files()).isEmpty();
        assertThat(foreign.status()).isEqualTo(new ForeignBlobs.Status(0, 0, 0));
    }

    @Test
    void cutTransfer_isContinuedFromItsLastWholeSegmentAlsoAfterARestart() throws IOException {
        Sent sent = sent(500_000, 4);
        try (IncomingBlob incoming = foreign.receive(sent.object())) {
            incoming.take(sent.stored(0, 3 * SEGMENT + 77));
        }
        assertThat(foreign.contains(sent.object().blob())).isFalse();
        ForeignBlobs later = open(1 << 30);
        assertThat(later.status().parts()).isEqualTo(1);
        try (IncomingBlob incoming = later.receive(sent.object())) {
            assertThat(incoming.takenBytes()).isEqualTo(3 * SEGMENT);
            incoming.take(sent.stored(3 * SEGMENT, sent.stored().length));
        }
        assertThat(read(later, sent.object())).isEqualTo(sent.plain());
    }

    @Test
    void partThatPowerLossLeftDamaged_isTakenUpToTheDamageOnly() throws IOException {
        Sent sent = sent(500_000, 5);
        try (IncomingBlob incoming = foreign.receive(sent.object())) {
            incoming.take(sent.stored(0, 4 * SEGMENT));
        }
        Path part = files().getFirst();
        byte[] there = Files.readAllBytes(part);
        Arrays.fill(there, 2 * SEGMENT + 5, 2 * SEGMENT + 5000, (byte) 0);
        Files.write(part, there);
        try (IncomingBlob incoming = foreign.receive(sent.object())) {
            assertThat(incoming.takenBytes()).isEqualTo(2 * SEGMENT);
            incoming.take(sent.stored(2 * SEGMENT, sent.stored().length));
        }
        assertThat(read(foreign, sent.object())).isEqualTo(sent.plain());
    }

    @Test
    void reader_getsWhatHasComeBeforeTheRestHas() throws Exception {
        Sent sent = sent(300_000, 6);
        try (IncomingBlob incoming = foreign.receive(sent.object());
                SeekableByteChannel reading = incoming.open()) {
            incoming.take(sent.stored(0, SEGMENT));
            ByteBuffer first = ByteBuffer.allocate(SEGMENT - 56);
            assertThat(reading.read(first)).isEqualTo(SEGMENT - 56);
            CompletableFuture<byte[]> rest = CompletableFuture.supplyAsync(() -> {
                try {
                    return readAll(reading);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            incoming.take(sent.stored(SEGMENT, 3 * SEGMENT));
            assertThat(rest).isNotDone();
            incoming.take(sent.stored(3 * SEGMENT, sent.stored().length));
            byte[] all = Arrays.copyOf(first.array(), sent.plain().length);
            byte[] more = rest.get(10, TimeUnit.SECONDS);
            System.arraycopy(more, 0, all, first.capacity(), more.length);
            assertThat(all).isEqualTo(sent.plain());
        }
    }

    @Test
    void quota_holdsAndWhatWasReadLeastLatelyGoesFirst() throws IOException {
        List<Sent> sent = List.of(sent(100_000, 7), sent(100_000, 8), sent(100_000, 9));
        ForeignBlobs small = open(2 * sent.getFirst().stored().length);
        receive(small, sent.get(0));
        receive(small, sent.get(1));
        read(small, sent.get(0).object());
        receive(small, sent.get(2));
        assertThat(small.contains(sent.get(0).object().blob())).isTrue();
        assertThat(small.contains(sent.get(1).object().blob())).isFalse();
        assertThat(small.contains(sent.get(2).object().blob())).isTrue();
        assertThat(files()).hasSize(2);
    }

    @Test
    void blobBeyondTheQuota_isReadWhileItComesAndNotKept() throws IOException {
        Sent sent = sent(300_000, 10);
        ForeignBlobs small = open(1000);
        try (IncomingBlob incoming = small.receive(sent.object());
                SeekableByteChannel reading = incoming.open()) {
            incoming.take(ByteBuffer.wrap(sent.stored()));
            assertThat(readAll(reading)).isEqualTo(sent.plain());
        }
        assertThat(files()).isEmpty();
        assertThat(small.status()).isEqualTo(new ForeignBlobs.Status(0, 0, 0));
    }

    @Test
    void fullDisk_takesNothingIn() throws IOException {
        Sent sent = sent(1000, 11);
        ForeignBlobs full = ForeignBlobs.open(
                directory.resolve("full"), ForeignBlobsOptions.cache(1 << 30, Long.MAX_VALUE), Clock.systemUTC());
        assertRefused(ArchiveError.BLOB_STORE_FULL, () -> full.receive(sent.object()));
        assertThat(full.status()).isEqualTo(new ForeignBlobs.Status(0, 0, 0));
    }

    @Test
    void oldPart_isGivenBack() throws IOException {
        Sent sent = sent(300_000, 12);
        try (IncomingBlob incoming = foreign.receive(sent.object())) {
            incoming.take(sent.stored(0, 2 * SEGMENT));
        }
        now = Instant.now().plus(Duration.ofDays(2));
        assertThat(open(1 << 30).status()).isEqualTo(new ForeignBlobs.Status(0, 0, 0));
        assertThat(files()).isEmpty();
    }

    @Test
    void blobThatRotted_isNotReadAndCanBeHadAnew() throws IOException {
        Sent sent = sent(200_000, 13);
        receive(foreign, sent);
        Path file = files().getFirst();
        byte[] there = Files.readAllBytes(file);
        there[SEGMENT + 100] ^= 4;
        Files.write(file, there);
        assertRefused(ArchiveError.CORRUPT, () -> read(foreign, sent.object()));
        foreign.discard(sent.object().blob());
        receive(foreign, sent);
        assertThat(read(foreign, sent.object())).isEqualTo(sent.plain());
    }

    @Test
    void lengthThatNoObjectHas_isRefused() throws IOException {
        Sent sent = sent(10, 14);
        assertRefused(
                ArchiveError.DATASET_LIMIT,
                () -> new ForeignObject(
                        sent.object().blob(), sent.object().key(), sent.object().plainDigest(), Long.MAX_VALUE));
    }
}
