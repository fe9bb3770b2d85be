package org.archipelago.federation.grant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.UUID;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.SealedKeys;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.StreamId;
import org.archipelago.federation.hpke.RecipientKeyPair;
import org.archipelago.keystore.Key;
import org.junit.jupiter.api.Test;

class KeyEnvelopeTest {
    private static final SiteId NORTH = new SiteId(new UUID(1, 1));
    private static final SiteId HARBOR = new SiteId(new UUID(2, 2));
    private static final SiteId VALLEY = new SiteId(new UUID(3, 3));
    private static final KeyRef FIRST = pixel("ab");
    private static final KeyRef SECOND = pixel("cd");
    private static final KeyEnvelope MADE = new KeyEnvelope(NORTH, HARBOR, List.of(FIRST, SECOND));

    private final RecipientKeyPair own = RecipientKeyPair.generate();
    private final List<Key> keys = List.of(key(1), key(2));
    private final SealedKeys sealed = MADE.seal(keys, own.publicKey());

    private static KeyRef pixel(String name) {
        return new KeyRef(KeyClass.PIXEL, new StreamId(NORTH + "/study/" + name));
    }

    private static Key key(int first) {
        byte[] secret = new byte[Key.LENGTH_BYTES];
        secret[0] = (byte) first;
        return new Key(secret);
    }

    @Test
    void keysOpen_inTheOrderOfWhatTheyAreFor() {
        assertThat(MADE.open(sealed, own).orElseThrow())
                .extracting(Key::id)
                .containsExactly(keys.getFirst().id(), keys.getLast().id());
    }

    /** What is in it may be a key that nothing else tells to be another's, so the envelope must. */
    @Test
    void envelopeForAnythingElse_doesNotOpen() {
        for (KeyEnvelope other : List.of(
                new KeyEnvelope(VALLEY, HARBOR, List.of(FIRST, SECOND)),
                new KeyEnvelope(NORTH, VALLEY, List.of(FIRST, SECOND)),
                new KeyEnvelope(NORTH, HARBOR, List.of(SECOND, FIRST)),
                new KeyEnvelope(NORTH, HARBOR, List.of(FIRST, pixel("ce"))),
                new KeyEnvelope(NORTH, HARBOR, List.of(FIRST, new KeyRef(KeyClass.INDEX, SECOND.subject()))),
                new KeyEnvelope(NORTH, HARBOR, List.of(FIRST)))) {
            assertThat(other.open(sealed, own)).as(other.toString()).isEmpty();
        }
    }

    @Test
    void otherNumberOfKeysThanUses_isNeitherSealedNorOpened() {
        assertThatThrownBy(() -> MADE.seal(List.of(key(1)), own.publicKey()))
                .isInstanceOf(IllegalArgumentException.class);
        KeyEnvelope none = new KeyEnvelope(NORTH, HARBOR, List.of());
        assertThat(none.open(none.seal(List.of(), own.publicKey()), own).orElseThrow())
                .isEmpty();
    }
}
