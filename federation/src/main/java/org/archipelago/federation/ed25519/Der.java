package org.archipelago.federation.ed25519;

import java.util.Arrays;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/** DER of fixed length: the same bytes before every key. */
final class Der {
    private Der() {}

    static byte[] join(byte[] prefix, byte[] key) {
        byte[] joined = Arrays.copyOf(prefix, prefix.length + key.length);
        System.arraycopy(key, 0, joined, prefix.length, key.length);
        return joined;
    }

    /** @throws ArchiveException INVALID_REQUEST when it does not begin so; the length is for the caller to check */
    static byte[] behind(byte[] prefix, byte[] encoded, String subject) {
        if (encoded.length < prefix.length || !Arrays.equals(prefix, 0, prefix.length, encoded, 0, prefix.length)) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, subject);
        }
        return Arrays.copyOfRange(encoded, prefix.length, encoded.length);
    }
}
