package org.archipelago.keystore;

import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;

/** A 256-bit AES key and its name. */
public final class Key {
    public static final int LENGTH_BYTES = 32;

    private final KeyId id;
    private final SecretKey secret;

    /** @throws IllegalArgumentException unless there are 32 bytes */
    public Key(byte[] bytes) {
        if (bytes.length != LENGTH_BYTES) {
            throw new IllegalArgumentException("a key has 32 bytes");
        }
        this.id = new KeyId(Digest.sha256(bytes));
        this.secret = new SecretKeySpec(bytes, "AES");
    }

    public KeyId id() {
        return id;
    }

    public SecretKey secret() {
        return secret;
    }

    /** The id only. */
    @Override
    public String toString() {
        return id.toString();
    }
}
