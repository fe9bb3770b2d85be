package org.archipelago.federation.note;

import static org.archipelago.federation.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.federation.ed25519.Ed25519KeyPair;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SignedNoteTest {
    /** The example of golang.org/x/mod/sumdb/note. */
    private static final String PETER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    private static final String PETER_SECRET = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    private static final String PETER_TEXT = """
            If you think cryptography is the answer to your problem,
            then you don't know what your problem is.
            """;
    private static final String PETER_NOTE = PETER_TEXT + """

            — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
            """;

    /** The example of C2SP signed-note. */
    private static final String FOO_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    private static final String FOO_NOTE = """
            This is an example message.

            — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
            """;

    private static final String TEXT = "some\n\ntext\n";
    private static final Instant NOON = Instant.parse("2026-11-29T12:00:00.9Z");

    private final NoteSigner signer = new NoteSigner("example.com/a", Ed25519KeyPair.generate(new SecureRandom()));
    private final NoteSigner other = new NoteSigner("example.com/b", Ed25519KeyPair.generate(new SecureRandom()));

    private static SignedNote note(String text) {
        return SignedNote.parse(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void publishedNotes_areVerified() {
        assertThat(note(PETER_NOTE).verifiedBy(VerifierKey.parse(PETER_KEY))).isTrue();
        assertThat(note(PETER_NOTE).text()).isEqualTo(PETER_TEXT);
        assertThat(note(FOO_NOTE).verifiedBy(VerifierKey.parse(FOO_KEY))).isTrue();
        assertThat(note(FOO_NOTE).verifiedBy(VerifierKey.parse(PETER_KEY))).isFalse();
    }

    @Test
    void publishedNote_isSignedToTheSameBytes() {
        byte[] seed = Arrays.copyOfRange(Base64.getDecoder().decode(PETER_SECRET), 1, 33);
        String pkcs8 = "302e020100300506032b657004220420" + HexFormat.of().formatHex(seed);
        VerifierKey key = VerifierKey.parse(PETER_KEY);
        NoteSigner peter =
                new NoteSigner(key.name(), Ed25519KeyPair.ofPkcs8(HexFormat.of().parseHex(pkcs8), key.key()));
        assertThat(peter.verifierKey(SignatureType.ED25519)).isEqualTo(key);
        assertThat(new SignedNote(PETER_TEXT, List.of(peter.sign(PETER_TEXT)))).hasToString(PETER_NOTE);
    }

    /** The last one is of a witness, from the tests of transparency-dev/formats. */
    @ParameterizedTest
    @ValueSource(strings = {PETER_KEY, FOO_KEY, "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"})
    void publishedKeys_areReadAndWrittenTheSame(String key) {
        assertThat(VerifierKey.parse(key)).hasToString(key);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "PeterNeumann",
                "PeterNeumann+c74f20a3",
                "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10",
                "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq_LDE4izWy10TW",
                "PeterNeumann+c74f20a3+Ahpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            })
    void keyThatIsNone_isRefused(String key) {
        assertRefused(ArchiveError.INVALID_REQUEST, () -> VerifierKey.parse(key));
    }

    @Test
    void noteOfSeveralKeys_isVerifiedByEach() {
        SignedNote signed = new SignedNote(TEXT, List.of(signer.sign(TEXT))).with(other.sign(TEXT));
        SignedNote read = SignedNote.parse(signed.toBytes());
        assertThat(read).isEqualTo(signed).hasSameHashCodeAs(signed);
        assertThat(read.verifiedBy(signer.verifierKey(SignatureType.ED25519))).isTrue();
        assertThat(read.verifiedBy(other.verifierKey(SignatureType.ED25519))).isTrue();
    }

    @Test
    void signatureOfAnUnknownKey_isPassedOver() {
        NoteSignature unknown = new NoteSignature("example.com/a", 42, new byte[5000]);
        SignedNote read = SignedNote.parse(
                new SignedNote(TEXT, List.of(unknown)).with(signer.sign(TEXT)).toBytes());
        assertThat(read.verifiedBy(signer.verifierKey(SignatureType.ED25519))).isTrue();
        assertThat(read.verifiedBy(other.verifierKey(SignatureType.ED25519))).isFalse();
    }

    @Test
    void wrongSignatureOfAKnownKey_condemnsTheNote() {
        VerifierKey key = signer.verifierKey(SignatureType.ED25519);
        NoteSignature wrong = new NoteSignature(key.name(), key.keyId(), new byte[64]);
        SignedNote signed = new SignedNote(TEXT, List.of(signer.sign(TEXT))).with(wrong);
        assertRefused(ArchiveError.NOT_VERIFIED, () -> signed.verifiedBy(key));
        SignedNote altered = new SignedNote(TEXT + "!\n", List.of(signer.sign(TEXT)));
        assertRefused(ArchiveError.NOT_VERIFIED, () -> altered.verifiedBy(key));
    }

    @Test
    void cosignature_tellsItsTimeInSeconds() {
        SignedNote signed = new SignedNote(TEXT, List.of(signer.sign(TEXT)))
                .with(other.cosign(TEXT, NOON))
                .with(other.cosign(TEXT, NOON.minusSeconds(60)));
        SignedNote read = SignedNote.parse(signed.toBytes());
        assertThat(read.cosignedBy(other.verifierKey(SignatureType.COSIGNATURE)))
                .contains(Instant.parse("2026-11-29T12:00:00Z"));
        assertThat(read.cosignedBy(signer.verifierKey(SignatureType.COSIGNATURE)))
                .isEmpty();
        assertThat(read.verifiedBy(other.verifierKey(SignatureType.ED25519))).isFalse();
    }

    /** The form of C2SP tlog-cosignature, spelled out. */
    @Test
    void cosignature_isOfTimeAndText() {
        byte[] cosignature =
                other.cosign(TEXT, Instant.ofEpochSecond(1679315147)).signature();
        assertThat(Arrays.copyOf(cosignature, 8)).isEqualTo(HexFormat.of().parseHex("00000000641850cb"));
        byte[] message = ("cosignature/v1\ntime 1679315147\n" + TEXT).getBytes(StandardCharsets.UTF_8);
        assertThat(other.verifierKey(SignatureType.ED25519)
                        .key()
                        .verifies(message, Arrays.copyOfRange(cosignature, 8, 72)))
                .isTrue();
    }

    @Test
    void changedTimeOrText_isNoCosignature() {
        VerifierKey key = other.verifierKey(SignatureType.COSIGNATURE);
        NoteSignature right = other.cosign(TEXT, NOON);
        for (int at = 0; at < right.signature().length; at++) {
            byte[] bytes = right.signature().clone();
            bytes[at] ^= (byte) 0x80;
            SignedNote note = new SignedNote(TEXT, List.of(new NoteSignature(key.name(), key.keyId(), bytes)));
            assertRefused(ArchiveError.NOT_VERIFIED, () -> note.cosignedBy(key));
        }
        assertRefused(ArchiveError.NOT_VERIFIED, () -> new SignedNote("other\n", List.of(right)).cosignedBy(key));
        NoteSignature tooShort = new NoteSignature(key.name(), key.keyId(), new byte[] {1});
        assertRefused(ArchiveError.NOT_VERIFIED, () -> new SignedNote(TEXT, List.of(tooShort)).cosignedBy(key));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "text\n",
                "text\n\n",
                "text\n— a AAAAAAE=\n", // no blank line
                "text\n\n— a AAAAAAE=", // no newline at the end
                "text\n\n- a AAAAAAE=\n", // a hyphen
                "text\n\n—  AAAAAAE=\n", // no name
                "text\n\n— AAAAAAE=\n", // no name
                "text\n\n— a+b AAAAAAE=\n",
                "text\n\n— a b AAAAAAE=\n",
                "text\n\n— a\u00a0b AAAAAAE=\n",
                "text\n\n— a AAAAAA==\n", // nothing behind the key id
                "text\n\n— a AAAAAAE\n", // no padding
                "text\n\n— a AAAAAAF=\n", // bits behind the last byte
                "text\n\n— a AAAA-AE=\n",
                "text\n\n— a AAAAAAE= \n",
                "text\n\n— a AAAAAAE=\nmore\n",
                "te\txt\n\n— a AAAAAAE=\n",
                "te\rxt\n\n— a AAAAAAE=\n",
                "te\0xt\n\n— a AAAAAAE=\n",
            })
    void malformedNote_isRefused(String text) {
        assertRefused(ArchiveError.INVALID_REQUEST, () -> note(text));
    }

    @Test
    void noteThatIsNotUtf8_isRefused() {
        byte[] bytes = "text\n\n— a AAAAAAE=\n".getBytes(StandardCharsets.UTF_8);
        bytes[1] = (byte) 0xff;
        assertRefused(ArchiveError.INVALID_REQUEST, () -> SignedNote.parse(bytes));
    }

    @Test
    void noteBeyondItsBounds_isRefused() {
        String line = "— a AAAAAAE=\n";
        assertThat(note("text\n\n" + line.repeat(SignedNote.MAX_SIGNATURES)).signatures())
                .hasSize(SignedNote.MAX_SIGNATURES);
        assertRefused(
                ArchiveError.REQUEST_TOO_LARGE, () -> note("text\n\n" + line.repeat(SignedNote.MAX_SIGNATURES + 1)));
        assertRefused(
                ArchiveError.REQUEST_TOO_LARGE, () -> note("x".repeat(SignedNote.MAX_LENGTH_BYTES) + "\n\n" + line));
    }

    /** What every reader is to take: sixteen signatures of post-quantum size. */
    @Test
    void sixteenLargeSignatures_areTaken() {
        SignedNote signed = new SignedNote(TEXT, List.of(signer.sign(TEXT)));
        for (int i = 0; i < 15; i++) {
            signed = signed.with(new NoteSignature("example.com/" + i, i, new byte[5000]));
        }
        assertThat(SignedNote.parse(signed.toBytes())).isEqualTo(signed);
    }
}
