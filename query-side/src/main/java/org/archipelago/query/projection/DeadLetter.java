package org.archipelago.query.projection;

import java.time.Instant;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.RecordId;

/**
 * An event that could not be folded, or that waits behind one of its stream. Holds nothing of the event's content.
 *
 * @param group which projection
 * @param stream its stream, whose later events wait behind it
 * @param error class name or Elasticsearch's type of error; {@code behind} for one that waits
 */
public record DeadLetter(
        String group,
        RecordId record,
        LocalPosition position,
        String stream,
        String type,
        String error,
        Instant parkedAt) {
    static final String BEHIND = "behind";
}
