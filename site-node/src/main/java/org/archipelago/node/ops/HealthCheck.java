package org.archipelago.node.ops;

import java.util.Map;
import java.util.function.Supplier;

/**
 * One thing whose state an operator sees under {@code /actuator/health}.
 *
 * @param name such as {@code log}, {@code blobs}, {@code search}
 * @param neededFor what stops when it is down
 * @param state cheap and bounded in time; called on every request for health
 */
public record HealthCheck(String name, NeededFor neededFor, Supplier<State> state) {
    /** What cannot go on without it. */
    public enum NeededFor {
        /** The process should be restarted when it is down. */
        LIVENESS,
        /** Nothing can be stored or retrieved when it is down: send no traffic. */
        INGEST,
        /** The node goes on with less, and says so. */
        COMFORT
    }

    /** @param details shown to whoever asks; no patient data */
    public record State(boolean up, Map<String, String> details) {
        public State {
            details = Map.copyOf(details);
        }
    }
}
