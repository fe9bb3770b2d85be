package org.archipelago.federation.identity;

import static org.archipelago.federation.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.SiteId;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SiteSecretFileTest {
    private static final SiteId SITE = new SiteId(new UUID(1, 1));
    private static final SiteId OTHER = new SiteId(new UUID(2, 2));

    @TempDir
    Path directory;

    private final byte[] secret = new byte[SiteSecretFile.LENGTH_BYTES];

    @BeforeEach
    void create() throws IOException {
        secret[0] = 7;
        SiteSecretFile.create(directory, SITE, secret);
    }

    private Path file() {
        return directory.resolve("site.secret");
    }

    @Test
    void secret_isReadBack_byItsOwnerAlone() throws IOException {
        assertThat(SiteSecretFile.open(directory, SITE)).isEqualTo(secret);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r-----"));
        assertRefused(ArchiveError.NOT_AUTHORIZED, () -> SiteSecretFile.open(directory, SITE));
    }

    @Test
    void secretOfAnotherSite_isRefused() {
        assertRefused(ArchiveError.INVALID_REQUEST, () -> SiteSecretFile.open(directory, OTHER));
    }

    @Test
    void damagedOrMissingOne_isRefused() throws IOException {
        Files.writeString(file(), Files.readString(file()).substring(0, 80));
        assertRefused(ArchiveError.CORRUPT, () -> SiteSecretFile.open(directory, SITE));
        Files.delete(file());
        assertRefused(ArchiveError.NOT_FOUND, () -> SiteSecretFile.open(directory, SITE));
    }

    @Test
    void secretThatIsThere_isNotOverwritten() {
        assertThatThrownBy(() -> SiteSecretFile.create(directory, SITE, new byte[32]))
                .isInstanceOf(FileAlreadyExistsException.class);
    }
}
