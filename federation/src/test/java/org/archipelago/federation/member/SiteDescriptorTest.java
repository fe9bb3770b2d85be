package org.archipelago.federation.member;

import static org.archipelago.federation.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.hpke.RecipientKey;
import org.archipelago.federation.identity.SiteIdentity;
import org.archipelago.federation.note.SignedNote;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SiteDescriptorTest {
    private static final Instant ISSUED = Instant.parse("2026-11-29T15:00:00Z");

    @TempDir
    Path temp;

    private SiteIdentity identity;

    @BeforeEach
    void identity() throws IOException {
        identity = SiteIdentity.create(temp, new SiteId(new UUID(1, 2)), new SecureRandom());
    }

    private SiteDescriptor descriptor(Optional<PeerAddress> address, Optional<UUID> invitation) {
        return new SiteDescriptor(
                identity.verifierKey(),
                "north",
                Digest.sha256(new byte[] {1}),
                new RecipientKey("ab".repeat(32)),
                ISSUED,
                address,
                invitation,
                Optional.empty());
    }

    private SiteDescriptor full() {
        return descriptor(Optional.of(new PeerAddress("north.example", 8441)), Optional.of(new UUID(3, 4)));
    }

    @Test
    void signedDescriptor_isReadAsItWasWritten() {
        for (SiteDescriptor written : List.of(full(), descriptor(Optional.empty(), Optional.empty()))) {
            SiteDescriptor read =
                    SiteDescriptor.parse(written.signedBy(identity).toBytes());
            assertThat(read).isEqualTo(written);
            assertThat(read.site()).isEqualTo(identity.site());
            assertThat(read.fingerprint()).isEqualTo(identity.fingerprint());
        }
    }

    /** Of the signature's line, only what identifies and verifies it. */
    @Test
    void eachChangedByte_isRefused() {
        byte[] good = full().signedBy(identity).toBytes();
        for (int place = 0; place < good.length; place++) {
            byte[] bad = good.clone();
            bad[place] ^= 1;
            assertThatThrownBy(() -> SiteDescriptor.parse(bad))
                    .as("byte " + place)
                    .isInstanceOf(ArchiveException.class);
        }
    }

    @Test
    void descriptorThatAnotherSigned_isRefused() throws IOException {
        SiteIdentity other = SiteIdentity.create(temp.resolve("other"), identity.site(), new SecureRandom());
        String text = full().signedBy(identity).text();
        byte[] forged = new SignedNote(text, List.of(other.signer().sign(text))).toBytes();
        assertRefused(ArchiveError.NOT_VERIFIED, () -> SiteDescriptor.parse(forged));
    }

    @Test
    void textOfAnotherForm_isRefusedThoughItIsSigned() {
        String text = full().signedBy(identity).text();
        List<String> others = List.of(
                "\n",
                text + "address another.example:1\n",
                text + "more x\n",
                text.replace("label north", "label North"),
                text.replace(":8441", ":08441"),
                text.replace("seal ab", "seal AB"),
                text.replace("seal abab", "seal ab"),
                text.replace("seal " + "ab".repeat(32) + "\n", ""),
                text.replace("2026-11-29T15:00:00Z", "2026-11-29T15:00:00.5Z"),
                text.replace("2026-11-29T15:00:00Z", "2026-11-29T15:00Z"),
                text.replace("descriptor 1", "descriptor 2"),
                text + "answers " + new UUID(5, 6) + "\n");
        assertThat(others).allSatisfy(other -> {
            byte[] bytes = new SignedNote(other, List.of(identity.signer().sign(other))).toBytes();
            assertRefused(ArchiveError.INVALID_REQUEST, () -> SiteDescriptor.parse(bytes));
        });
    }

    @Test
    void longFile_isRefusedUnread() {
        byte[] file = "x".repeat(SiteDescriptor.MAX_LENGTH_BYTES + 1).getBytes(StandardCharsets.US_ASCII);
        assertRefused(ArchiveError.REQUEST_TOO_LARGE, () -> SiteDescriptor.parse(file));
    }

    @Test
    void addresses_haveOneForm() {
        for (String good : List.of("127.0.0.1:8441", "[::1]:1", "a-b.example:65535")) {
            assertThat(PeerAddress.parse(good)).hasToString(good);
        }
        for (String bad :
                List.of("", ":1", "a:0", "a:65536", "a", "a b:1", "::1:2", "a:+1", "-a:1", "a/b:1", "a@b:1")) {
            assertThatThrownBy(() -> PeerAddress.parse(bad)).as(bad).isInstanceOf(ArchiveException.class);
        }
    }
}
