package org.archipelago.federation.link;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.SealedKeys;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.record.RecordFormat;
import org.archipelago.federation.merkle.ConsistencyProof;
import org.archipelago.federation.merkle.TreeSize;
import org.archipelago.federation.note.SignedNote;

/**
 * The bytes of answers, big-endian; a number before what it counts. What does not decode, or has anything behind it, is PEER_MISBEHAVED:
 * nothing is allocated for a length that is not there.
 */
public final class LinkCodec {
    /** Of a batch with as many records as it may have, before compression. */
    public static final int MAX_BATCH_ENCODED_BYTES =
            LinkBounds.MAX_BATCH_BYTES + LinkBounds.MAX_NOTE_BYTES + 8 * LinkBounds.MAX_BATCH_RECORDS + 64;

    public static final int MAX_HEADS_ENCODED_BYTES = LinkBounds.MAX_HEADS_BYTES;
    public static final int MAX_PROOF_ENCODED_BYTES = 32 + TreeSize.MAX_PATH_HASHES * Digest.LENGTH_BYTES;

    public static final int MAX_KEYS_ENCODED_BYTES = 64
            + LinkBounds.MAX_SEALED_BYTES
            + LinkBounds.MAX_HANDED_KEYS * (2 * Integer.BYTES + StreamId.MAX_LENGTH_CHARS);

    public static final int MAX_RETURNED_ENCODED_BYTES = 64
            + LinkBounds.MAX_RETURNED_SEALED_BYTES
            + LinkBounds.MAX_RETURNED_KEYS * (2 * Integer.BYTES + StreamId.MAX_LENGTH_CHARS);

    private static final int WITHHELD = -1;

    private LinkCodec() {}

    private interface Reading<T> {
        T read(ByteBuffer in);
    }

    public static byte[] heads(List<OriginHead> heads) {
        List<byte[]> notes =
                heads.stream().map(head -> head.checkpoint().toBytes()).toList();
        int length = Integer.BYTES
                + notes.stream()
                        .mapToInt(note -> 16 + Integer.BYTES + note.length)
                        .sum();
        ByteBuffer out = ByteBuffer.allocate(length).putInt(heads.size());
        for (int i = 0; i < notes.size(); i++) {
            put(out, heads.get(i).origin().value());
            out.putInt(notes.get(i).length).put(notes.get(i));
        }
        return out.array();
    }

    public static List<OriginHead> heads(byte[] bytes) {
        return decoded("heads", bytes, in -> {
            int count = count(in, LinkBounds.MAX_ORIGINS);
            List<OriginHead> heads = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                SiteId origin = new SiteId(uuid(in));
                heads.add(new OriginHead(origin, SignedNote.parse(bytes(in, LinkBounds.MAX_NOTE_BYTES))));
            }
            return heads;
        });
    }

    public static byte[] batch(RecordBatch batch) {
        byte[] note = batch.checkpoint().map(SignedNote::toBytes).orElse(new byte[0]);
        int records = batch.records().stream()
                .mapToInt(record -> Short.BYTES + Integer.BYTES + record.lengthBytes())
                .sum();
        ByteBuffer out = ByteBuffer.allocate(Long.BYTES + Integer.BYTES + note.length + Integer.BYTES + records);
        out.putLong(batch.from().value()).putInt(note.length).put(note);
        out.putInt(batch.records().size());
        for (LinkRecord record : batch.records()) {
            out.putShort((short) record.header().length).put(record.header());
            record.body().ifPresentOrElse(body -> out.putInt(body.length).put(body), () -> out.putInt(WITHHELD));
        }
        return out.array();
    }

    public static RecordBatch batch(byte[] bytes) {
        return decoded("batch of records", bytes, in -> {
            OriginPosition from = new OriginPosition(in.getLong());
            byte[] note = bytes(in, LinkBounds.MAX_NOTE_BYTES);
            int count = count(in, LinkBounds.MAX_BATCH_RECORDS);
            List<LinkRecord> records = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                records.add(record(in));
            }
            return new RecordBatch(
                    from, records, note.length == 0 ? Optional.empty() : Optional.of(SignedNote.parse(note)));
        });
    }

    private static LinkRecord record(ByteBuffer in) {
        int headerBytes = Short.toUnsignedInt(in.getShort());
        require(headerBytes <= RecordFormat.MAX_HEADER_LENGTH_BYTES);
        byte[] header = bytesOf(in, headerBytes);
        int bodyBytes = in.getInt();
        if (bodyBytes == WITHHELD) {
            return LinkRecord.withheld(header);
        }
        require(bodyBytes >= 0 && bodyBytes <= RecordFormat.MAX_RECORD_LENGTH_BYTES);
        return LinkRecord.whole(header, bytesOf(in, bodyBytes));
    }

    public static byte[] consistency(ConsistencyProof proof) {
        int hashes = proof.path().size();
        ByteBuffer out = ByteBuffer.allocate(2 * Long.BYTES + Integer.BYTES + hashes * Digest.LENGTH_BYTES);
        out.putLong(proof.first()).putLong(proof.second()).putInt(hashes);
        proof.path().forEach(hash -> out.put(hash.toBytes()));
        return out.array();
    }

    public static ConsistencyProof consistency(byte[] bytes) {
        return decoded("proof of consistency", bytes, in -> {
            long first = in.getLong();
            long second = in.getLong();
            int hashes = count(in, TreeSize.MAX_PATH_HASHES);
            List<Digest> path = new ArrayList<>();
            for (int i = 0; i < hashes; i++) {
                path.add(Digest.of(bytesOf(in, Digest.LENGTH_BYTES)));
            }
            return new ConsistencyProof(first, second, path);
        });
    }

    public static byte[] keys(HandedKeys handed) {
        byte[] sealed = handed.sealed().bytes();
        ByteBuffer out = ByteBuffer.allocate(usesBytes(handed.keys()) + Integer.BYTES + sealed.length);
        putUses(out, handed.keys());
        return out.putInt(sealed.length).put(sealed).array();
    }

    private static int usesBytes(List<KeyRef> uses) {
        return Integer.BYTES
                + uses.stream()
                        .mapToInt(
                                use -> 2 * Integer.BYTES + use.subject().value().length())
                        .sum();
    }

    private static void putUses(ByteBuffer out, List<KeyRef> uses) {
        out.putInt(uses.size());
        for (KeyRef use : uses) {
            byte[] subject = use.subject().value().getBytes(StandardCharsets.US_ASCII);
            out.putInt(use.keyClass().code()).putInt(subject.length).put(subject);
        }
    }

    public static HandedKeys keys(byte[] bytes) {
        return decoded("keys", bytes, in -> {
            List<KeyRef> uses = uses(in, LinkBounds.MAX_HANDED_KEYS);
            return new HandedKeys(uses, new SealedKeys(bytes(in, LinkBounds.MAX_SEALED_BYTES)));
        });
    }

    private static List<KeyRef> uses(ByteBuffer in, int most) {
        int count = count(in, most);
        List<KeyRef> uses = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            KeyClass keyClass = KeyClass.ofCode(in.getInt()).orElseThrow(IllegalArgumentException::new);
            byte[] subject = bytes(in, StreamId.MAX_LENGTH_CHARS);
            uses.add(new KeyRef(keyClass, new StreamId(new String(subject, StandardCharsets.US_ASCII))));
        }
        return uses;
    }

    public static byte[] returned(ReturnedKeys returned) {
        byte[] sealed = returned.sealed().bytes();
        ByteBuffer out = ByteBuffer.allocate(Long.BYTES + usesBytes(returned.keys()) + Integer.BYTES + sealed.length);
        out.putLong(returned.next().value());
        putUses(out, returned.keys());
        return out.putInt(sealed.length).put(sealed).array();
    }

    public static ReturnedKeys returned(byte[] bytes) {
        return decoded("returned keys", bytes, in -> {
            OriginPosition next = new OriginPosition(in.getLong());
            List<KeyRef> uses = uses(in, LinkBounds.MAX_RETURNED_KEYS);
            return new ReturnedKeys(next, uses, new SealedKeys(bytes(in, LinkBounds.MAX_RETURNED_SEALED_BYTES)));
        });
    }

    private static <T> T decoded(String what, byte[] bytes, Reading<T> reading) {
        try {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            T read = reading.read(in);
            require(!in.hasRemaining());
            return read;
        } catch (BufferUnderflowException | IllegalArgumentException | ArchiveException e) {
            throw new ArchiveException(ArchiveError.PEER_MISBEHAVED, what, e);
        }
    }

    private static int count(ByteBuffer in, int most) {
        int count = in.getInt();
        require(count >= 0 && count <= most);
        return count;
    }

    private static byte[] bytes(ByteBuffer in, int most) {
        return bytesOf(in, count(in, most));
    }

    private static byte[] bytesOf(ByteBuffer in, int length) {
        require(length <= in.remaining());
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }

    private static void require(boolean condition) {
        if (!condition) {
            throw new IllegalArgumentException("not encoded so");
        }
    }

    private static void put(ByteBuffer out, UUID value) {
        out.putLong(value.getMostSignificantBits()).putLong(value.getLeastSignificantBits());
    }

    private static UUID uuid(ByteBuffer in) {
        long high = in.getLong();
        return new UUID(high, in.getLong());
    }
}
