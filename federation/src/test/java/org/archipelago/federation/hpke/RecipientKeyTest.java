package org.archipelago.federation.hpke;

import static org.archipelago.federation.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.junit.jupiter.api.Test;

class RecipientKeyTest {
    private static final byte[] PLAIN = "what is sealed".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] INFO = "for this".getBytes(StandardCharsets.US_ASCII);
    private static final int ENCAPSULATED_AND_TAG_BYTES = 32 + 16;

    private final RecipientKeyPair own = RecipientKeyPair.generate();

    @Test
    void sealedBytes_areOpenedByTheRecipientAlone() {
        byte[] sealed = own.publicKey().seal(PLAIN, INFO);
        assertThat(sealed).hasSize(PLAIN.length + ENCAPSULATED_AND_TAG_BYTES);
        assertThat(own.open(sealed, INFO)).contains(PLAIN);
        assertThat(RecipientKeyPair.generate().open(sealed, INFO)).isEmpty();
        assertThat(own.publicKey().seal(PLAIN, INFO)).isNotEqualTo(sealed);
    }

    @Test
    void sealedBytes_openForWhatTheyWereSealedForAlone() {
        byte[] sealed = own.publicKey().seal(PLAIN, INFO);
        assertThat(own.open(sealed, new byte[0])).isEmpty();
    }

    @Test
    void eachChangedOrMissingByte_isNoticed() {
        byte[] sealed = own.publicKey().seal(PLAIN, INFO);
        for (int at = 0; at < sealed.length; at++) {
            byte[] changed = sealed.clone();
            changed[at] ^= 1;
            assertThat(own.open(changed, INFO)).as("byte " + at).isEmpty();
            assertThat(own.open(Arrays.copyOf(sealed, at), INFO))
                    .as("length " + at)
                    .isEmpty();
        }
    }

    @Test
    void textThatIsNoKey_isRefused() {
        for (String text : List.of("", "ab", "AB".repeat(32), "ab".repeat(33), "xy".repeat(32))) {
            assertRefused(ArchiveError.INVALID_REQUEST, () -> new RecipientKey(text));
        }
    }

    /** Every point of small order gives a secret that everybody knows (RFC 7748 §6.1). */
    @Test
    void keyThatSealsForEverybody_isRefused() {
        for (String text : List.of("00".repeat(32), "01" + "00".repeat(31))) {
            assertRefused(ArchiveError.INVALID_REQUEST, () -> new RecipientKey(text).seal(PLAIN, INFO));
        }
    }

    @Test
    void keyPair_isTheSameFromItsText() {
        RecipientKeyPair again = RecipientKeyPair.of(own.privateHex(), own.publicKey());
        assertThat(again.open(own.publicKey().seal(PLAIN, INFO), INFO)).contains(PLAIN);
        assertRefused(
                ArchiveError.CORRUPT,
                () -> RecipientKeyPair.of(
                        own.privateHex(), RecipientKeyPair.generate().publicKey()));
        assertRefused(ArchiveError.CORRUPT, () -> RecipientKeyPair.of("xy", own.publicKey()));
    }
}
