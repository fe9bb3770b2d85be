package org.archipelago.blobstore;

import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.SplittableRandom;
import org.archipelago.contract.Digest;

/** Stores one object of a given size and reads it back, whole and here and there. {@code LargeBlob DIR BYTES}; bound its memory with -Xmx. */
final class LargeBlob {
    private static final int BLOCK_BYTES = 1 << 20;

    private LargeBlob() {}

    /** The bytes at a place, without holding the others. */
    private static void fill(byte[] block, long number) {
        SplittableRandom random = new SplittableRandom(number);
        for (int i = 0; i + 8 <= block.length; i += 8) {
            ByteBuffer.wrap(block).putLong(i, random.nextLong());
        }
    }

    public static void main(String[] args) throws Exception {
        long bytes = Long.parseLong(args[1]) / BLOCK_BYTES * BLOCK_BYTES;
        byte[] block = new byte[BLOCK_BYTES];
        long start = System.nanoTime();
        try (FilesystemBlobStore store =
                FilesystemBlobStore.open(Path.of(args[0]), BlobStoreOptions.DEFAULT.withLowWaterBytes(1 << 20))) {
            StoredBlob blob;
            try (BlobWriter writer = store.begin()) {
                for (long i = 0; i < bytes / BLOCK_BYTES; i++) {
                    fill(block, i);
                    writer.write(ByteBuffer.wrap(block));
                }
                blob = writer.commit();
            }
            long written = System.nanoTime();
            try (SeekableByteChannel channel = store.open(blob.id(), blob.key())) {
                check(channel.size() == bytes, "size");
                MessageDigest digest = Digest.newSha256();
                ByteBuffer buffer = ByteBuffer.wrap(block);
                while (channel.read(buffer.clear()) >= 0) {
                    digest.update(block, 0, buffer.position());
                }
                check(Digest.of(digest.digest()).equals(blob.plainDigest()), "digest");
                long read = System.nanoTime();
                byte[] expected = new byte[BLOCK_BYTES];
                for (long i : new long[] {0, bytes / BLOCK_BYTES / 2, bytes / BLOCK_BYTES - 1}) {
                    fill(expected, i);
                    channel.position(i * BLOCK_BYTES);
                    buffer.clear();
                    while (buffer.hasRemaining()) {
                        check(channel.read(buffer) >= 0, "early end");
                    }
                    check(java.util.Arrays.equals(block, expected), "block " + i);
                }
                System.out.printf(
                        "%d bytes, at most %d MiB of heap: written %.1f s (%.0f MB/s), read %.1f s (%.0f MB/s)%n",
                        bytes,
                        Runtime.getRuntime().maxMemory() >> 20,
                        (written - start) / 1e9,
                        bytes * 1e3 / (written - start),
                        (read - written) / 1e9,
                        bytes * 1e3 / (read - written));
            }
            store.delete(blob.id());
        }
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
