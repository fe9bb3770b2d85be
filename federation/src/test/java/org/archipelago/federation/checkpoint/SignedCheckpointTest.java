package org.archipelago.federation.checkpoint;

import static org.archipelago.federation.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.federation.ed25519.Ed25519KeyPair;
import org.archipelago.federation.note.NoteSigner;
import org.archipelago.federation.note.SignatureType;
import org.archipelago.federation.note.SignedNote;
import org.archipelago.federation.note.VerifierKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SignedCheckpointTest {
    /** The example of C2SP tlog-cosignature. */
    private static final String TEXT = """
            example.com/behind-the-sofa
            20852163
            CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
            """;

    private static final String NOTE = TEXT + """

            — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
            — witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
            """;

    private static final Checkpoint CHECKPOINT = new Checkpoint("example.com/a", 7, Digest.sha256());
    private static final Instant NOON = Instant.parse("2026-11-29T12:00:00Z");

    private final NoteSigner origin = signer("example.com/a");
    private final NoteSigner witness = signer("example.com/w");

    private static NoteSigner signer(String name) {
        return new NoteSigner(name, Ed25519KeyPair.generate(new SecureRandom()));
    }

    private static VerifierKey key(NoteSigner signer) {
        return signer.verifierKey(SignatureType.ED25519);
    }

    @Test
    void publishedCheckpoint_isReadAndWrittenTheSame() {
        SignedNote note = SignedNote.parse(NOTE.getBytes(StandardCharsets.UTF_8));
        Checkpoint checkpoint = Checkpoint.parse(note.text());
        assertThat(checkpoint.origin()).isEqualTo("example.com/behind-the-sofa");
        assertThat(checkpoint.size()).isEqualTo(20852163);
        assertThat(checkpoint.root()).hasToString("0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62");
        assertThat(checkpoint.text()).isEqualTo(TEXT);
        assertThat(note).hasToString(NOTE);
    }

    @Test
    void extensionLines_areKept() {
        String text = TEXT + "one\ntwo\n";
        assertThat(Checkpoint.parse(text).extensions()).containsExactly("one", "two");
        assertThat(Checkpoint.parse(text).text()).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "a\n1\n",
                "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
                "\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
                "a\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
                "a\n+1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
                "a\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
                "a\n\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
                "a\n1 \n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
                "a\n4611686018427387905\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
                "a\n99999999999999999999\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
                "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n",
                "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n",
                "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hS\n",
                "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n",
                "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\nb\n",
                "a\r\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
            })
    void textThatIsNoCheckpoint_isRefused(String text) {
        assertRefused(ArchiveError.INVALID_REQUEST, () -> Checkpoint.parse(text));
    }

    @Test
    void largestSizeAndNone_areTaken() {
        String root = "\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
        assertThat(Checkpoint.parse("a\n4611686018427387904" + root).size()).isEqualTo(1L << 62);
        assertThat(Checkpoint.parse("a\n0" + root).size()).isZero();
    }

    @Test
    void signedCheckpoint_isVerifiedByItsOriginsKeyOnly() {
        SignedCheckpoint signed = SignedCheckpoint.sign(CHECKPOINT, origin);
        byte[] note = signed.note().toBytes();
        assertThat(SignedCheckpoint.verify(note, key(origin))).isEqualTo(signed);
        assertThat(SignedCheckpoint.verify(note, key(origin)).checkpoint()).isEqualTo(CHECKPOINT);
        assertRefused(ArchiveError.NOT_VERIFIED, () -> SignedCheckpoint.verify(note, key(witness)));
        assertRefused(ArchiveError.NOT_VERIFIED, () -> SignedCheckpoint.verify(note, key(signer("example.com/a"))));
        assertRefused(
                ArchiveError.NOT_VERIFIED,
                () -> SignedCheckpoint.verify(note, origin.verifierKey(SignatureType.COSIGNATURE)));
    }

    @Test
    void checkpointThatStatesAnotherOrigin_isRefused() {
        SignedNote note = SignedCheckpoint.sign(CHECKPOINT, witness).note();
        assertRefused(ArchiveError.NOT_VERIFIED, () -> SignedCheckpoint.verify(note, key(witness)));
    }

    @Test
    void noteThatIsNoCheckpoint_isRefused() {
        SignedNote note = new SignedNote("text\n", List.of(origin.sign("text\n")));
        assertRefused(ArchiveError.INVALID_REQUEST, () -> SignedCheckpoint.verify(note, key(origin)));
    }

    @Test
    void everyChangedByte_isRefused() {
        byte[] note = SignedCheckpoint.sign(CHECKPOINT, origin).note().toBytes();
        for (int at = 0; at < note.length; at++) {
            byte[] changed = note.clone();
            changed[at] ^= 1;
            assertThatThrownBy(() -> SignedCheckpoint.verify(changed, key(origin)))
                    .as("byte %d", at)
                    .isInstanceOf(ArchiveException.class);
        }
    }

    @Test
    void cosignature_isFoundBesideTheOriginsSignature() {
        SignedCheckpoint signed = SignedCheckpoint.sign(CHECKPOINT, origin).cosign(witness, NOON);
        SignedCheckpoint read = SignedCheckpoint.verify(signed.note().toBytes(), key(origin));
        assertThat(read.cosignedBy(witness.verifierKey(SignatureType.COSIGNATURE)))
                .contains(NOON);
        assertThat(read.cosignedBy(origin.verifierKey(SignatureType.COSIGNATURE)))
                .isEmpty();
    }

    @Test
    void cosignatureOfAnotherCheckpoint_isRefused() {
        SignedCheckpoint larger = SignedCheckpoint.sign(new Checkpoint("example.com/a", 8, Digest.sha256()), origin);
        SignedCheckpoint forged = SignedCheckpoint.sign(CHECKPOINT, origin)
                .with(witness.cosign(larger.note().text(), NOON));
        assertRefused(
                ArchiveError.NOT_VERIFIED, () -> forged.cosignedBy(witness.verifierKey(SignatureType.COSIGNATURE)));
    }
}
