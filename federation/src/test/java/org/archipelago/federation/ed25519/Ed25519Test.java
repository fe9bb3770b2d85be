package org.archipelago.federation.ed25519;

import static org.archipelago.federation.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.HexFormat;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.junit.jupiter.api.Test;

class Ed25519Test {
    private static final String PKCS8 = "302e020100300506032b657004220420";
    private static final byte[] MESSAGE = {1, 2, 3, 4};

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    /** RFC 8032 §7.1, tests 1 to 3. */
    @Test
    void signatures_areThePublishedOnes() {
        published(
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
        published(
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
        published(
                "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
                "af82",
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
    }

    private static void published(String seed, String publicKey, String message, String signature) {
        Ed25519PublicKey key = Ed25519PublicKey.of(hex(publicKey));
        assertThat(Ed25519KeyPair.ofPkcs8(hex(PKCS8 + seed), key).sign(hex(message)))
                .isEqualTo(hex(signature));
        assertThat(key.verifies(hex(message), hex(signature))).isTrue();
    }

    @Test
    void changedMessageOrSignature_isNotVerified() {
        Ed25519KeyPair keys = Ed25519KeyPair.generate(new SecureRandom());
        byte[] signature = keys.sign(MESSAGE);
        assertThat(keys.publicKey().verifies(MESSAGE, signature)).isTrue();
        for (int bit = 0; bit < 8 * signature.length; bit++) {
            byte[] changed = signature.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(keys.publicKey().verifies(MESSAGE, changed))
                    .as("bit %d", bit)
                    .isFalse();
        }
        assertThat(keys.publicKey().verifies(new byte[] {1, 2, 3, 5}, signature))
                .isFalse();
        assertThat(keys.publicKey().verifies(MESSAGE, java.util.Arrays.copyOf(signature, 63)))
                .isFalse();
        assertThat(keys.publicKey().verifies(MESSAGE, java.util.Arrays.copyOf(signature, 65)))
                .isFalse();
        assertThat(Ed25519KeyPair.generate(new SecureRandom()).publicKey().verifies(MESSAGE, signature))
                .isFalse();
    }

    @Test
    void keyThatIsWrittenAndRead_isTheSame() {
        Ed25519KeyPair keys = Ed25519KeyPair.generate(new SecureRandom());
        Ed25519PublicKey read = Ed25519PublicKey.ofX509(keys.publicKey().toX509());
        assertThat(read).isEqualTo(keys.publicKey()).hasSameHashCodeAs(keys.publicKey());
        assertThat(Ed25519KeyPair.ofPkcs8(keys.toPkcs8(), read).sign(MESSAGE)).isEqualTo(keys.sign(MESSAGE));
    }

    @Test
    void bytesThatAreNoPoint_areNoKey() {
        int refused = 0;
        for (byte y = 2; y < 30; y++) {
            byte[] bytes = new byte[Ed25519PublicKey.LENGTH_BYTES];
            bytes[0] = y;
            try {
                Ed25519PublicKey.of(bytes);
            } catch (ArchiveException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(5, 25); // every second number is a square
        assertRefused(ArchiveError.INVALID_REQUEST, () -> Ed25519PublicKey.of(new byte[31]));
        assertRefused(ArchiveError.INVALID_REQUEST, () -> Ed25519PublicKey.of(new byte[33]));
        assertRefused(ArchiveError.INVALID_REQUEST, () -> Ed25519PublicKey.ofX509(new byte[44]));
    }

    @Test
    void privateKeyOfAnother_isRefused() {
        Ed25519KeyPair keys = Ed25519KeyPair.generate(new SecureRandom());
        Ed25519PublicKey other = Ed25519KeyPair.generate(new SecureRandom()).publicKey();
        assertRefused(ArchiveError.INVALID_REQUEST, () -> Ed25519KeyPair.ofPkcs8(keys.toPkcs8(), other));
        assertRefused(ArchiveError.INVALID_REQUEST, () -> Ed25519KeyPair.ofPkcs8(new byte[48], keys.publicKey()));
        assertRefused(ArchiveError.INVALID_REQUEST, () -> Ed25519KeyPair.ofPkcs8(hex(PKCS8), keys.publicKey()));
    }
}
