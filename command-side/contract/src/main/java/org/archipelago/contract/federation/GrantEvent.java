package org.archipelago.contract.federation;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;

/**
 * What this site lets another one open of its own. One stream for each other site, and one for each study whose pixel key was asked for;
 * all of a site's are sealed with one key, which that site has, too: it reads them wherever it gets them from.
 */
public sealed interface GrantEvent {
    /** Of one event. */
    int MAX_KEYS = 256;

    StreamId stream();

    /**
     * From here on the peer can open what these keys seal. Nothing takes that back: a peer is trusted to forget.
     *
     * @param recipient SHA-256 of the peer's public key that they are sealed to
     * @param keys of this site's own streams, at most {@link #MAX_KEYS}
     * @param sealed the keys in that order
     * @param through own records up to here have been looked at for keys that every member gets; empty for what was asked for
     */
    record KeyGranted(
            StreamId stream,
            SiteId peer,
            Digest recipient,
            List<KeyRef> keys,
            SealedKeys sealed,
            String reason,
            Optional<OriginPosition> through,
            Instant grantedAt)
            implements GrantEvent {
        public KeyGranted {
            keys = List.copyOf(keys);
        }
    }
}
