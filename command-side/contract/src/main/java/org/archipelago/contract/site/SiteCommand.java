package org.archipelago.contract.site;

import org.archipelago.contract.log.StreamId;
import org.axonframework.modelling.command.TargetAggregateIdentifier;

/** What the node says of itself. */
public sealed interface SiteCommand {
    StreamId stream();

    /** Records each start; a start without a stop before it tells of a crash. */
    record StartNode(@TargetAggregateIdentifier StreamId stream, String version, String configurationDigest)
            implements SiteCommand {}

    /** Idempotent: without an event when the node is not running. */
    record StopNode(@TargetAggregateIdentifier StreamId stream) implements SiteCommand {}
}
