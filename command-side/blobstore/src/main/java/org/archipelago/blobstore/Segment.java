package org.archipelago.blobstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reading segment files: {@code segments/<16 hex digits>.seg}, one block of header, then records. */
final class Segment {
    private static final Logger LOG = LoggerFactory.getLogger(Segment.class);
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
     * a damaged or unreadable header hides its own record only, and a torn tail nothing.
     */
    static List<Found> scan(FileChannel file, long number, long fromBytes) throws IOException {
        List<Found> found = new ArrayList<>();
        long size = file.size();
        long offset = Math.max(fromBytes, FIRST_RECORD_BYTES);
        ByteBuffer window = ByteBuffer.allocate(SCAN_BYTES);
        window.limit(0);
        long windowStart = offset;
        boolean lost = false;
        long unreadable = 0;
        while (offset + RecordHeader.LENGTH_BYTES <= size) {
            if (offset < windowStart || offset + RecordHeader.LENGTH_BYTES > windowStart + window.limit()) {
                windowStart = offset;
                // Behind a whole record the next header is all that is wanted; behind damage, everything is.
                readBlocks(file, window, lost ? SCAN_BYTES : Disk.BLOCK_BYTES, offset);
                if (window.limit() < RecordHeader.LENGTH_BYTES) {
                    unreadable++;
                    lost = true;
                    offset += Disk.BLOCK_BYTES;
                    continue;
                }
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
        if (unreadable > 0) {
            LOG.error(
                    "Segment {}: {} blocks of {} bytes cannot be read where a record may begin",
                    number,
                    unreadable,
                    Disk.BLOCK_BYTES);
        }
        return found;
    }

    /** As many whole blocks as can be read from the offset on, up to a length; none when the first of them cannot. */
    private static void readBlocks(FileChannel file, ByteBuffer window, int lengthBytes, long offset)
            throws IOException {
        try {
            readFully(file, window.clear().limit(lengthBytes), offset);
        } catch (DiskReadException e) {
            window.limit(window.position() / Disk.BLOCK_BYTES * Disk.BLOCK_BYTES)
                    .position(window.limit());
            if (window.limit() == 0 && lengthBytes > Disk.BLOCK_BYTES) {
                readBlocks(file, window, Disk.BLOCK_BYTES, offset);
                return;
            }
        }
        window.flip();
    }

    private static long end(Found found) {
        return found.offsetBytes() + found.header().recordBytes();
    }

    /**
     * Up to the end of the file.
     *
     * @throws DiskReadException the target has what came before the fault
     */
    static void readFully(FileChannel file, ByteBuffer target, long offsetBytes) throws IOException {
        long position = offsetBytes;
        try {
            while (target.hasRemaining()) {
                int read = file.read(target, position);
                if (read < 0) {
                    return;
                }
                position += read;
            }
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            throw new DiskReadException(e);
        }
    }

    static FileChannel open(Disk disk, Path segments, long number) throws IOException {
        return disk.open(path(segments, number));
    }

    /** Whether the stored bytes can be read and are those that the header names. */
    static boolean isIntact(FileChannel file, Found found) throws IOException {
        try {
            return id(
                            file,
                            found.offsetBytes() + RecordHeader.LENGTH_BYTES,
                            found.header().payloadBytes())
                    .equals(found.header().id());
        } catch (DiskReadException e) {
            return false;
        }
    }

    /** Whether some block of a record never reached the medium: it reads as zeros, which no cipher text does. */
    static boolean hasUnwrittenBlock(FileChannel file, Found found) throws IOException {
        long end =
                found.offsetBytes() + RecordHeader.LENGTH_BYTES + found.header().payloadBytes();
        ByteBuffer block = ByteBuffer.allocate(Disk.BLOCK_BYTES);
        for (long at = found.offsetBytes(); at < end; at += Disk.BLOCK_BYTES) {
            if (isUnwritten(file, block.clear().limit((int) Math.min(Disk.BLOCK_BYTES, end - at)), at)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isUnwritten(FileChannel file, ByteBuffer block, long offset) throws IOException {
        try {
            readFully(file, block, offset);
            return block.flip().mismatch(ByteBuffer.allocate(block.remaining())) < 0;
        } catch (DiskReadException e) {
            return false;
        }
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
