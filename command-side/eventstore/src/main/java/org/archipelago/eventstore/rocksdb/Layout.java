package org.archipelago.eventstore.rocksdb;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.eventstore.record.RecordFormat;
import org.archipelago.eventstore.record.RecordHeader;

/**
 * Keys and values, big-endian.
 *
 * <pre>
 * RECORDS    local position 8 -> origin position 8 | CRC-32C of both positions 4
 *                                | header length, its highest bit set when the body is withheld 2
 *                                | SHA-256 of the header 32 | header | sealed body
 * STREAMS    first 16 bytes of SHA-256 of the stream id | revision 8 -> local position 8
 * IDS        record id 16, before it the origin 16 if that is another site -> local position 8
 * ORIGINS    origin 16 | origin position 8 -> local position 8
 * CLAIMS     claim name -> local position 8 of the first record of each stream that holds it
 * SNAPSHOTS  first 16 bytes of SHA-256 of the stream id -> snapshot
 * META       name -> value
 * </pre>
 */
final class Layout {
    static final int POSITION_BYTES = 8;
    static final int STREAM_KEY_BYTES = 16;
    /** A claim that more streams hold keeps these: the conflict is plain by then, and one sender cannot grow it without end. */
    static final int MAX_CLAIM_HOLDERS = 1024;

    private static final int WITHHELD = 0x8000;
    private static final int PREFIX_BYTES = POSITION_BYTES + 4 + 2 + Digest.LENGTH_BYTES;
    private static final byte HEX_NAME = 0;
    private static final byte TEXT_NAME = 1;

    private Layout() {}

    static byte[] position(long position) {
        return ByteBuffer.allocate(POSITION_BYTES).putLong(position).array();
    }

    static long position(byte[] bytes) {
        return ByteBuffer.wrap(bytes).getLong();
    }

    static byte[] streamKey(StreamId stream) {
        return Arrays.copyOf(
                Digest.sha256(stream.value().getBytes(StandardCharsets.UTF_8)).toBytes(), STREAM_KEY_BYTES);
    }

    static byte[] revisionKey(byte[] streamKey, long revision) {
        return ByteBuffer.allocate(STREAM_KEY_BYTES + POSITION_BYTES)
                .put(streamKey)
                .putLong(revision)
                .array();
    }

    static byte[] idKey(RecordId id) {
        return uuid(id.value());
    }

    /**
     * Of the index of record ids. Nobody knows an id before its record is made, but who makes one later may choose it: so no
     * origin can take an id away from another.
     */
    static byte[] idKey(RecordHeader header, SiteId own) {
        return header.origin().equals(own) ? idKey(header.id()) : idKey(header.origin(), header.id());
    }

    static byte[] idKey(SiteId origin, RecordId id) {
        return ByteBuffer.allocate(32)
                .put(uuid(origin.value()))
                .put(uuid(id.value()))
                .array();
    }

    /** Whose record id this is, in which key. */
    static RecordId idOf(byte[] idKey) {
        return new RecordId(uuid(Arrays.copyOfRange(idKey, idKey.length - 16, idKey.length)));
    }

    static byte[] originKey(SiteId origin, long position) {
        return ByteBuffer.allocate(16 + POSITION_BYTES)
                .put(uuid(origin.value()))
                .putLong(position)
                .array();
    }

    /** Claim names are hexadecimal as a rule: half the bytes then. */
    static byte[] claimKey(String name) {
        boolean hex = isLowerHex(name);
        byte[] bytes = hex ? HexFormat.of().parseHex(name) : name.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(1 + bytes.length)
                .put(hex ? HEX_NAME : TEXT_NAME)
                .put(bytes)
                .array();
    }

    private static boolean isLowerHex(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!(c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
                return false;
            }
        }
        return !name.isEmpty() && name.length() % 2 == 0;
    }

    static String claimName(byte[] key) {
        byte[] bytes = Arrays.copyOfRange(key, 1, key.length);
        return key[0] == HEX_NAME ? HexFormat.of().formatHex(bytes) : new String(bytes, StandardCharsets.UTF_8);
    }

    static byte[] uuid(UUID value) {
        return ByteBuffer.allocate(16)
                .putLong(value.getMostSignificantBits())
                .putLong(value.getLeastSignificantBits())
                .array();
    }

    static UUID uuid(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        long high = buffer.getLong();
        return new UUID(high, buffer.getLong());
    }

    static long[] holders(byte[] value) {
        long[] holders = new long[value.length / POSITION_BYTES];
        ByteBuffer.wrap(value).asLongBuffer().get(holders);
        return holders;
    }

    static byte[] holders(long[] holders) {
        ByteBuffer buffer = ByteBuffer.allocate(holders.length * POSITION_BYTES);
        buffer.asLongBuffer().put(holders);
        return buffer.array();
    }

    static byte[] recordValue(long local, long originPosition, LogRecord record) {
        byte[] header = record.headerBytes();
        return ByteBuffer.allocate(PREFIX_BYTES + header.length + record.body().length)
                .putLong(originPosition)
                .putInt(checksum(local, originPosition))
                .putShort((short) (record.isWithheld() ? header.length | WITHHELD : header.length))
                .put(Digest.sha256(header).toBytes())
                .put(header)
                .put(record.body())
                .array();
    }

    /** @throws ArchiveException CORRUPT when anything of it does not match */
    static StoredRecord record(long local, byte[] value) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(value);
            long originPosition = buffer.getLong();
            if (buffer.getInt() != checksum(local, originPosition)) {
                throw corrupt(local, null);
            }
            int length = Short.toUnsignedInt(buffer.getShort());
            byte[] header = new byte[length & ~WITHHELD];
            byte[] digest = new byte[Digest.LENGTH_BYTES];
            buffer.get(digest).get(header);
            if (!Arrays.equals(digest, Digest.sha256(header).toBytes())) {
                throw corrupt(local, null);
            }
            byte[] body = new byte[buffer.remaining()];
            buffer.get(body);
            return new StoredRecord(
                    new LocalPosition(local),
                    new OriginPosition(originPosition),
                    record(local, header, body, (length & WITHHELD) != 0));
        } catch (BufferUnderflowException e) {
            throw corrupt(local, e);
        }
    }

    private static LogRecord record(long local, byte[] header, byte[] body, boolean withheld) {
        if (withheld && body.length > 0) {
            throw corrupt(local, null);
        }
        return withheld ? LogRecord.withheld(header) : LogRecord.of(header, body);
    }

    /** The header of a damaged record, if it is not the header that is damaged. */
    static Optional<RecordHeader> header(byte[] value) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(value).position(POSITION_BYTES + 4);
            byte[] header = new byte[Short.toUnsignedInt(buffer.getShort()) & ~WITHHELD];
            byte[] digest = new byte[Digest.LENGTH_BYTES];
            buffer.get(digest).get(header);
            return Arrays.equals(digest, Digest.sha256(header).toBytes())
                    ? Optional.of(RecordFormat.decode(header))
                    : Optional.empty();
        } catch (BufferUnderflowException | IllegalArgumentException | ArchiveException _) {
            return Optional.empty();
        }
    }

    static ArchiveException corrupt(long local, @org.jspecify.annotations.Nullable Throwable cause) {
        String subject = "record at local position " + local;
        return cause == null
                ? new ArchiveException(ArchiveError.CORRUPT, subject)
                : new ArchiveException(ArchiveError.CORRUPT, subject, cause);
    }

    private static int checksum(long local, long originPosition) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(2 * POSITION_BYTES)
                .putLong(local)
                .putLong(originPosition)
                .flip());
        return (int) crc.getValue();
    }
}
