package org.archipelago.contract.study;

import java.util.Arrays;
import org.archipelago.contract.BlobId;

/**
 * Where an object's bytes are and how they are opened.
 *
 * @param wrappedKey the blob's own key, wrapped under the study copy's pixel key (AES Key Wrap, RFC 3394); 40 bytes for
 *     a 256-bit key. Callers do not change the array.
 */
public record BlobRef(BlobId id, byte[] wrappedKey) {
    @Override
    public boolean equals(Object other) {
        return other instanceof BlobRef ref && id.equals(ref.id) && Arrays.equals(wrappedKey, ref.wrappedKey);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public String toString() {
        return id.toString();
    }
}
