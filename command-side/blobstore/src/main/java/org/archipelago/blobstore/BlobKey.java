package org.archipelago.blobstore;

import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/** The key of one blob. Leaves the process only wrapped under a study copy's pixel key (AES Key Wrap, RFC 3394). */
public final class BlobKey {
    public static final int LENGTH_BYTES = 32;

    private final byte[] bytes;

    BlobKey(byte[] bytes) {
        if (bytes.length != LENGTH_BYTES) {
            throw new IllegalArgumentException("a blob key has 32 bytes");
        }
        this.bytes = bytes.clone();
    }

    byte[] bytes() {
        return bytes.clone();
    }

    /** 40 bytes. */
    public byte[] wrap(SecretKey pixelKey) {
        try {
            Cipher cipher = Cipher.getInstance("AESWrap");
            cipher.init(Cipher.WRAP_MODE, pixelKey);
            return cipher.wrap(new SecretKeySpec(bytes, "AES"));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform here has AES Key Wrap", e);
        }
    }

    /** @throws ArchiveException CORRUPT when the bytes were altered or wrapped under another key */
    public static BlobKey unwrap(byte[] wrapped, SecretKey pixelKey) {
        try {
            Cipher cipher = Cipher.getInstance("AESWrap");
            cipher.init(Cipher.UNWRAP_MODE, pixelKey);
            return new BlobKey(cipher.unwrap(wrapped, "AES", Cipher.SECRET_KEY).getEncoded());
        } catch (GeneralSecurityException e) {
            throw new ArchiveException(ArchiveError.CORRUPT, "wrapped blob key", e);
        }
    }
}
