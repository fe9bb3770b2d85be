package org.archipelago.contract.log;

import java.util.OptionalLong;
import org.axonframework.eventhandling.TrackingToken;

/**
 * A projection's progress: the last record it has taken in, in one incarnation of the local log. A token of another
 * incarnation, or whose record is not at its position, means: rebuild.
 *
 * @param local position of the last record taken in; -1 before the first
 * @param record id of the record at that position; the nil UUID before the first
 */
public record LocalToken(Incarnation incarnation, LocalPosition local, RecordId record) implements TrackingToken {
    @Override
    public LocalToken lowerBound(TrackingToken other) {
        return local.compareTo(same(other).local) <= 0 ? this : same(other);
    }

    @Override
    public LocalToken upperBound(TrackingToken other) {
        return local.compareTo(same(other).local) >= 0 ? this : same(other);
    }

    @Override
    public boolean covers(TrackingToken other) {
        return other == null || local.compareTo(same(other).local) >= 0;
    }

    @Override
    public OptionalLong position() {
        return OptionalLong.of(local.value());
    }

    private LocalToken same(TrackingToken other) {
        if (other instanceof LocalToken token && token.incarnation.equals(incarnation)) {
            return token;
        }
        throw new IllegalArgumentException("tokens of different logs cannot be compared");
    }
}
