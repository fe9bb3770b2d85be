package org.archipelago.eventstore.rocksdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/**
 * Finds what RocksDB takes for a torn tail and is none. Its log files (write-ahead logs, MANIFEST) are blocks of 32 KiB
 * with fragments of masked CRC-32C 4, length 2, type 1 (little-endian), payload; the checksum does not cover the length.
 * So a flipped bit that makes a length point behind the end of the last block looks like a crash in mid-write, and RocksDB
 * would silently drop that record and all behind it, acknowledged ones among them. Here such a fragment is torn only if
 * no shorter length makes its checksum right.
 */
final class TailGuard {
    private static final int BLOCK_BYTES = 32 * 1024;
    private static final int HEADER_BYTES = 7;
    private static final int MASK_DELTA = 0xa282ead8;

    private TailGuard() {}

    /** @throws ArchiveException CORRUPT when a log file was cut short by a damaged length */
    static void check(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> logs = files.filter(TailGuard::isLogFile).toList();
            for (Path log : logs) {
                checkFile(log);
            }
        } catch (IOException e) {
            throw new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "event log", e);
        }
    }

    private static boolean isLogFile(Path file) {
        String name = file.getFileName().toString();
        return name.startsWith("MANIFEST-") || name.endsWith(".log");
    }

    private static void checkFile(Path file) throws IOException {
        byte[] block;
        try {
            block = lastBlock(file);
        } catch (NoSuchFileException _) {
            return; // a node that runs beside us has dropped it
        }
        int offset = 0;
        while (offset + HEADER_BYTES <= block.length) {
            int length = length(block, offset);
            int remaining = block.length - offset - HEADER_BYTES;
            if (length <= remaining) {
                offset += HEADER_BYTES + length;
                continue;
            }
            if (shorterLengthFits(block, offset, remaining)) {
                throw new ArchiveException(
                        ArchiveError.CORRUPT, file.getFileName() + ", length of a record in its last block");
            }
            return;
        }
    }

    private static byte[] lastBlock(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            long start = size / BLOCK_BYTES * BLOCK_BYTES;
            ByteBuffer buffer = ByteBuffer.allocate((int) (size - start));
            int read = 0;
            while (buffer.hasRemaining() && read >= 0) {
                read = channel.read(buffer, start + buffer.position());
            }
            return java.util.Arrays.copyOf(buffer.array(), buffer.position());
        }
    }

    private static boolean shorterLengthFits(byte[] block, int offset, int remaining) {
        int stored = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN).getInt(offset);
        CRC32C crc = new CRC32C();
        crc.update(block, offset + HEADER_BYTES - 1, 1);
        for (int length = 0; length <= remaining; length++) {
            boolean fits = masked((int) crc.getValue()) == stored;
            int end = offset + HEADER_BYTES + length;
            if (fits && (length == remaining || whole(block, end))) {
                return true;
            }
            if (length < remaining) {
                crc.update(block[end]);
            }
        }
        return false;
    }

    /** Whether what follows is a fragment too, or too short to be one: 32 bits of checksum alone might fit by chance. */
    private static boolean whole(byte[] block, int offset) {
        int remaining = block.length - offset - HEADER_BYTES;
        if (remaining < 0) {
            return true;
        }
        int length = length(block, offset);
        if (length > remaining) {
            return true;
        }
        CRC32C crc = new CRC32C();
        crc.update(block, offset + HEADER_BYTES - 1, 1 + length);
        return masked((int) crc.getValue())
                == ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN).getInt(offset);
    }

    private static int length(byte[] block, int offset) {
        return Byte.toUnsignedInt(block[offset + 4]) | Byte.toUnsignedInt(block[offset + 5]) << 8;
    }

    private static int masked(int crc) {
        return (crc >>> 15 | crc << 17) + MASK_DELTA;
    }
}
