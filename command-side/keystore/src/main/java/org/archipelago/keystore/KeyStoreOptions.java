package org.archipelago.keystore;

/**
 * Bounds of a keystore.
 *
 * @param keysPerFile how many share one key-encryption key: destroying one rewrites that many (about 200 bytes each)
 * @param cachedKeys how many stay unwrapped in memory (about 600 bytes each)
 */
public record KeyStoreOptions(int keysPerFile, int cachedKeys) {
    public static final KeyStoreOptions DEFAULT = new KeyStoreOptions(65_536, 16_384);
    private static final int MAX_KEYS_PER_FILE = 65_536;

    public KeyStoreOptions {
        if (keysPerFile < 1 || keysPerFile > MAX_KEYS_PER_FILE || cachedKeys < 0) {
            throw new IllegalArgumentException("keysPerFile is 1 to 65536, cachedKeys at least 0");
        }
    }
}
