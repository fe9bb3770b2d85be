package org.archipelago.query;

import java.util.Optional;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.RecordId;

/** Port: what the read side asks the local log, to tell whether a token belongs to it. Thread-safe. */
public interface LogPositions {
    Incarnation incarnation();

    /** The record at a position; empty when there is none. */
    Optional<RecordId> recordAt(LocalPosition position);

    /**
     * Whether this site wrote a stream. Those of other sites are in the log, too; the indexes of this site leave them out, since who
     * searches it must not meet what another site holds.
     */
    boolean isOwn(String stream);

    /** The last durable position; -1 when the log is empty. */
    LocalPosition head();
}
