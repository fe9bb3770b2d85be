package org.archipelago.blobstore;

import static org.archipelago.blobstore.BlobStoreContract.bytes;
import static org.archipelago.blobstore.BlobStoreContract.put;
import static org.archipelago.blobstore.BlobStoreContract.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Copies that stay, without the keys that open them. */
class IncomingCopyTest {
    private static final SiteId NORTH = new SiteId(new UUID(1, 1));

    @TempDir
    Path directory;

    private FilesystemBlobStore origin;
    private ForeignBlobs kept;

    @BeforeEach
    void start() throws IOException {
        origin = FilesystemBlobStore.open(directory.resolve("origin"), BlobStoreOptions.DEFAULT.withLowWaterBytes(0));
        kept = open(1 << 30);
    }

    @AfterEach
    void stop() {
        origin.close();
    }

    private ForeignBlobs open(long capacityBytes) throws IOException {
        return ForeignBlobs.open(
                directory.resolve("kept"), ForeignBlobsOptions.kept(capacityBytes, 0), Clock.systemUTC());
    }

    private record Sent(ForeignObject object, byte[] plain, byte[] stored) {
        ForeignBlobId id() {
            return object.blob();
        }

        ByteBuffer stored(int from, int end) {
            return ByteBuffer.wrap(stored, from, end - from).slice();
        }
    }

    private Sent sent(int length, int seed) throws IOException {
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
        try (IncomingCopy copy = into.receive(sent.id(), sent.plain().length)) {
            copy.take(sent.stored((int) copy.takenBytes(), sent.stored().length));
        }
    }

    private static void assertHas(ForeignBlobs store, Sent sent) throws IOException {
        try (SeekableByteChannel plain = store.open(sent.object()).orElseThrow()) {
            assertThat(readAll(plain)).isEqualTo(sent.plain());
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> paths = Files.walk(directory.resolve("kept"))) {
            return paths.filter(Files::isRegularFile).toList();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65_000, 65_536, 300_000})
    void copy_isWhatItsOriginStored(int length) throws IOException {
        Sent sent = sent(length, 1);
        try (IncomingCopy copy = kept.receive(sent.id(), length)) {
            assertThat(copy.lengthBytes()).isEqualTo(sent.stored().length);
            for (int from = 0; from < sent.stored().length; from += 10_007) {
                assertThat(kept.contains(sent.id())).isFalse();
                copy.take(sent.stored(from, Math.min(sent.stored().length, from + 10_007)));
            }
        }
        assertHas(kept, sent);
        assertHas(open(1 << 30), sent);
        assertThat(kept.lengthBytes(sent.id())).hasValue(sent.stored().length);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 39, 40, 70_000, 199_999})
    void alteredByte_leavesNothingOfIt(int altered) throws IOException {
        Sent sent = sent(200_000, 2);
        byte[] bytes = sent.stored().clone();
        bytes[altered] ^= 1;
        try (IncomingCopy copy = kept.receive(sent.id(), sent.plain().length)) {
            assertThatThrownBy(() -> copy.take(ByteBuffer.wrap(bytes)))
                    .isInstanceOfSatisfying(
                            ArchiveException.class,
                            refused -> assertThat(refused.error()).isEqualTo(ArchiveError.PEER_MISBEHAVED));
        }
        assertThat(kept.contains(sent.id())).isFalse();
        assertThat(files()).isEmpty();
        receive(kept, sent);
        assertHas(kept, sent);
    }

    @Test
    void cutTransfer_isContinuedAlsoAfterARestart() throws IOException {
        Sent sent = sent(300_000, 3);
        try (IncomingCopy copy = kept.receive(sent.id(), sent.plain().length)) {
            copy.take(sent.stored(0, 123_456));
        }
        assertThat(kept.contains(sent.id())).isFalse();
        ForeignBlobs later = open(1 << 30);
        try (IncomingCopy copy = later.receive(sent.id(), sent.plain().length)) {
            assertThat(copy.takenBytes()).isEqualTo(123_456);
            copy.take(sent.stored(123_456, sent.stored().length));
        }
        assertHas(later, sent);
    }

    @Test
    void partThatPowerLossLeftDamaged_isFetchedAnewAfterItWasRefuted() throws IOException {
        Sent sent = sent(300_000, 4);
        try (IncomingCopy copy = kept.receive(sent.id(), sent.plain().length)) {
            copy.take(sent.stored(0, 200_000));
        }
        Path part = files().getFirst();
        byte[] damaged = Files.readAllBytes(part);
        damaged[100_000] = (byte) ~damaged[100_000];
        Files.write(part, damaged);
        ForeignBlobs later = open(1 << 30);
        assertThatThrownBy(() -> receive(later, sent)).isInstanceOf(ArchiveException.class);
        receive(later, sent);
        assertHas(later, sent);
    }

    /** It was there whole, but without its name: the last byte comes again and judges it. */
    @Test
    void partThatIsWhole_isJudgedToo() throws IOException {
        Sent sent = sent(1000, 5);
        try (IncomingCopy copy = kept.receive(sent.id(), sent.plain().length)) {
            copy.take(sent.stored(0, 500));
        }
        Files.write(files().getFirst(), sent.stored());
        ForeignBlobs later = open(1 << 30);
        try (IncomingCopy copy = later.receive(sent.id(), sent.plain().length)) {
            assertThat(copy.takenBytes()).isEqualTo(sent.stored().length - 1);
        }
        receive(later, sent);
        assertHas(later, sent);
    }

    @Test
    void capacity_isNotExceededAndNothingGoesForWhatComes() throws IOException {
        Sent first = sent(5000, 6);
        Sent second = sent(5000, 7);
        ForeignBlobs small = open(8000);
        receive(small, first);
        assertThatThrownBy(() -> receive(small, second))
                .isInstanceOfSatisfying(
                        ArchiveException.class,
                        refused -> assertThat(refused.error()).isEqualTo(ArchiveError.BLOB_STORE_FULL));
        small.giveBack();
        assertHas(small, first);
        small.discard(first.id());
        receive(small, second);
        assertHas(small, second);
    }
}
