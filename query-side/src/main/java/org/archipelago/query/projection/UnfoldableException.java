package org.archipelago.query.projection;

import java.util.List;
import java.util.Set;

/** These events cannot be folded; others can. */
final class UnfoldableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<Place> places;
    private final String reason;

    UnfoldableException(Set<Place> places, String reason) {
        super(places.size() + " events cannot be folded: " + reason);
        this.places = List.copyOf(places);
        this.reason = reason;
    }

    List<Place> places() {
        return places;
    }

    /** A class name or Elasticsearch's type of error: no data of the event. */
    String reason() {
        return reason;
    }
}
