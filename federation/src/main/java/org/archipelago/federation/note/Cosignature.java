package org.archipelago.federation.note;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import org.archipelago.federation.ed25519.Ed25519PublicKey;

/** What a cosignature's bytes are: the time in seconds since 1970, 8 bytes, and the signature (C2SP tlog-cosignature, "Format"). */
final class Cosignature {
    private static final int LENGTH_BYTES = Long.BYTES + Ed25519PublicKey.SIGNATURE_LENGTH_BYTES;
    private static final long MAX_SECONDS = Instant.MAX.getEpochSecond();

    private Cosignature() {}

    /** What is signed. No checkpoint begins with this first line, so one key may sign both. */
    static byte[] message(String text, long seconds) {
        return ("cosignature/v1\ntime " + seconds + "\n" + text).getBytes(StandardCharsets.UTF_8);
    }

    static byte[] of(long seconds, byte[] signature) {
        return ByteBuffer.allocate(LENGTH_BYTES).putLong(seconds).put(signature).array();
    }

    static boolean verifies(Ed25519PublicKey key, String text, byte[] cosignature) {
        if (cosignature.length != LENGTH_BYTES) {
            return false;
        }
        long seconds = seconds(cosignature);
        return seconds >= 0
                && seconds <= MAX_SECONDS
                && key.verifies(
                        message(text, seconds), Arrays.copyOfRange(cosignature, Long.BYTES, cosignature.length));
    }

    static Instant time(byte[] cosignature) {
        return Instant.ofEpochSecond(seconds(cosignature));
    }

    private static long seconds(byte[] cosignature) {
        return ByteBuffer.wrap(cosignature).getLong();
    }
}
