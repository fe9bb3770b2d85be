package org.archipelago.keystore;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.StreamId;

/**
 * One key, or the memory of a destroyed one, as it is in a file:
 *
 * <pre>
 * length u16 | type u8 | class u8 | subject length u16 | subject UTF-8 | key id 32 | nonce 12 | sealed 32 or 0 | tag 16 | CRC-32C u32
 * </pre>
 *
 * Sealed under the file's key-encryption key; the file's number, the offset and all before the nonce are additional data,
 * so an entry that was moved, altered or brought from elsewhere does not open.
 *
 * @param sealed nonce, cipher text and tag
 */
record Entry(boolean destroyed, KeyRef use, KeyId id, byte[] sealed) {
    private static final int KEY = 1;
    private static final int TOMBSTONE = 2;
    private static final int FIXED_BYTES = 2 + 1 + 1 + 2;
    private static final int CRC_BYTES = 4;
    private static final int MAX_SUBJECT_BYTES = 4 * StreamId.MAX_LENGTH_CHARS;
    static final int MAX_LENGTH_BYTES = FIXED_BYTES
            + MAX_SUBJECT_BYTES
            + Digest.LENGTH_BYTES
            + SealingKey.NONCE_BYTES
            + Key.LENGTH_BYTES
            + SealingKey.TAG_BYTES
            + CRC_BYTES;

    /** Appends a key, or with no key a tombstone, that will be at this place. */
    static void write(
            ByteBuffer target,
            KeyRef use,
            KeyId id,
            Optional<byte[]> key,
            SealingKey kek,
            long fileNumber,
            long offsetBytes,
            SecureRandom random) {
        int start = target.position();
        byte[] subject = use.subject().value().getBytes(StandardCharsets.UTF_8);
        byte[] plain = key.orElseGet(() -> new byte[0]);
        int length = FIXED_BYTES
                + subject.length
                + Digest.LENGTH_BYTES
                + SealingKey.NONCE_BYTES
                + plain.length
                + SealingKey.TAG_BYTES
                + CRC_BYTES;
        target.putShort((short) length);
        target.put((byte) (key.isPresent() ? KEY : TOMBSTONE));
        target.put((byte) use.keyClass().code());
        target.putShort((short) subject.length).put(subject).put(id.digest().toBytes());
        target.put(kek.seal(
                plain, associated(target.slice(start, target.position() - start), fileNumber, offsetBytes), random));
        target.putInt(crc(target.slice(start, length - CRC_BYTES)));
    }

    /** The entry at the buffer's position, which moves behind it; empty when what is there is not one, whole and unaltered. */
    static Optional<Entry> read(ByteBuffer source) {
        int start = source.position();
        if (source.remaining() < FIXED_BYTES) {
            return Optional.empty();
        }
        int length = Short.toUnsignedInt(source.getShort(start));
        int type = source.get(start + 2);
        Optional<KeyClass> keyClass = KeyClass.ofCode(source.get(start + 3));
        int subjectLength = Short.toUnsignedInt(source.getShort(start + 4));
        int plainLength = type == KEY ? Key.LENGTH_BYTES : 0;
        int sealedLength = SealingKey.NONCE_BYTES + plainLength + SealingKey.TAG_BYTES;
        if (length > source.remaining()
                || length != FIXED_BYTES + subjectLength + Digest.LENGTH_BYTES + sealedLength + CRC_BYTES
                || crc(source.slice(start, length - CRC_BYTES)) != source.getInt(start + length - CRC_BYTES)
                || (type != KEY && type != TOMBSTONE)
                || keyClass.isEmpty()) {
            return Optional.empty();
        }
        byte[] subject = new byte[subjectLength];
        byte[] id = new byte[Digest.LENGTH_BYTES];
        byte[] sealed = new byte[sealedLength];
        source.position(start + FIXED_BYTES);
        source.get(subject).get(id).get(sealed);
        source.position(start + length);
        try {
            StreamId stream = new StreamId(new String(subject, StandardCharsets.UTF_8));
            KeyRef use = new KeyRef(keyClass.get(), stream);
            return Optional.of(new Entry(type == TOMBSTONE, use, new KeyId(Digest.of(id)), sealed));
        } catch (ArchiveException e) {
            return Optional.empty();
        }
    }

    /**
     * The key, or for a tombstone none.
     *
     * @throws GeneralSecurityException when it was altered, moved or sealed under another key
     */
    Optional<Key> unseal(SealingKey kek, long fileNumber, long offsetBytes) throws GeneralSecurityException {
        byte[] subject = use.subject().value().getBytes(StandardCharsets.UTF_8);
        ByteBuffer clear = ByteBuffer.allocate(FIXED_BYTES + subject.length + Digest.LENGTH_BYTES);
        clear.putShort((short) (clear.capacity() + sealed.length + CRC_BYTES));
        clear.put((byte) (destroyed ? TOMBSTONE : KEY))
                .put((byte) use.keyClass().code());
        clear.putShort((short) subject.length).put(subject).put(id.digest().toBytes());
        byte[] plain = kek.unseal(sealed, associated(clear.flip(), fileNumber, offsetBytes));
        if (destroyed) {
            return Optional.empty();
        }
        Key key = new Key(plain);
        if (!key.id().equals(id)) {
            throw new GeneralSecurityException("the key is not the one that its entry names");
        }
        return Optional.of(key);
    }

    private static ByteBuffer associated(ByteBuffer clear, long fileNumber, long offsetBytes) {
        return ByteBuffer.allocate(2 * Long.BYTES + clear.remaining())
                .putLong(fileNumber)
                .putLong(offsetBytes)
                .put(clear)
                .flip();
    }

    static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }
}
