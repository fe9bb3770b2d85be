package org.archipelago.eventstore.record;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.UUID;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;

/**
 * Version 1 of a header's bytes. Big-endian, and canonical: one header has exactly one encoding, and what decodes encodes
 * again to the same bytes.
 *
 * <pre>
 * version 1 | suite 4 | record id 16 | type length 1, type | type version 2 | origin 16
 * | stream length 1, stream behind its origin ("kind/name") | revision 8
 * | recorded at: seconds since 1970 8, nanoseconds 4 | key id 32 | SHA-256 of the sealed body 32
 * </pre>
 *
 * A later version begins with the same fields and adds others behind them, so that a program that does not know it can
 * still keep the record in its place, check it against its header's digest, and relay it.
 */
public final class RecordFormat {
    /** Header and body together. */
    public static final int MAX_RECORD_LENGTH_BYTES = 512 * 1024;

    static final byte VERSION = 1;
    static final int ORIGIN_TEXT_CHARS = 36;
    private static final int FIXED_LENGTH_BYTES = 1 + Suite.LENGTH_BYTES + 16 + 1 + 2 + 16 + 1 + 8 + 12 + 32 + 32;
    private static final int MAX_LATER_FIELDS_BYTES = 1024;
    public static final int MAX_HEADER_LENGTH_BYTES = FIXED_LENGTH_BYTES + 64 + 255 + MAX_LATER_FIELDS_BYTES;

    private RecordFormat() {}

    public static byte[] encode(RecordHeader header) {
        byte[] type = header.type().getBytes(StandardCharsets.US_ASCII);
        byte[] stream = header.stream().value().substring(ORIGIN_TEXT_CHARS + 1).getBytes(StandardCharsets.US_ASCII);
        ByteBuffer buffer = ByteBuffer.allocate(FIXED_LENGTH_BYTES + type.length + stream.length);
        buffer.put(VERSION);
        header.suite().writeTo(buffer);
        put(buffer, header.id().value());
        buffer.put((byte) type.length).put(type).putShort((short) header.typeVersion());
        put(buffer, header.origin().value());
        buffer.put((byte) stream.length).put(stream).putLong(header.revision().value());
        buffer.putLong(header.recordedAt().getEpochSecond())
                .putInt(header.recordedAt().getNano());
        buffer.put(header.key().digest().toBytes()).put(header.body().toBytes());
        return buffer.array();
    }

    /** What the cipher binds the body to: the header without its last field. */
    public static byte[] additionalData(byte[] header) {
        return Arrays.copyOf(header, header.length - Digest.LENGTH_BYTES);
    }

    /** Whether this program knows every field of a header. */
    static boolean isKnown(byte[] header) {
        return header[0] == VERSION;
    }

    /** @throws ArchiveException CORRUPT unless the bytes are one canonical header, or begin like one of a later version */
    public static RecordHeader decode(byte[] bytes) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            RecordHeader header = read(buffer);
            byte[] canonical = encode(header);
            canonical[0] = bytes[0];
            boolean begins = Arrays.equals(bytes, 0, canonical.length, canonical, 0, canonical.length);
            if (!begins || (buffer.hasRemaining() && isKnown(bytes))) {
                throw new IllegalArgumentException("not canonical");
            }
            return header;
        } catch (BufferUnderflowException | IllegalArgumentException | DateTimeException | ArchiveException e) {
            throw new ArchiveException(ArchiveError.CORRUPT, "record header", e);
        }
    }

    private static RecordHeader read(ByteBuffer buffer) {
        byte version = buffer.get();
        if (version < VERSION) {
            throw new IllegalArgumentException("no record format " + version);
        }
        Suite suite = Suite.readFrom(buffer);
        RecordId id = new RecordId(uuid(buffer));
        String type = text(buffer);
        int typeVersion = Short.toUnsignedInt(buffer.getShort());
        UUID origin = uuid(buffer);
        StreamId stream = new StreamId(origin + "/" + text(buffer));
        Revision revision = new Revision(buffer.getLong());
        Instant recordedAt = instant(buffer);
        KeyId key = new KeyId(digest(buffer));
        return new RecordHeader(suite, id, type, typeVersion, stream, revision, recordedAt, key, digest(buffer));
    }

    private static Instant instant(ByteBuffer buffer) {
        long seconds = buffer.getLong();
        int nanos = buffer.getInt();
        return Instant.ofEpochSecond(seconds, nanos);
    }

    private static String text(ByteBuffer buffer) {
        byte[] bytes = new byte[Byte.toUnsignedInt(buffer.get())];
        buffer.get(bytes);
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    private static Digest digest(ByteBuffer buffer) {
        byte[] bytes = new byte[Digest.LENGTH_BYTES];
        buffer.get(bytes);
        return Digest.of(bytes);
    }

    private static UUID uuid(ByteBuffer buffer) {
        long high = buffer.getLong();
        return new UUID(high, buffer.getLong());
    }

    private static void put(ByteBuffer buffer, UUID value) {
        buffer.putLong(value.getMostSignificantBits()).putLong(value.getLeastSignificantBits());
    }
}
