package org.archipelago.blobstore;

import static org.archipelago.blobstore.BlobStoreContract.bytes;
import static org.archipelago.blobstore.BlobStoreContract.get;
import static org.archipelago.blobstore.BlobStoreContract.put;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.archipelago.contract.BlobId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The power fails between any two steps on the disk: what was acknowledged before is there, what was deleted is not. */
class PowerLossTest {
    private static final int ROUNDS = 40;

    @TempDir
    Path temp;

    private final long seed = Long.getLong("archipelago.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final Map<StoredBlob, byte[]> acknowledged = new ConcurrentHashMap<>();
    private final Set<BlobId> deleted = ConcurrentHashMap.newKeySet();
    private final List<Image> images = new ArrayList<>();
    private PowerLossDisk disk = new PowerLossDisk(temp("none"), random, () -> {});

    private static Path temp(String name) {
        return Path.of(name);
    }

    /** What was promised when the power failed. */
    private record Image(Path directory, Map<StoredBlob, byte[]> acknowledged, Set<BlobId> deleted) {}

    private void maybeFail() {
        if (random.nextInt(6) != 0) {
            return;
        }
        Path directory = temp.resolve("image" + images.size());
        try {
            // In this order: what is acknowledged meanwhile may be in the image, and need not.
            Image image = new Image(directory, Map.copyOf(acknowledged), Set.copyOf(deleted));
            disk.image(directory);
            images.add(image);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void acknowledgedBlobs_areThereAfterPowerLossAtAnyStep() throws IOException {
        Path live = temp.resolve("live");
        disk = new PowerLossDisk(live, random, this::maybeFail);
        BlobStoreOptions options =
                FilesystemBlobStoreTest.OPTIONS.withSmallBlobBytes(65_536).withSegmentBytes(300_000);
        try (FilesystemBlobStore store = open(live, options, disk)) {
            for (int round = 0; round < ROUNDS; round++) {
                byte[] plain = bytes(random.nextInt(3) == 0 ? 100_000 + round : 1 + random.nextInt(60_000), round);
                acknowledged.put(put(store, plain), plain);
                if (round % 4 == 3) {
                    StoredBlob doomed = acknowledged.keySet().iterator().next();
                    acknowledged.remove(doomed);
                    store.delete(doomed.id());
                    deleted.add(doomed.id());
                }
                if (round % 10 == 9) {
                    store.compact(0.8);
                }
            }
        }
        assertThat(images).hasSizeGreaterThan(20);
        for (Image image : images) {
            assertWhole(image, options);
        }
    }

    private void assertWhole(Image image, BlobStoreOptions options) throws IOException {
        String what = "seed " + seed + ", " + image.directory().getFileName();
        try (FilesystemBlobStore store = open(image.directory(), options, new RealDisk(false))) {
            for (Map.Entry<StoredBlob, byte[]> blob : image.acknowledged().entrySet()) {
                assertThat(get(store, blob.getKey())).as(what).isEqualTo(blob.getValue());
            }
            assertThat(image.deleted()).as(what).noneMatch(store::contains);
            store.verify((id, _, intact) ->
                    assertThat(intact).as(what + ": whole or absent, " + id).isTrue());
            byte[] next = bytes(5000, 99);
            assertThat(get(store, put(store, next))).as(what).isEqualTo(next);
        }
        try (Stream<Path> paths = java.nio.file.Files.walk(image.directory())) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                java.nio.file.Files.delete(path);
            }
        }
    }

    private static FilesystemBlobStore open(Path directory, BlobStoreOptions options, Disk disk) throws IOException {
        return FilesystemBlobStore.open(
                directory, options, BlobStoreListener.NONE, Clock.systemUTC(), new SecureRandom(), disk);
    }
}
