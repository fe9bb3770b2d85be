package org.archipelago.federation.identity;

import java.util.UUID;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;

/**
 * What a site signs as, and the origin line of its checkpoints: {@code archipelago/<site id>}. Of the id, which is for ever, not of the
 * label; no host name, since any peer may serve any origin's log.
 */
public final class SiteKeyName {
    private static final String PREFIX = "archipelago/";

    private SiteKeyName() {}

    public static String of(SiteId site) {
        return PREFIX + site;
    }

    /** @throws ArchiveException INVALID_REQUEST unless it is the name of a site, in its one spelling */
    public static SiteId parse(String name) {
        try {
            if (name.startsWith(PREFIX)) {
                SiteId site = new SiteId(UUID.fromString(name.substring(PREFIX.length())));
                if (of(site).equals(name)) {
                    return site;
                }
            }
        } catch (IllegalArgumentException e) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "name of a site", e);
        }
        throw new ArchiveException(ArchiveError.INVALID_REQUEST, "name of a site");
    }
}
