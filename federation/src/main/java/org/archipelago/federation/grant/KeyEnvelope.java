package org.archipelago.federation.grant;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.SealedKeys;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.federation.hpke.RecipientKey;
import org.archipelago.federation.hpke.RecipientKeyPair;
import org.archipelago.keystore.Key;

/**
 * Who lets whom have which keys. It is the info that they are sealed and opened with (RFC 9180 §5.1), so what one site made for another
 * opens as nothing else: not at a third, not for other streams, not in another order.
 *
 * <pre>
 * "archipelago keys 1" | origin 16 | peer 16 | for each key: class u8 | subject length u16 | subject UTF-8
 * </pre>
 */
public record KeyEnvelope(SiteId origin, SiteId peer, List<KeyRef> keys) {
    private static final byte[] USE = "archipelago keys 1".getBytes(StandardCharsets.US_ASCII);

    public KeyEnvelope {
        keys = List.copyOf(keys);
    }

    /**
     * @param made the keys, in the order of what they are for
     * @throws org.archipelago.contract.ArchiveException INVALID_REQUEST when nothing can be sealed to this recipient
     */
    public SealedKeys seal(List<Key> made, RecipientKey recipient) {
        if (made.size() != keys.size()) {
            throw new IllegalArgumentException("a key for each use");
        }
        ByteArrayOutputStream plain = new ByteArrayOutputStream();
        made.forEach(key -> plain.writeBytes(key.secret().getEncoded()));
        return new SealedKeys(recipient.seal(plain.toByteArray(), info()));
    }

    /** In the order of what they are for; empty when it was not sealed so. */
    public Optional<List<Key>> open(SealedKeys sealed, RecipientKeyPair own) {
        return own.open(sealed.bytes(), info())
                .filter(plain -> plain.length == keys.size() * Key.LENGTH_BYTES)
                .map(KeyEnvelope::split);
    }

    private static List<Key> split(byte[] plain) {
        List<Key> keys = new ArrayList<>();
        for (int at = 0; at < plain.length; at += Key.LENGTH_BYTES) {
            keys.add(new Key(Arrays.copyOfRange(plain, at, at + Key.LENGTH_BYTES)));
        }
        return keys;
    }

    private byte[] info() {
        ByteArrayOutputStream info = new ByteArrayOutputStream();
        info.writeBytes(USE);
        info.writeBytes(bytes(origin.value()));
        info.writeBytes(bytes(peer.value()));
        for (KeyRef key : keys) {
            byte[] subject = key.subject().value().getBytes(StandardCharsets.UTF_8);
            info.write(key.keyClass().code());
            info.write(subject.length >>> Byte.SIZE);
            info.write(subject.length);
            info.writeBytes(subject);
        }
        return info.toByteArray();
    }

    private static byte[] bytes(UUID id) {
        return ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
    }
}
