package org.archipelago.query;

import java.util.List;
import java.util.Optional;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.StreamId;
import org.axonframework.eventhandling.TrackedEventMessage;

/**
 * Port: what the read side asks the local log besides its events in order: whether a token belongs to it, whose a stream is, and
 * what another site's stream says once it can be read. Thread-safe.
 */
public interface LogPositions {
    Incarnation incarnation();

    /** Whose log this is. */
    SiteId site();

    /** The record at a position; empty when there is none. */
    Optional<RecordId> recordAt(LocalPosition position);

    /**
     * Whether this site wrote a stream. Those of other sites are in the log, too: what is folded of them stands apart by its origin,
     * since who searches this site must not meet what another one holds.
     */
    boolean isOwn(String stream);

    /** Events of a stream of another site as they can be read now, in order, from a revision on; at most so many. */
    List<TrackedEventMessage<?>> read(StreamId stream, long revision, int most);

    /** Whether the key of a stream of another site is here, so that reading it anew may tell more than before. */
    boolean hasKey(StreamId stream);

    /** The last durable position; -1 when the log is empty. */
    LocalPosition head();
}
