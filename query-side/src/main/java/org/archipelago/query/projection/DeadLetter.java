package org.archipelago.query.projection;

import java.time.Instant;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.RecordId;

/**
 * An event that could not be folded, or that waits behind one of its stream. Holds nothing of the event's content.
 *
 * @param group which projection
 * @param stream its stream, whose later events wait behind it
 * @param error name of the refusal, class name or Elasticsearch's type of error, of the last attempt; {@code behind} for one that waits
 * @param attempts how often it was tried; 0 for one that only waits behind another
 * @param lastFailedAt of the last attempt; when it was parked, if there was none since
 */
public record DeadLetter(
        String group,
        RecordId record,
        LocalPosition position,
        String stream,
        String type,
        String error,
        Instant parkedAt,
        int attempts,
        Instant lastFailedAt) {
    static final String BEHIND = "behind";

    DeadLetter failedAgain(String why, Instant at) {
        return new DeadLetter(group, record, position, stream, type, why, parkedAt, attempts + 1, at);
    }
}
