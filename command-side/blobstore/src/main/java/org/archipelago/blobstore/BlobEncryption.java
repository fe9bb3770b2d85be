package org.archipelago.blobstore;

import com.google.crypto.tink.subtle.AesGcmHkdfStreaming;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/**
 * Tink's streaming AES256-GCM-HKDF: a header of 40 bytes, then segments of 64 KiB, each with its tag, its number and whether
 * it is the last one, so that any of them is authenticated alone and none can be moved, repeated or cut off.
 */
final class BlobEncryption {
    static final int SEGMENT_BYTES = 64 << 10;
    private static final byte[] ASSOCIATED = "archipelago blob 1".getBytes(StandardCharsets.US_ASCII);

    /** Lengths depend on no key. */
    private static final BlobKey LENGTHS_ONLY = new BlobKey(new byte[BlobKey.LENGTH_BYTES]);

    private BlobEncryption() {}

    static AesGcmHkdfStreaming with(BlobKey key) {
        try {
            return new AesGcmHkdfStreaming(key.bytes(), "HmacSha256", BlobKey.LENGTH_BYTES, SEGMENT_BYTES, 0);
        } catch (InvalidAlgorithmParameterException e) {
            throw new IllegalStateException("constants that Tink accepts", e);
        }
    }

    /** Of so many plain bytes. */
    static long storedLengthBytes(long plainLengthBytes) {
        return with(LENGTHS_ONLY).expectedCiphertextSize(plainLengthBytes);
    }

    static byte[] associated() {
        return ASSOCIATED;
    }

    static SeekableByteChannel decrypting(SeekableByteChannel stored, BlobKey key) throws IOException {
        try {
            return new PlainChannel(with(key).newSeekableDecryptingChannel(stored, ASSOCIATED));
        } catch (DiskReadException e) {
            stored.close();
            throw e;
        } catch (IOException | GeneralSecurityException e) {
            stored.close();
            throw new ArchiveException(ArchiveError.CORRUPT, "blob", e);
        }
    }
}
