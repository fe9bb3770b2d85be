package org.archipelago.federation.identity;

import static org.archipelago.federation.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SiteIdentityTest {
    private static final SiteId SITE = SiteId.parse("11111111-2222-3333-4444-555555555555");
    private static final SiteId OTHER = SiteId.parse("11111111-2222-3333-4444-666666666666");
    private static final String TEXT = "text\n";

    @TempDir
    Path directory;

    private SiteIdentity create() throws IOException {
        return SiteIdentity.create(directory.resolve("identity"), SITE, new SecureRandom());
    }

    private Path file() {
        return directory.resolve("identity/signing-key.pem");
    }

    private SiteIdentity open() throws IOException {
        return SiteIdentity.open(directory.resolve("identity"), SITE);
    }

    @Test
    void identity_isTheSameWhenOpenedAgain() throws IOException {
        assertThat(SiteIdentity.exists(directory.resolve("identity"))).isFalse();
        SiteIdentity made = create();
        assertThat(SiteIdentity.exists(directory.resolve("identity"))).isTrue();
        SiteIdentity again = open();
        assertThat(again.verifierKey()).isEqualTo(made.verifierKey());
        assertThat(again.fingerprint()).isEqualTo(made.fingerprint());
        assertThat(again.signer().sign(TEXT)).isEqualTo(made.signer().sign(TEXT));
    }

    @Test
    void keys_areOfTheOwnerOnly() throws IOException {
        create();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file().getParent())))
                .isEqualTo("rwx------");
    }

    @Test
    void keyThatOthersMayRead_isRefused() throws IOException {
        create();
        for (String mode : List.of("rw-r-----", "rw----r--", "rw--w----", "rw------x", "rw-rw-rw-")) {
            Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString(mode));
            assertRefused(ArchiveError.NOT_AUTHORIZED, this::open).hasMessageContaining("chmod 600");
        }
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("r--------"));
        assertThat(open().site()).isEqualTo(SITE);
    }

    @Test
    void keyThatIsThere_isNeverOverwritten() throws IOException {
        SiteIdentity made = create();
        assertThatThrownBy(this::create).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(open().fingerprint()).isEqualTo(made.fingerprint());
    }

    @Test
    void keyOfAnotherSite_isRefused() throws IOException {
        create();
        assertRefused(ArchiveError.INVALID_REQUEST, () -> SiteIdentity.open(directory.resolve("identity"), OTHER));
    }

    @Test
    void missingKey_isNotMadeAnew() {
        assertRefused(ArchiveError.NOT_FOUND, this::open);
    }

    @Test
    void damagedKey_isRefusedWithoutBeingQuoted() throws IOException {
        create();
        byte[] whole = Files.readAllBytes(file());
        String secret = Files.readAllLines(file()).get(3).substring(24, 50);
        for (int at = 0; at < whole.length; at++) {
            byte[] changed = whole.clone();
            changed[at] ^= 1;
            Files.write(file(), changed);
            refusedQuietly(secret);
            if (at < whole.length - 1) { // its last newline may be missing
                Files.write(file(), Arrays.copyOf(whole, at));
                refusedQuietly(secret);
            }
        }
        Files.write(file(), new byte[5000]);
        refusedQuietly(secret);
    }

    private void refusedQuietly(String secret) {
        Throwable refused = catchThrowable(this::open);
        assertThat(refused).isInstanceOf(ArchiveException.class);
        StringWriter trace = new StringWriter();
        refused.printStackTrace(new PrintWriter(trace));
        assertThat(trace.toString()).doesNotContain(secret);
    }

    @Test
    void fingerprint_isOfTheNameAndTheKey() throws IOException {
        SiteIdentity made = create();
        assertThat(made.fingerprint().toString()).hasSize(16 * 5 - 1);
        assertThat(made.verifierKey().toString())
                .startsWith("archipelago/" + SITE + "+"
                        + made.fingerprint().digest().toString().substring(0, 8) + "+");
        assertThat(made).hasToString(SITE + " (" + made.fingerprint() + ")");
        assertThat(SiteFingerprint.parse(made.fingerprint().toString())).isEqualTo(made.fingerprint());
        assertThat(SiteFingerprint.parse("\n" + made.fingerprint().toString().toUpperCase(java.util.Locale.ROOT)))
                .isEqualTo(made.fingerprint());
        assertThat(SiteIdentity.create(directory.resolve("other"), SITE, new SecureRandom())
                        .fingerprint())
                .isNotEqualTo(made.fingerprint());
    }

    @Test
    void textThatIsNoFingerprint_isRefused() {
        for (String text : List.of("", "abcd", "x".repeat(64), "a".repeat(63), "a".repeat(65), " ".repeat(10_000))) {
            assertRefused(ArchiveError.INVALID_REQUEST, () -> SiteFingerprint.parse(text));
        }
    }

    @Test
    void keyName_isOfOneSiteInOneSpelling() {
        assertThat(SiteKeyName.parse(SiteKeyName.of(SITE))).isEqualTo(SITE);
        for (String name : List.of(
                "",
                "archipelago/",
                "archipelago/1-1-1-1-1",
                SITE.toString(),
                "archipelago/" + SITE + "/x",
                "x/" + SITE)) {
            assertRefused(ArchiveError.INVALID_REQUEST, () -> SiteKeyName.parse(name));
        }
    }
}
