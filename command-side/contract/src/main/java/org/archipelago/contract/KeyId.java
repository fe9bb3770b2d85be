package org.archipelago.contract;

/** The name of a key: SHA-256 of the key. Tells nothing of the key or of what it protects. */
public record KeyId(Digest digest) {
    public static KeyId parse(String hex) {
        return new KeyId(Digest.parse(hex));
    }

    @Override
    public String toString() {
        return digest.toString();
    }
}
