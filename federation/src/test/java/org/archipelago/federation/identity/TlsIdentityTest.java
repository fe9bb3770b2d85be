package org.archipelago.federation.identity;

import static org.archipelago.federation.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.UUID;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.SiteId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsIdentityTest {
    private static final Instant NOW = Instant.parse("2026-11-29T15:00:00Z");

    private final SiteId site = new SiteId(new UUID(1, 2));
    private final SecureRandom random = new SecureRandom();

    @TempDir
    Path temp;

    @Test
    void certificate_isSelfSignedUnderTheSitesNameAndGoodForAClockThatIsAYearOff() throws Exception {
        TlsIdentity made = TlsIdentity.create(temp, site, NOW, random);
        made.certificate().verify(made.certificate().getPublicKey());
        assertThat(made.certificate().getSubjectX500Principal().getName()).isEqualTo("CN=archipelago/" + site);
        made.certificate().checkValidity(Date.from(NOW.minus(Duration.ofDays(366))));
        made.certificate().checkValidity(Date.from(NOW.plus(Duration.ofDays(366))));
    }

    @Test
    void validityBeyond2049_isReadAsItWasWritten() {
        Instant to = Instant.parse("2051-01-02T03:04:05Z");
        TlsIdentity made = TlsIdentity.make(site, NOW, to, random);
        assertThat(made.certificate().getNotAfter().toInstant()).isEqualTo(to);
        assertThat(made.certificate().getNotBefore().toInstant()).isEqualTo(NOW);
    }

    @Test
    void keptKey_isTheSameAndForItsOwnerOnly() throws IOException {
        TlsIdentity made = TlsIdentity.create(temp, site, NOW, random);
        TlsIdentity opened = TlsIdentity.open(temp, site);
        assertThat(opened.pin()).isEqualTo(made.pin());
        assertThat(opened.key()).isEqualTo(made.key());
        assertThat(Files.getPosixFilePermissions(temp.resolve("tls.pem")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThatThrownBy(() -> TlsIdentity.create(temp, site, NOW, random))
                .isInstanceOf(FileAlreadyExistsException.class);
    }

    @Test
    void keyThatIsNotThisSitesAlone_isRefused() throws IOException {
        Path file = temp.resolve("tls.pem");
        assertRefused(ArchiveError.NOT_FOUND, () -> TlsIdentity.open(temp, site));
        TlsIdentity.create(temp, site, NOW, random);
        assertRefused(ArchiveError.INVALID_REQUEST, () -> TlsIdentity.open(temp, new SiteId(new UUID(1, 3))));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw----r--"));
        assertRefused(ArchiveError.NOT_AUTHORIZED, () -> TlsIdentity.open(temp, site));
    }

    @Test
    void certificateOfAnotherKey_isRefused() throws IOException {
        TlsIdentity.create(temp.resolve("one"), site, NOW, random);
        TlsIdentity.create(temp.resolve("two"), site, NOW, random);
        Path file = temp.resolve("one/tls.pem");
        String[] one = Files.readString(file).split("\n");
        String[] two = Files.readString(temp.resolve("two/tls.pem")).split("\n");
        Files.writeString(file, Files.readString(file).replace(one[4], two[4]));
        assertRefused(ArchiveError.CORRUPT, () -> TlsIdentity.open(temp.resolve("one"), site));
    }
}
