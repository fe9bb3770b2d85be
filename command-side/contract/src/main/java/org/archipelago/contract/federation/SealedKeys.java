package org.archipelago.contract.federation;

import java.util.Arrays;

/**
 * Keys, one behind the other, that only one site can open (HPKE, RFC 9180). It opens them with what they are for, and for whom: moved
 * elsewhere they do not open.
 *
 * @param bytes the encapsulated key and the cipher text. Callers do not change the array.
 */
public record SealedKeys(byte[] bytes) {
    @Override
    public boolean equals(Object other) {
        return other instanceof SealedKeys keys && Arrays.equals(bytes, keys.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** The length only. */
    @Override
    public String toString() {
        return bytes.length + " bytes, sealed";
    }
}
