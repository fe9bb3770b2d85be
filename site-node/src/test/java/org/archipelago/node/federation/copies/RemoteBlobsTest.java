package org.archipelago.node.federation.copies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.archipelago.blobstore.BlobStoreOptions;
import org.archipelago.blobstore.BlobWriter;
import org.archipelago.blobstore.FilesystemBlobStore;
import org.archipelago.blobstore.ForeignBlobId;
import org.archipelago.blobstore.ForeignBlobs;
import org.archipelago.blobstore.ForeignBlobsOptions;
import org.archipelago.blobstore.ForeignObject;
import org.archipelago.blobstore.StoredBlob;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.hpke.RecipientKeyPair;
import org.archipelago.federation.identity.SiteIdentity;
import org.archipelago.federation.link.BlobLink;
import org.archipelago.federation.link.BlobPart;
import org.archipelago.federation.member.PeerAddress;
import org.archipelago.federation.member.SiteDescriptor;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RemoteBlobsTest {
    private static final SiteId NORTH = new SiteId(new UUID(1, 1));
    private static final SiteId HARBOR = new SiteId(new UUID(2, 2));
    private static final SiteId VALLEY = new SiteId(new UUID(3, 3));
    private static final int LENGTH = 3_000_000;

    private static FilesystemBlobStore origin;
    private static HeldBlobs held;
    private static byte[] plain;
    private static ForeignObject object;

    @TempDir
    Path directory;

    private final List<Scripted> scripted = new ArrayList<>();
    private final List<SiteDescriptor> members = new ArrayList<>();
    private Scripted north;
    private Scripted valley;
    private ForeignBlobs store;
    private ForeignBlobs kept;
    private RemoteBlobs blobs;

    @BeforeAll
    static void startOrigin(@TempDir Path directory) throws IOException {
        origin = FilesystemBlobStore.open(directory.resolve("own"), BlobStoreOptions.DEFAULT.withLowWaterBytes(0));
        held = new HeldBlobs(
                NORTH,
                origin,
                ForeignBlobs.open(directory.resolve("kept"), ForeignBlobsOptions.kept(0, 0), Clock.systemUTC()),
                ForeignBlobs.open(directory.resolve("foreign"), ForeignBlobsOptions.cache(0, 0), Clock.systemUTC()));
        plain = new byte[LENGTH];
        new Random(1).nextBytes(plain);
        try (BlobWriter writer = origin.begin()) {
            writer.write(ByteBuffer.wrap(plain));
            StoredBlob blob = writer.commit();
            object = new ForeignObject(
                    new ForeignBlobId(NORTH, blob.id()), blob.key(), blob.plainDigest(), blob.plainLengthBytes());
        }
    }

    @AfterAll
    static void stopOrigin() {
        origin.close();
    }

    /** Gives what the origin has, but for what a test changes on the way. */
    private static class Scripted implements BlobLink {
        final SiteId peer;
        final List<Long> asked = new CopyOnWriteArrayList<>();
        volatile Answering answering = (from, part) -> part;

        Scripted(SiteId peer) {
            this.peer = peer;
        }

        interface Answering {
            BlobPart of(long from, BlobPart part);
        }

        @Override
        public SiteId peer() {
            return peer;
        }

        @Override
        public BlobPart blob(SiteId of, BlobId blob, long from, int maxBytes) {
            asked.add(from);
            return answering.of(from, held.blob(HARBOR, of, blob, from, maxBytes));
        }

        @Override
        public void close() {}
    }

    @BeforeEach
    void start() throws IOException {
        north = member(NORTH);
        valley = member(VALLEY);
        store = ForeignBlobs.open(
                directory.resolve("foreign"), ForeignBlobsOptions.cache(1 << 30, 0), Clock.systemUTC());
        kept = ForeignBlobs.open(directory.resolve("kept"), ForeignBlobsOptions.kept(1 << 30, 0), Clock.systemUTC());
        blobs = new RemoteBlobs(
                kept,
                store,
                new BlobHolders(
                        () -> members,
                        member -> scripted.stream()
                                .filter(one -> one.peer.equals(member.site()))
                                .findFirst()
                                .orElseThrow(),
                        0,
                        System::nanoTime));
    }

    @AfterEach
    void stop() {
        blobs.close();
    }

    private Scripted member(SiteId site) throws IOException {
        SiteIdentity identity =
                SiteIdentity.create(Files.createTempDirectory(directory, "keys"), site, new SecureRandom());
        members.add(new SiteDescriptor(
                identity.verifierKey(),
                "label",
                Digest.sha256(new byte[] {1}),
                RecipientKeyPair.generate().publicKey(),
                Instant.parse("2026-11-29T15:00:00Z"),
                Optional.of(new PeerAddress("127.0.0.1", 1)),
                Optional.empty(),
                Optional.empty()));
        Scripted link = new Scripted(site);
        scripted.add(link);
        return link;
    }

    private byte[] read() throws IOException {
        try (SeekableByteChannel channel = blobs.open(object)) {
            return rest(channel);
        }
    }

    private static byte[] rest(SeekableByteChannel channel) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.allocate(100_000);
        while (channel.read(buffer.clear()) >= 0) {
            out.write(buffer.array(), 0, buffer.position());
        }
        return out.toByteArray();
    }

    private void assertRefused(ArchiveError error) {
        assertRefused(error, this::read);
    }

    private void awaitKept() {
        await().until(() -> store.contains(object.blob()));
    }

    @Test
    void object_comesFromItsOriginOnceAndIsReadFromHereAfterwards() throws IOException {
        assertThat(read()).isEqualTo(plain);
        awaitKept();
        int calls = north.asked.size();
        assertThat(read()).isEqualTo(plain);
        assertThat(north.asked).hasSize(calls);
        assertThat(valley.asked).isEmpty();
    }

    @Test
    void holderThatFailsInTheMiddle_isReplacedUnnoticed() throws IOException {
        north.answering = (from, part) -> {
            if (from > 1_000_000) {
                throw new ArchiveException(ArchiveError.PEER_UNAVAILABLE, "north");
            }
            return part;
        };
        assertThat(read()).isEqualTo(plain);
        assertThat(valley.asked.getFirst()).isGreaterThan(1_000_000);
    }

    @Test
    void alteredBytes_areNotReadAndTheNextHolderGoesOn() throws IOException {
        north.answering = (from, part) -> {
            part.bytes()[part.bytes().length / 2] ^= from > 300_000 ? 1 : 0;
            return part;
        };
        assertThat(read()).isEqualTo(plain);
        assertThat(blobs.refused()).isEqualTo(1);
        assertThat(valley.asked.getFirst()).isGreaterThan(300_000);
    }

    @Test
    void blobOfAnotherLength_isNotBelieved() throws IOException {
        north.answering = (_, part) -> new BlobPart(part.blobLengthBytes() + 1, part.bytes());
        assertThat(read()).isEqualTo(plain);
        assertThat(blobs.refused()).isEqualTo(1);
        assertThat(north.asked).hasSize(1);
    }

    @Test
    void holderThatFailed_isAskedAfterTheOthers() throws IOException {
        north.answering = (_, _) -> {
            throw new ArchiveException(ArchiveError.PEER_UNAVAILABLE, "north");
        };
        read();
        awaitKept();
        store.discard(object.blob());
        assertThat(read()).isEqualTo(plain);
        assertThat(north.asked).hasSize(1);
    }

    @Test
    void objectThatNobodyGives_isUnavailable() {
        north.answering = (_, _) -> {
            throw new ArchiveException(ArchiveError.PEER_UNAVAILABLE, "north");
        };
        valley.answering = (_, _) -> {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "blob");
        };
        assertRefused(ArchiveError.PEER_UNAVAILABLE);
        members.clear();
        assertRefused(ArchiveError.PEER_UNAVAILABLE);
    }

    @Test
    void transferThatWasCut_isContinued() throws IOException {
        north.answering = (from, part) -> {
            if (from > 1_000_000) {
                throw new ArchiveException(ArchiveError.PEER_UNAVAILABLE, "north");
            }
            return part;
        };
        valley.answering = (_, _) -> {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "blob");
        };
        assertRefused(ArchiveError.PEER_UNAVAILABLE);
        await().until(() -> store.status().bytes() > 1_000_000 && store.status().bytes() < LENGTH);
        valley.answering = (_, part) -> part;
        valley.asked.clear();
        assertThat(read()).isEqualTo(plain);
        assertThat(valley.asked.getFirst()).isGreaterThan(1_000_000);
    }

    @Test
    void firstBytes_areReadBeforeTheLastHaveCome() throws Exception {
        CountDownLatch later = new CountDownLatch(1);
        north.answering = (from, part) -> {
            if (from > 0) {
                await().until(() -> later.getCount() == 0);
            }
            return part;
        };
        try (SeekableByteChannel channel = blobs.open(object)) {
            ByteBuffer first = ByteBuffer.allocate(1000);
            assertThat(channel.read(first)).isEqualTo(1000);
            CompletableFuture<byte[]> rest = CompletableFuture.supplyAsync(() -> {
                try {
                    return rest(channel);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            assertThat(rest).isNotDone();
            later.countDown();
            assertThat(rest.get(20, TimeUnit.SECONDS)).hasSize(LENGTH - 1000);
        }
    }

    @Test
    void readersAtOnce_shareOneTransfer() throws Exception {
        List<CompletableFuture<byte[]>> readers = Stream.generate(() -> CompletableFuture.supplyAsync(() -> {
                    try {
                        return read();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }))
                .limit(4)
                .toList();
        for (CompletableFuture<byte[]> reader : readers) {
            assertThat(reader.get(20, TimeUnit.SECONDS)).isEqualTo(plain);
        }
        assertThat(north.asked).doesNotHaveDuplicates();
        await().until(() -> blobs.fetched() == 1);
    }

    @Test
    void expectedObject_comesBeforeItIsOpened() throws IOException {
        blobs.expect(object);
        awaitKept();
        int calls = north.asked.size();
        assertThat(read()).isEqualTo(plain);
        assertThat(north.asked).hasSize(calls);
    }

    private static void assertRefused(ArchiveError error, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ArchiveException.class,
                        refused -> assertThat(refused.error()).isEqualTo(error));
    }

    @Test
    void objectThatWasFetched_isGivenToOthersUnderItsOriginAlone() throws IOException {
        BlobId id = object.blob().id();
        // A site of whose own blobs one has this very name.
        HeldBlobs harbor = new HeldBlobs(HARBOR, origin, kept, store);
        assertRefused(ArchiveError.NOT_FOUND, () -> harbor.blob(VALLEY, NORTH, id, 0, 1000));
        read();
        awaitKept();
        BlobPart end = held.blob(HARBOR, NORTH, id, LENGTH, 1 << 20);
        assertThat(harbor.blob(VALLEY, NORTH, id, LENGTH, 1 << 20)).isEqualTo(end);
        assertThat(harbor.blob(VALLEY, NORTH, id, end.blobLengthBytes(), 9).bytes())
                .isEmpty();
        assertRefused(ArchiveError.INVALID_REQUEST, () -> harbor.blob(VALLEY, NORTH, id, end.blobLengthBytes() + 1, 9));
        assertRefused(ArchiveError.NOT_FOUND, () -> harbor.blob(NORTH, VALLEY, id, 0, 1000));
    }

    @Test
    void keptObjectThatRots_isFetchedAnewWhileItIsRead() throws IOException {
        read();
        awaitKept();
        Path kept;
        try (Stream<Path> files = Files.walk(directory.resolve("foreign"))) {
            kept = files.filter(Files::isRegularFile).findFirst().orElseThrow();
        }
        byte[] there = Files.readAllBytes(kept);
        there[LENGTH / 2] ^= 8;
        Files.write(kept, there);
        assertThat(read()).isEqualTo(plain);
        await().until(() -> blobs.fetched() == 2);
    }

    @Test
    void authenticObjectThatIsNotTheOneRecorded_isNeverReadToItsEnd() {
        ForeignObject lied = new ForeignObject(
                object.blob(), object.key(), Digest.sha256(new byte[] {7}), object.plainLengthBytes());
        assertRefused(ArchiveError.PEER_MISBEHAVED, () -> {
            try (SeekableByteChannel channel = blobs.open(lied)) {
                rest(channel);
            }
        });
        await().until(() -> store.status().equals(new ForeignBlobs.Status(0, 0, 0)));
    }
}
