package org.archipelago.contract.federation;

import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.axonframework.modelling.command.TargetAggregateIdentifier;

/** Says what this site does for another one that has lost what it had. */
public sealed interface RecoveryCommand {
    StreamId stream();

    /**
     * Without an event when this recipient is on record, for this day, to have been given as much: who asks again and again fills no log.
     */
    record RecordReturnedKeys(
            @TargetAggregateIdentifier StreamId stream, SiteId site, Digest recipient, OriginPosition through, int keys)
            implements RecoveryCommand {}
}
