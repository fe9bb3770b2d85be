package org.archipelago.blobstore;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;

/**
 * What stands before each record of a segment, at a multiple of the block:
 *
 * <pre>magic u32 | type u32 | segment u64 | group u64 | length u64 | blob id 32 | CRC-32C u32 | zeros to 128</pre>
 *
 * The stored bytes follow; zeros fill the last block. The blob id is the {@link StoredDigest} of the stored bytes, so a
 * record proves itself. For tombstones it is that of the list that follows.
 *
 * @param group number of the sync, within its segment, that made this durable
 */
record RecordHeader(Type type, long segment, long group, long lengthBytes, BlobId id) {
    static final int LENGTH_BYTES = 128;
    private static final int MAGIC = 0x4152_4352;
    private static final int CRC_OFFSET = 64;

    /** What a record is. */
    enum Type {
        BLOB(1),
        OWN_FILE(2),
        TOMBSTONES(3);

        /** What segments have on disk: never changed or used again. */
        private final int code;

        Type(int code) {
            this.code = code;
        }

        private static Optional<Type> ofCode(int code) {
            return Arrays.stream(values()).filter(one -> one.code == code).findFirst();
        }
    }

    /** Bytes of the segment that follow the header and belong to the record. */
    long payloadBytes() {
        return type == Type.OWN_FILE ? 0 : lengthBytes;
    }

    long recordBytes() {
        return recordBytes(payloadBytes());
    }

    static long recordBytes(long payloadBytes) {
        return blocks(LENGTH_BYTES + payloadBytes);
    }

    static long blocks(long bytes) {
        return (bytes + Disk.BLOCK_BYTES - 1) / Disk.BLOCK_BYTES * Disk.BLOCK_BYTES;
    }

    /** Into the first bytes of the buffer, whose position does not change. */
    void write(ByteBuffer target) {
        ByteBuffer header = target.slice(0, LENGTH_BYTES);
        header.putInt(MAGIC).putInt(type.code).putLong(segment).putLong(group).putLong(lengthBytes);
        header.put(id.digest().toBytes());
        header.putInt(crc(target.slice(0, CRC_OFFSET)));
        while (header.hasRemaining()) {
            header.put((byte) 0);
        }
    }

    /** Empty when it is none of this segment. */
    static Optional<RecordHeader> read(ByteBuffer source, int at, long segment) {
        if (source.limit() - at < LENGTH_BYTES || source.getInt(at) != MAGIC) {
            return Optional.empty();
        }
        Optional<Type> type = Type.ofCode(source.getInt(at + 4));
        if (source.getInt(at + CRC_OFFSET) != crc(source.slice(at, CRC_OFFSET))
                || type.isEmpty()
                || source.getLong(at + 8) != segment
                || source.getLong(at + 24) < 0) {
            return Optional.empty();
        }
        byte[] id = new byte[Digest.LENGTH_BYTES];
        source.get(at + 32, id);
        return Optional.of(new RecordHeader(
                type.get(), segment, source.getLong(at + 16), source.getLong(at + 24), new BlobId(Digest.of(id))));
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }
}
