package org.archipelago.federation.link;

import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.federation.SealedKeys;
import org.archipelago.contract.log.KeyRef;

/**
 * Keys that a site gives to another itself, besides those in its log.
 *
 * @param keys what they are for, at most {@link LinkBounds#MAX_HANDED_KEYS}
 * @param sealed the keys in that order, to the one who asked
 */
public record HandedKeys(List<KeyRef> keys, SealedKeys sealed) {
    /** @throws ArchiveException REQUEST_TOO_LARGE */
    public HandedKeys {
        keys = List.copyOf(keys);
        if (keys.size() > LinkBounds.MAX_HANDED_KEYS || sealed.bytes().length > LinkBounds.MAX_SEALED_BYTES) {
            throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "keys from a peer");
        }
    }
}
