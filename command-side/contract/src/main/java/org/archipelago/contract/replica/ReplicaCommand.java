package org.archipelago.contract.replica;

import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.StreamId;
import org.axonframework.modelling.command.TargetAggregateIdentifier;

/** What the node says of its replicas. */
public sealed interface ReplicaCommand {
    StreamId stream();

    /** Idempotent: without an event when it is no more than what was recorded. */
    record AdvanceReplica(@TargetAggregateIdentifier StreamId stream, SiteId origin, long size, Digest root)
            implements ReplicaCommand {}
}
