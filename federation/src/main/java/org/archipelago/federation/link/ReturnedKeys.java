package org.archipelago.federation.link;

import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.federation.SealedKeys;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;

/**
 * The caller's own keys, as far as it had granted them to the peer that answers.
 *
 * @param next position of the caller's own record with which to ask on; that of the question where the peer has no more records
 * @param keys what they are for, at most {@link LinkBounds#MAX_RETURNED_KEYS}
 * @param sealed the keys in that order, to the caller; without bytes when there are none
 */
public record ReturnedKeys(OriginPosition next, List<KeyRef> keys, SealedKeys sealed) {
    /** @throws ArchiveException REQUEST_TOO_LARGE */
    public ReturnedKeys {
        keys = List.copyOf(keys);
        if (keys.size() > LinkBounds.MAX_RETURNED_KEYS
                || sealed.bytes().length > LinkBounds.MAX_RETURNED_SEALED_BYTES) {
            throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "returned keys");
        }
    }
}
