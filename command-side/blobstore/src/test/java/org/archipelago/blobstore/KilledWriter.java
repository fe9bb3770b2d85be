package org.archipelago.blobstore;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Random;
import javax.crypto.spec.SecretKeySpec;

/** Stores and deletes until it is killed, and says of each what was acknowledged. {@code KilledWriter DIR SEED}. */
final class KilledWriter {
    static final SecretKeySpec WRAPPING_KEY = new SecretKeySpec(new byte[32], "AES");

    private KilledWriter() {}

    public static void main(String[] args) throws IOException {
        long seed = Long.parseLong(args[1]);
        FilesystemBlobStore store =
                FilesystemBlobStore.open(Path.of(args[0]), FilesystemBlobStoreTest.OPTIONS.withSegmentBytes(4 << 20));
        PrintStream out = System.out;
        for (int i = 0; i < 4; i++) {
            Random random = new Random(seed * 31 + i);
            Thread.ofPlatform().start(() -> writeForEver(store, random, out));
        }
    }

    private static void writeForEver(FilesystemBlobStore store, Random random, PrintStream out) {
        while (true) {
            int length = random.nextInt(10) == 0 ? 1_500_000 : random.nextInt(200_000);
            StoredBlob blob = BlobStoreContract.put(store, BlobStoreContract.bytes(length, length));
            say(
                    out,
                    "stored %s %d %s"
                            .formatted(
                                    blob.id(),
                                    length,
                                    HexFormat.of().formatHex(blob.key().wrap(WRAPPING_KEY))));
            if (random.nextInt(4) == 0) {
                say(out, "deleting " + blob.id());
                store.delete(blob.id());
                say(out, "deleted " + blob.id());
            }
        }
    }

    private static void say(PrintStream out, String line) {
        synchronized (out) {
            out.print(line + "\n");
            out.flush();
        }
    }
}
