package org.archipelago.federation.recovery;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;

/**
 * Keys that nobody could give back to a site that was destroyed. What they sealed reads as erased; one that comes later all the same opens
 * it again. Immutable; 32 bytes a key in memory. The file is their ids, ascending, one behind the other.
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

    public static LostKeys of(Collection<KeyId> lost) {
        ByteArrayOutputStream ids = new ByteArrayOutputStream();
        lost.stream()
                .map(key -> key.digest().toBytes())
                .sorted(Comparator.comparing(id -> id, Arrays::compareUnsigned))
                .forEach(ids::writeBytes);
        return new LostKeys(ids.toByteArray());
    }

    public byte[] toBytes() {
        return ids.clone();
    }

    public int size() {
        return ids.length / Digest.LENGTH_BYTES;
    }

    public boolean contains(KeyId key) {
        byte[] sought = key.digest().toBytes();
        int low = 0;
        int high = size() - 1;
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
