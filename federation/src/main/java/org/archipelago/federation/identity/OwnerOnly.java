package org.archipelago.federation.identity;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/** Keys that group or others may do anything with are not used: they may be anybody's by now. */
final class OwnerOnly {
    private OwnerOnly() {}

    /** @throws ArchiveException NOT_AUTHORIZED */
    static void require(Path file, String what) throws IOException {
        Set<PosixFilePermission> granted = Files.getPosixFilePermissions(file);
        if (granted.stream().anyMatch(permission -> !permission.name().startsWith("OWNER_"))) {
            throw new ArchiveException(
                    ArchiveError.NOT_AUTHORIZED,
                    what + " " + file + " is open to others (" + PosixFilePermissions.toString(granted)
                            + "); run: chmod 600 " + file);
        }
    }
}
