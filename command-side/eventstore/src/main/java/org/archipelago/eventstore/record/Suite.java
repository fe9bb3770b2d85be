package org.archipelago.eventstore.record;

import java.nio.ByteBuffer;

/**
 * The algorithms that a record was made with. Four bytes of the header: hash, cipher, signature of the checkpoints over
 * it, encoding of the body. A number is never given a second meaning; a later algorithm or dictionary takes a new one.
 */
public enum Suite {
    /** SHA-256; AES-256-GCM with a 96-bit random nonce and 128-bit tag; Ed25519; CBOR in zstd with dictionary 1. */
    FIRST(1, 1, 1, 1);

    static final int LENGTH_BYTES = 4;

    private final int hash;
    private final int cipher;
    private final int signature;
    private final int encoding;

    Suite(int hash, int cipher, int signature, int encoding) {
        this.hash = hash;
        this.cipher = cipher;
        this.signature = signature;
        this.encoding = encoding;
    }

    /** Number of the body's encoding, which names its dictionary. */
    public int encoding() {
        return encoding;
    }

    void writeTo(ByteBuffer buffer) {
        buffer.put((byte) hash).put((byte) cipher).put((byte) signature).put((byte) encoding);
    }

    static Suite readFrom(ByteBuffer buffer) {
        int hash = buffer.get();
        int cipher = buffer.get();
        int signature = buffer.get();
        int encoding = buffer.get();
        for (Suite suite : values()) {
            if (suite.hash == hash
                    && suite.cipher == cipher
                    && suite.signature == signature
                    && suite.encoding == encoding) {
                return suite;
            }
        }
        throw new IllegalArgumentException("unknown suite " + hash + "." + cipher + "." + signature + "." + encoding);
    }
}
