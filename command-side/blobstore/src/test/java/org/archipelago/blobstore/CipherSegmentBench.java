package org.archipelago.blobstore;

import com.google.crypto.tink.subtle.AesGcmHkdfStreaming;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** By size of a cipher segment: encryption, a sequential read, random reads of a frame and of a header. {@code CipherSegmentBench DIR}. */
final class CipherSegmentBench {
    private static final int OBJECT_BYTES = 64 << 20;
    private static final byte[] NOTHING = new byte[0];

    private CipherSegmentBench() {}

    public static void main(String[] args) throws Exception {
        System.out.println(
                "| cipher segment | encrypt MB/s | read MB/s | 512 KiB at random, us | 4 KiB at random, us |");
        System.out.println("|---|---|---|---|---|");
        for (int round = 0; round < 3; round++) {
            for (int kib : new int[] {16, 64, 256, 1024}) {
                measure(Path.of(args[0]), kib << 10, round > 0);
            }
        }
    }

    private static void measure(Path directory, int segmentBytes, boolean print) throws Exception {
        AesGcmHkdfStreaming cipher = new AesGcmHkdfStreaming(new byte[32], "HmacSha256", 32, segmentBytes, 0);
        ByteBuffer plain = ByteBuffer.allocate(OBJECT_BYTES);
        new Random(1).nextBytes(plain.array());
        double encrypt = 0;
        for (int i = 0; i < 5; i++) {
            long start = System.nanoTime();
            try (WritableByteChannel sink =
                    cipher.newEncryptingChannel(Channels.newChannel(OutputStream.nullOutputStream()), NOTHING)) {
                sink.write(plain.clear());
            }
            encrypt = Math.max(encrypt, OBJECT_BYTES * 1e3 / (System.nanoTime() - start));
        }
        Path file = Files.createTempFile(directory, "cipher", "");
        try (WritableByteChannel sink =
                cipher.newEncryptingChannel(Channels.newChannel(Files.newOutputStream(file)), NOTHING)) {
            sink.write(plain.clear());
        }
        double read = 0;
        for (int i = 0; i < 5; i++) {
            long start = System.nanoTime();
            try (SeekableByteChannel channel = cipher.newSeekableDecryptingChannel(FileChannel.open(file), NOTHING)) {
                plain.clear();
                while (plain.hasRemaining() && channel.read(plain) >= 0) {}
            }
            read = Math.max(read, OBJECT_BYTES * 1e3 / (System.nanoTime() - start));
        }
        double frame = random(cipher, file, 512 << 10);
        double header = random(cipher, file, 4 << 10);
        Files.delete(file);
        if (print) {
            System.out.printf(
                    "| %d KiB | %.0f | %.0f | %.0f | %.0f |%n", segmentBytes >> 10, encrypt, read, frame, header);
        }
    }

    /** Opened anew each time, as a request for a frame does. */
    private static double random(AesGcmHkdfStreaming cipher, Path file, int length) throws Exception {
        Random random = new Random(2);
        ByteBuffer target = ByteBuffer.allocate(length);
        int times = 300;
        long start = System.nanoTime();
        for (int i = 0; i < times; i++) {
            try (SeekableByteChannel channel = cipher.newSeekableDecryptingChannel(FileChannel.open(file), NOTHING)) {
                channel.position(random.nextInt(OBJECT_BYTES - length));
                target.clear();
                while (target.hasRemaining()) {
                    channel.read(target);
                }
            }
        }
        return (System.nanoTime() - start) / 1e3 / times;
    }
}
