package org.archipelago.contract.federation;

import java.time.Instant;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;

/** What this site does for another one that has lost what it had. One stream for each. */
public sealed interface RecoveryEvent {
    StreamId stream();

    /**
     * A site that asked for them has been given back its own keys, as far as it had granted them to this site, for its records up to
     * here. Recorded before they leave.
     *
     * @param recipient SHA-256 of the public key that they are sealed to
     * @param through the furthest; whatever {@code keys} says, any of what is before it may have been given
     * @param keys how many were in the answer that this was recorded for; further answers of that day may have held as many each
     */
    record KeysReturned(
            StreamId stream, SiteId site, Digest recipient, OriginPosition through, int keys, Instant returnedAt)
            implements RecoveryEvent {}
}
