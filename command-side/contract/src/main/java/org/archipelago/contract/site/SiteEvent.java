package org.archipelago.contract.site;

import java.time.Instant;
import org.archipelago.contract.log.StreamId;

/** What happens to the node itself; one stream per site. */
public sealed interface SiteEvent {
    StreamId stream();

    /** @param configurationDigest hexadecimal SHA-256 of the configuration in force, so that a change of it shows */
    record NodeStarted(StreamId stream, String version, String configurationDigest, Instant startedAt)
            implements SiteEvent {}

    record NodeStopped(StreamId stream, Instant stoppedAt) implements SiteEvent {}
}
