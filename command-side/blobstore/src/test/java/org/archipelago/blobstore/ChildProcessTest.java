package org.archipelago.blobstore;

import static org.archipelago.blobstore.BlobStoreContract.assertRefused;
import static org.archipelago.blobstore.BlobStoreContract.bytes;
import static org.archipelago.blobstore.BlobStoreContract.readAll;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.BlobId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildProcessTest {
    @TempDir
    Path temp;

    private static Process start(String maxHeap, Path output, Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xmx" + maxHeap,
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }

    @Test
    void killedAgainAndAgain_everyAcknowledgedBlobIsThereAndNoDeletedOne() throws Exception {
        Path directory = temp.resolve("store");
        Map<BlobId, String[]> stored = new HashMap<>();
        Set<BlobId> deleting = new HashSet<>();
        Set<BlobId> deleted = new HashSet<>();
        for (int round = 0; round < 3; round++) {
            Path output = temp.resolve("output" + round);
            Process child = start("128m", output, KilledWriter.class, directory.toString(), "" + round);
            int wanted = 60 + 70 * round;
            org.awaitility.Awaitility.await()
                    .atMost(java.time.Duration.ofSeconds(60))
                    .pollInterval(java.time.Duration.ofMillis(5))
                    .until(() -> Files.readString(output).lines().count() >= wanted || !child.isAlive());
            assertThat(child.isAlive()).as(Files.readString(output)).isTrue();
            child.destroyForcibly().waitFor();
            String said = Files.readString(output);
            for (String line : said.substring(0, said.lastIndexOf('\n')).split("\n")) {
                String[] words = line.split(" ");
                BlobId id = BlobId.parse(words[1]);
                switch (words[0]) {
                    case "stored" -> stored.put(id, words);
                    case "deleting" -> deleting.add(id);
                    case "deleted" -> deleted.add(id);
                    default -> throw new AssertionError(line);
                }
            }
        }
        assertThat(deleted).isNotEmpty();
        try (FilesystemBlobStore store = FilesystemBlobStore.open(directory, FilesystemBlobStoreTest.OPTIONS)) {
            for (var one : stored.entrySet()) {
                if (deleted.contains(one.getKey())) {
                    assertRefused(ArchiveError.NOT_FOUND, () -> store.openStored(one.getKey()));
                } else if (!deleting.contains(one.getKey())) {
                    int length = Integer.parseInt(one.getValue()[2]);
                    BlobKey key = BlobKey.unwrap(HexFormat.of().parseHex(one.getValue()[3]), KilledWriter.WRAPPING_KEY);
                    assertThat(readAll(store.open(one.getKey(), key))).isEqualTo(bytes(length, length));
                }
            }
            store.verify((id, _, intact) -> assertThat(intact).as("%s", id).isTrue());
            store.reclaimOrphans(stored::containsKey);
            long expected = stored.keySet().stream().filter(store::contains).count();
            assertThat(store.status().blobs()).isEqualTo(expected);
        }
        try (var paths = Files.list(directory.resolve("incoming"))) {
            assertThat(paths).isEmpty();
        }
    }

    /** 4 GB at -Xmx512m is run by hand: see the ADR. */
    @Test
    void gigabyteObject_passesThroughSixtyFourMegabytes() throws Exception {
        Path output = temp.resolve("output");
        Process child =
                start("64m", output, LargeBlob.class, temp.resolve("store").toString(), "" + (1L << 30));
        assertThat(child.waitFor()).as(Files.readString(output)).isZero();
        System.out.print(Files.readString(output));
    }
}
