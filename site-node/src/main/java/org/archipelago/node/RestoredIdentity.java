package org.archipelago.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.hpke.RecipientKeyPair;
import org.archipelago.federation.identity.RecipientKeyFile;
import org.archipelago.federation.identity.SiteIdentity;
import org.archipelago.federation.identity.SiteSecretFile;
import org.archipelago.federation.identity.TlsIdentity;
import org.archipelago.federation.member.SiteDescriptor;
import org.archipelago.node.cli.CommandFailure;
import org.archipelago.node.federation.KeptDescriptors;

/**
 * The identity of a site that was destroyed, as it was kept apart. All of it is there and of one site, or nothing is begun.
 *
 * @param peers the members as they were when it was copied
 */
record RestoredIdentity(
        Path source, SiteIdentity signing, TlsIdentity tls, RecipientKeyPair recipient, List<SiteDescriptor> peers) {
    /** @param secretElsewhere whether the site's secret is in a backup of the keys */
    static RestoredIdentity read(Path source, boolean secretElsewhere) throws IOException {
        if (!Files.isDirectory(source)) {
            throw new CommandFailure("There is no identity of a site in " + source
                    + "; bring it from where its copy is kept, or name it with --identity DIR.");
        }
        try {
            SiteId site = SiteIdentity.siteOf(source);
            if (!SiteSecretFile.exists(source) && secretElsewhere) {
                return opened(source, site);
            }
            SiteSecretFile.open(source, site);
            return opened(source, site);
        } catch (ArchiveException e) {
            throw new CommandFailure(
                    "The identity in " + source + " cannot be used: " + e.error() + ", " + e.subject());
        }
    }

    private static RestoredIdentity opened(Path source, SiteId site) throws IOException {
        return new RestoredIdentity(
                source,
                SiteIdentity.open(source, site),
                TlsIdentity.open(source, site),
                RecipientKeyFile.open(source, site),
                new KeptDescriptors(source).read());
    }

    SiteId site() {
        return signing.site();
    }

    /** Into the data directory, if that is not where it is. */
    void bringTo(Path identity) throws IOException {
        if (!source.toAbsolutePath()
                .normalize()
                .equals(identity.toAbsolutePath().normalize())) {
            Maintenance.copyIdentity(source, identity);
        }
    }
}
