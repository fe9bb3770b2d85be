package org.archipelago.eventstore.rocksdb;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a torn tail from damage, where RocksDB cannot: it drops silently what a flipped bit in a length hides, and refuses
 * for good what power loss leaves when the file's length was written and an earlier part of its last write was not.
 *
 * <p>RocksDB's log files (write-ahead logs, MANIFEST) are blocks of 32 KiB with fragments of masked CRC-32C 4, length 2,
 * type 1 (little-endian), payload; the checksum does not cover the length. A logical record is one fragment FULL, or FIRST,
 * MIDDLE..., LAST. Since every write is synced before the next begins, only the last logical record can be torn. So the file
 * is cut before the first fragment that is not whole if no other logical record begins behind it, and if what is missing
 * was never written: the file ends there, or reads as zeros up to the end of a sector. All else was altered after it was
 * acknowledged, and is refused.
 */
final class TailGuard {
    private static final Logger LOGGER = LoggerFactory.getLogger(TailGuard.class);

    /** What was cut off last, for whoever must look into it. */
    static final String EVIDENCE = "torn-tail";

    private static final int BLOCK_BYTES = 32 * 1024;
    private static final int HEADER_BYTES = 7;
    private static final int SECTOR_BYTES = 512;
    /** So many zeros up to the end of a sector are no accident. */
    private static final int PLAIN_ZEROS_BYTES = 16;
    /** Fewer, if they are all that the record has in its sector, may be a flipped bit. */
    private static final int FEW_ZEROS_BYTES = 4;

    private static final int MASK_DELTA = 0xa282ead8;
    private static final int FULL = 1;
    private static final int FIRST = 2;
    private static final int MIDDLE = 3;
    private static final int LAST = 4;

    private final Path file;
    private final ByteBuffer bytes;

    private TailGuard(Path file, ByteBuffer bytes) {
        this.file = file;
        this.bytes = bytes.order(ByteOrder.LITTLE_ENDIAN);
    }

    /** For reading alone: a log may be looked at where nothing can be written. */
    private static TailGuard open(Path file, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return new TailGuard(
                    file,
                    channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena)
                            .asByteBuffer());
        }
    }

    /**
     * Cuts torn tails; durable on return. Nobody else may use the log.
     *
     * @throws ArchiveException CORRUPT when a log file is damaged where it had been acknowledged
     */
    static void repair(Path directory) {
        eachTornTail(directory, TailGuard::cut);
    }

    /**
     * As {@link #repair}, but leaves a torn tail as it is: beside a running node it may be a write that is under way. RocksDB
     * would open without what a flipped bit hides, or never return.
     *
     * @throws ArchiveException CORRUPT when a log file is damaged where it had been acknowledged
     */
    static void check(Path directory) {
        eachTornTail(directory, (_, _) -> {});
    }

    private interface TornTail {
        void at(Path file, int offset) throws IOException;
    }

    private static void eachTornTail(Path directory, TornTail tail) {
        try {
            List<Path> logs = writeAheadLogs(directory);
            for (int i = 0; i < logs.size(); i++) {
                OptionalInt torn = tornAt(logs.get(i));
                if (torn.isPresent()) {
                    if (anyRecordIn(logs.subList(i + 1, logs.size()))) {
                        throw corrupt(logs.get(i), torn.getAsInt());
                    }
                    tail.at(logs.get(i), torn.getAsInt());
                }
            }
            Optional<Path> manifest = manifest(directory);
            if (manifest.isPresent()) {
                OptionalInt torn = tornAt(manifest.get());
                if (torn.isPresent()) {
                    tail.at(manifest.get(), torn.getAsInt());
                }
            }
        } catch (IOException e) {
            throw new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "event log", e);
        }
    }

    private static OptionalInt tornAt(Path file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return open(file, arena).tornAt();
        }
    }

    private static boolean anyRecordIn(List<Path> logs) throws IOException {
        for (Path log : logs) {
            try (Arena arena = Arena.ofConfined()) {
                if (open(log, arena).recordBegins(0)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static List<Path> writeAheadLogs(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(path -> path.getFileName().toString().matches("[0-9]+\\.log"))
                    .sorted(Comparator.comparingLong(
                            path -> Long.parseLong(path.getFileName().toString().replace(".log", ""))))
                    .toList();
        }
    }

    /** The one in use: another is a start that was interrupted, and RocksDB does not read it. */
    private static Optional<Path> manifest(Path directory) throws IOException {
        Path current = directory.resolve("CURRENT");
        if (!Files.isRegularFile(current) || Files.size(current) > SECTOR_BYTES) {
            return Optional.empty();
        }
        String name = Files.readString(current, StandardCharsets.ISO_8859_1).strip();
        return name.matches("MANIFEST-[0-9]+")
                ? Optional.of(directory.resolve(name)).filter(Files::isRegularFile)
                : Optional.empty();
    }

    /** Where the logical record begins that is not whole; empty when all are. @throws ArchiveException CORRUPT */
    private OptionalInt tornAt() {
        int recordStart = -1;
        int offset = 0;
        while (offset < bytes.limit()) {
            int left = leftInBlock(offset);
            if (left < HEADER_BYTES) {
                offset += left;
                continue;
            }
            int type = type(offset);
            boolean continues = type == MIDDLE || type == LAST;
            if (!isWhole(offset) || continues != recordStart >= 0) {
                return OptionalInt.of(tornAt(recordStart < 0 ? offset : recordStart, offset));
            }
            if (type == FIRST) {
                recordStart = offset;
            } else if (type != MIDDLE) {
                recordStart = -1;
            }
            offset += HEADER_BYTES + length(offset);
        }
        return recordStart < 0 ? OptionalInt.empty() : OptionalInt.of(recordStart);
    }

    private int tornAt(int recordStart, int bad) {
        if (recordBegins(bad + 1) || (isWhole(bad) && type(bad) <= FIRST)) {
            throw corrupt(file, bad);
        }
        if (!endsInside(bad) && !neverWritten(recordStart, bad)) {
            throw corrupt(file, bad);
        }
        return recordStart;
    }

    /** Whether a whole fragment that begins a logical record starts at this offset or behind it. */
    private boolean recordBegins(int from) {
        for (int offset = from; offset + HEADER_BYTES <= bytes.limit(); offset++) {
            int type = type(offset);
            if ((type == FULL || type == FIRST) && leftInBlock(offset) >= HEADER_BYTES && isWhole(offset)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the file ends before the fragment does, and not because of a damaged length. */
    private boolean endsInside(int offset) {
        int remaining = bytes.limit() - offset - HEADER_BYTES;
        boolean inLastBlock = offset / BLOCK_BYTES == (bytes.limit() - 1) / BLOCK_BYTES;
        return inLastBlock && (remaining < 0 || (length(offset) > remaining && !shorterLengthFits(offset, remaining)));
    }

    private boolean shorterLengthFits(int offset, int remaining) {
        int stored = word(offset);
        MaskedCrc crc = new MaskedCrc();
        crc.update(bytes, offset + HEADER_BYTES - 1, 1);
        for (int length = 0; length <= remaining; length++) {
            int end = offset + HEADER_BYTES + length;
            boolean isLast = bytes.limit() - end < HEADER_BYTES;
            if (crc.masked() == stored
                    && (isLast || length(end) > bytes.limit() - end - HEADER_BYTES || isWhole(end))) {
                return true;
            }
            if (length < remaining) {
                crc.update(bytes, end, 1);
            }
        }
        return false;
    }

    /** Whether some sector, as far as it belongs to the record, reads as zeros up to its end. */
    private boolean neverWritten(int recordStart, int bad) {
        for (int start = recordStart; start < bytes.limit(); ) {
            int end = Math.min(bytes.limit(), (start / SECTOR_BYTES + 1) * SECTOR_BYTES);
            int zeros = zerosBefore(end, start);
            boolean all = zeros == end - start;
            if (zeros >= PLAIN_ZEROS_BYTES
                    || (all && (zeros >= FEW_ZEROS_BYTES || !isOneFlippedBit(bad, start, end)))) {
                return true;
            }
            start = end;
        }
        return false;
    }

    private int zerosBefore(int end, int start) {
        int at = end;
        while (at > start && bytes.get(at - 1) == 0) {
            at--;
        }
        return end - at;
    }

    /** Tried out on a copy of the fragment's block: what lies elsewhere does not make it whole. */
    private boolean isOneFlippedBit(int bad, int start, int end) {
        int blockStart = bad - bad % BLOCK_BYTES;
        int blockEnd = Math.min(bytes.limit(), blockStart + BLOCK_BYTES);
        ByteBuffer copy = ByteBuffer.allocate(blockEnd - blockStart).put(0, bytes, blockStart, blockEnd - blockStart);
        TailGuard block = new TailGuard(file, copy);
        for (int i = Math.max(start, blockStart); i < Math.min(end, blockEnd); i++) {
            byte before = bytes.get(i);
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                copy.put(i - blockStart, (byte) (before ^ 1 << bit));
                if (block.isWhole(bad - blockStart)) {
                    return true;
                }
            }
            copy.put(i - blockStart, before);
        }
        return false;
    }

    private boolean isWhole(int offset) {
        int end = offset + HEADER_BYTES + length(offset);
        if (type(offset) == 0 || end > bytes.limit() || HEADER_BYTES + length(offset) > leftInBlock(offset)) {
            return false;
        }
        MaskedCrc crc = new MaskedCrc();
        crc.update(bytes, offset + HEADER_BYTES - 1, 1 + length(offset));
        return crc.masked() == word(offset);
    }

    private static int leftInBlock(int offset) {
        return BLOCK_BYTES - offset % BLOCK_BYTES;
    }

    /** Of a header that may be cut off: missing bytes are zeros. */
    private int type(int offset) {
        return at(offset + HEADER_BYTES - 1);
    }

    private int length(int offset) {
        return at(offset + 4) | at(offset + 5) << 8;
    }

    private int at(int offset) {
        return offset < bytes.limit() ? Byte.toUnsignedInt(bytes.get(offset)) : 0;
    }

    private int word(int offset) {
        return bytes.getInt(offset);
    }

    private static final class MaskedCrc {
        private final CRC32C crc = new CRC32C();

        void update(ByteBuffer bytes, int offset, int length) {
            crc.update(bytes.slice(offset, length));
        }

        int masked() {
            int value = (int) crc.getValue();
            return (value >>> 15 | value << 17) + MASK_DELTA;
        }
    }

    private static void cut(Path file, int offset) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileChannel evidence = FileChannel.open(
                        file.resolveSibling(EVIDENCE),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            long length = channel.size() - offset;
            LOGGER.warn(
                    "The last write to {} was interrupted before it was acknowledged: its {} bytes from byte {} on are cut off",
                    file.getFileName(),
                    length,
                    offset);
            for (long done = 0; done < length; ) {
                done += channel.transferTo(offset + done, length - done, evidence);
            }
            evidence.force(true);
            channel.truncate(offset);
            channel.force(true);
        }
    }

    private static ArchiveException corrupt(Path file, int offset) {
        return new ArchiveException(
                ArchiveError.CORRUPT,
                file.getFileName() + " at byte " + offset + " of the event log; restore the site from its backup");
    }
}
