package org.archipelago.federation.identity;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.archipelago.contract.log.StreamId;
import org.archipelago.keystore.Key;

/**
 * Keys of what happens to the site itself: who its members are, its starts and stops. They follow from the site's secret, so that whoever
 * has its identity can read that of a log that came back from peers, to whom these keys are never granted. HMAC-SHA-256 of the stream.
 */
public final class SiteKeys {
    private static final byte[] USE = "archipelago site key 1\0".getBytes(StandardCharsets.US_ASCII);

    private final SecretKeySpec secret;

    /** @param secret of the site ({@link SiteSecretFile}) */
    public SiteKeys(byte[] secret) {
        this.secret = new SecretKeySpec(secret, "HmacSHA256");
    }

    public Key of(StreamId stream) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(secret);
            mac.update(USE);
            return new Key(mac.doFinal(stream.value().getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA-256", e);
        }
    }
}
