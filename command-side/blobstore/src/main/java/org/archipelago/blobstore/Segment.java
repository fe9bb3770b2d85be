package org.archipelago.blobstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;

/** Reading segment files: {@code segments/<16 hex digits>.seg}, one block of header, then records. */
final class Segment {
    static final int FIRST_RECORD_BYTES = Disk.BLOCK_BYTES;
    private static final long MAGIC = 0x4152_4353_4547_0001L;
    private static final int SCAN_BYTES = 1 << 20;

    private Segment() {}

    static Path path(Path segments, long number) {
        return segments.resolve(HexFormat.of().toHexDigits(number) + ".seg");
    }

    /** Ascending. */
    static List<Long> numbers(Path segments) throws IOException {
        try (Stream<Path> paths = Files.list(segments)) {
            return paths.map(path -> path.getFileName().toString())
                    .filter(name -> name.matches("[0-9a-f]{16}\\.seg"))
                    .map(name -> Long.parseUnsignedLong(name.substring(0, 16), 16))
                    .sorted()
                    .toList();
        }
    }

    /** The first block of a new segment. */
    static void writeHeader(ByteBuffer block, long number) {
        while (block.hasRemaining()) {
            block.putLong(0);
        }
        block.clear().putLong(0, MAGIC).putLong(8, number);
    }

    /** A record's header and where it is. */
    record Found(RecordHeader header, long offsetBytes) {
        Location location() {
            return new Location(
                    header.type() == RecordHeader.Type.OWN_FILE, header.segment(), offsetBytes, header.lengthBytes());
        }
    }

    /**
     * Headers from an offset on, whose records are there in full length. What is no header is passed over block by block:
     * a damaged header hides its own record only, and a torn tail nothing.
     */
    static List<Found> scan(FileChannel file, long number, long fromBytes) throws IOException {
        List<Found> found = new ArrayList<>();
        long size = file.size();
        long offset = Math.max(fromBytes, FIRST_RECORD_BYTES);
        ByteBuffer window = ByteBuffer.allocate(SCAN_BYTES);
        window.limit(0);
        long windowStart = offset;
        boolean lost = false;
        while (offset + RecordHeader.LENGTH_BYTES <= size) {
            if (offset < windowStart || offset + RecordHeader.LENGTH_BYTES > windowStart + window.limit()) {
                windowStart = offset;
                // Behind a whole record the next header is all that is wanted; behind damage, everything is.
                readFully(file, window.clear().limit(lost ? SCAN_BYTES : Disk.BLOCK_BYTES), offset);
                window.flip();
            }
            Optional<RecordHeader> header = RecordHeader.read(window, (int) (offset - windowStart), number);
            lost = header.isEmpty()
                    || offset + RecordHeader.LENGTH_BYTES + header.get().payloadBytes() > size;
            if (lost) {
                offset += Disk.BLOCK_BYTES;
            } else {
                found.add(new Found(header.get(), offset));
                offset = end(found.getLast());
            }
        }
        return found;
    }

    private static long end(Found found) {
        return found.offsetBytes() + found.header().recordBytes();
    }

    static void readFully(FileChannel file, ByteBuffer target, long offsetBytes) throws IOException {
        long position = offsetBytes;
        while (target.hasRemaining()) {
            int read = file.read(target, position);
            if (read < 0) {
                return;
            }
            position += read;
        }
    }

    static FileChannel open(Path segments, long number) throws IOException {
        return FileChannel.open(path(segments, number), StandardOpenOption.READ);
    }

    /** Whether the stored bytes are those that the header names. */
    static boolean isIntact(FileChannel file, Found found) throws IOException {
        return id(
                        file,
                        found.offsetBytes() + RecordHeader.LENGTH_BYTES,
                        found.header().payloadBytes())
                .equals(found.header().id());
    }

    /** Whether some block of a record never reached the medium: it reads as zeros, which no cipher text does. */
    static boolean hasUnwrittenBlock(FileChannel file, Found found) throws IOException {
        long end =
                found.offsetBytes() + RecordHeader.LENGTH_BYTES + found.header().payloadBytes();
        ByteBuffer block = ByteBuffer.allocate(Disk.BLOCK_BYTES);
        for (long at = found.offsetBytes(); at < end; at += Disk.BLOCK_BYTES) {
            readFully(file, block.clear().limit((int) Math.min(Disk.BLOCK_BYTES, end - at)), at);
            if (block.flip().mismatch(ByteBuffer.allocate(block.remaining())) < 0) {
                return true;
            }
        }
        return false;
    }

    private static BlobId id(FileChannel file, long offsetBytes, long lengthBytes) throws IOException {
        StoredDigest digest = new StoredDigest();
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(lengthBytes, 256 << 10));
        long done = 0;
        while (done < lengthBytes) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), lengthBytes - done));
            readFully(file, buffer, offsetBytes + done);
            if (buffer.position() == 0) {
                break;
            }
            done += buffer.position();
            digest.update(buffer.flip());
        }
        return digest.id();
    }

    /** The ids that a tombstones record lists. */
    static List<BlobId> tombstones(FileChannel file, Found found) throws IOException {
        ByteBuffer list = ByteBuffer.allocate(Math.toIntExact(found.header().lengthBytes()));
        readFully(file, list, found.offsetBytes() + RecordHeader.LENGTH_BYTES);
        list.flip();
        List<BlobId> ids = new ArrayList<>();
        byte[] id = new byte[Digest.LENGTH_BYTES];
        while (list.remaining() >= id.length) {
            list.get(id);
            ids.add(new BlobId(Digest.of(id)));
        }
        return ids;
    }
}
