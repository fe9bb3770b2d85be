package org.archipelago.eventstore.record;

import java.nio.ByteBuffer;

/**
 * The algorithms that a record was made with. Four bytes of the header. A number is never given a second meaning; a later
 * algorithm or dictionary takes a new one, and a program that does not know it keeps and relays the record unopened.
 *
 * @param encoding of the body, which names its dictionary
 */
public record Suite(int hash, int cipher, int signature, int encoding) {
    /** SHA-256; AES-256-GCM with a 96-bit random nonce and 128-bit tag; Ed25519; CBOR in zstd with dictionary 1. */
    public static final Suite FIRST = new Suite(1, 1, 1, 1);

    static final int LENGTH_BYTES = 4;

    /** Whether this program can check the body's digest. */
    boolean isHashKnown() {
        return hash == FIRST.hash;
    }

    /** Whether this program can open and read the body. */
    boolean isKnown() {
        return equals(FIRST);
    }

    void writeTo(ByteBuffer buffer) {
        buffer.put((byte) hash).put((byte) cipher).put((byte) signature).put((byte) encoding);
    }

    static Suite readFrom(ByteBuffer buffer) {
        return new Suite(
                Byte.toUnsignedInt(buffer.get()),
                Byte.toUnsignedInt(buffer.get()),
                Byte.toUnsignedInt(buffer.get()),
                Byte.toUnsignedInt(buffer.get()));
    }
}
