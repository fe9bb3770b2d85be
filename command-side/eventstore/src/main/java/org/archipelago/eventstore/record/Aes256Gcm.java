package org.archipelago.eventstore.record;

import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * Seals: 12 bytes of random nonce, ciphertext, 16 bytes of tag (NIST SP 800-38D). One key seals at most 2^32 bodies
 * (§8.3), which no stream reaches.
 */
public final class Aes256Gcm {
    public static final int NONCE_LENGTH_BYTES = 12;
    public static final int TAG_LENGTH_BYTES = 16;

    private static final String TRANSFORMATION = "AES/GCM/NoPadding";
    /** Looked up once: the search for it takes longer than to seal a small body. */
    private static final Provider PROVIDER = provider();

    private final SecureRandom random;

    public Aes256Gcm(SecureRandom random) {
        this.random = random;
    }

    public byte[] seal(SecretKey key, byte[] additionalData, byte[] plain) {
        byte[] nonce = new byte[NONCE_LENGTH_BYTES];
        random.nextBytes(nonce);
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, key, nonce, additionalData);
            byte[] sealed = Arrays.copyOf(nonce, NONCE_LENGTH_BYTES + plain.length + TAG_LENGTH_BYTES);
            cipher.doFinal(plain, 0, plain.length, sealed, NONCE_LENGTH_BYTES);
            return sealed;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES-GCM", e);
        }
    }

    /** Empty when the bytes were not sealed so, under this key and for this additional data. */
    public static Optional<byte[]> open(SecretKey key, byte[] additionalData, byte[] sealed) {
        if (sealed.length < NONCE_LENGTH_BYTES + TAG_LENGTH_BYTES) {
            return Optional.empty();
        }
        try {
            byte[] nonce = Arrays.copyOf(sealed, NONCE_LENGTH_BYTES);
            Cipher cipher = cipher(Cipher.DECRYPT_MODE, key, nonce, additionalData);
            return Optional.of(cipher.doFinal(sealed, NONCE_LENGTH_BYTES, sealed.length - NONCE_LENGTH_BYTES));
        } catch (AEADBadTagException _) {
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES-GCM", e);
        }
    }

    private static Provider provider() {
        try {
            return Cipher.getInstance(TRANSFORMATION).getProvider();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES-GCM", e);
        }
    }

    private static Cipher cipher(int mode, SecretKey key, byte[] nonce, byte[] additionalData)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(TRANSFORMATION, PROVIDER);
        cipher.init(mode, key, new GCMParameterSpec(8 * TAG_LENGTH_BYTES, nonce));
        cipher.updateAAD(additionalData);
        return cipher;
    }
}
