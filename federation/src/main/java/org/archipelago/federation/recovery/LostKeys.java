package org.archipelago.federation.recovery;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.KeyRef;

/**
 * Keys that nobody could give back to a site that was destroyed. What they sealed reads as erased; one that comes later all the same opens
 * it again. Immutable; 32 bytes a key and a use in memory. The file is the ids of keys, and SHA-256 of class and subject of uses, ascending,
 * one behind the other.
 */
public final class LostKeys {
    public static final LostKeys NONE = new LostKeys(new byte[0]);

    private final byte[] ids;

    private LostKeys(byte[] ids) {
        this.ids = ids;
    }

    /**
     * {@link #NONE} where there is no file.
     *
     * @throws ArchiveException CORRUPT when it is cut short
     */
    public static LostKeys read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return NONE;
        }
        byte[] ids = Files.readAllBytes(file);
        if (ids.length % Digest.LENGTH_BYTES != 0) {
            throw new ArchiveException(ArchiveError.CORRUPT, file.toString());
        }
        return new LostKeys(ids);
    }

    /** @param uses what they were for, as far as that is known */
    public static LostKeys of(Collection<KeyId> lost, Collection<KeyRef> uses) {
        ByteArrayOutputStream ids = new ByteArrayOutputStream();
        Stream.concat(lost.stream().map(KeyId::digest), uses.stream().map(LostKeys::named))
                .map(Digest::toBytes)
                .sorted(Comparator.comparing(id -> id, Arrays::compareUnsigned))
                .forEach(ids::writeBytes);
        return new LostKeys(ids.toByteArray());
    }

    /** These and those. */
    public LostKeys and(LostKeys others) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Stream.concat(split(), others.split())
                .sorted(Arrays::compareUnsigned)
                .map(ByteBuffer::wrap)
                .distinct()
                .forEach(id -> all.writeBytes(id.array()));
        return new LostKeys(all.toByteArray());
    }

    private Stream<byte[]> split() {
        return IntStream.range(0, ids.length / Digest.LENGTH_BYTES)
                .mapToObj(i -> Arrays.copyOfRange(ids, i * Digest.LENGTH_BYTES, (i + 1) * Digest.LENGTH_BYTES));
    }

    public byte[] toBytes() {
        return ids.clone();
    }

    private static Digest named(KeyRef use) {
        return Digest.sha256(
                new byte[] {(byte) use.keyClass().code()}, use.subject().value().getBytes(StandardCharsets.UTF_8));
    }

    public boolean contains(KeyId key) {
        return contains(key.digest());
    }

    public boolean contains(KeyRef use) {
        return ids.length > 0 && contains(named(use));
    }

    private boolean contains(Digest digest) {
        byte[] sought = digest.toBytes();
        int low = 0;
        int high = ids.length / Digest.LENGTH_BYTES - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int from = middle * Digest.LENGTH_BYTES;
            int order = Arrays.compareUnsigned(ids, from, from + Digest.LENGTH_BYTES, sought, 0, Digest.LENGTH_BYTES);
            if (order == 0) {
                return true;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return false;
    }
}
