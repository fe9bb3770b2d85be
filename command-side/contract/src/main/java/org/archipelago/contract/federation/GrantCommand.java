package org.archipelago.contract.federation;

import java.util.List;
import java.util.Optional;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.axonframework.modelling.command.TargetAggregateIdentifier;

/** Changes what another site can open of this one's. */
public sealed interface GrantCommand {
    StreamId stream();

    /**
     * The caller has sealed the keys to the peer. Idempotent: without an event when this recipient has been granted as much. Refused with
     * INVALID_REQUEST when the keys are not of this site's studies and patients, or are more than one event names.
     */
    record GrantKeys(
            @TargetAggregateIdentifier StreamId stream,
            SiteId peer,
            Digest recipient,
            List<KeyRef> keys,
            SealedKeys sealed,
            String reason,
            Optional<OriginPosition> through)
            implements GrantCommand {}
}
