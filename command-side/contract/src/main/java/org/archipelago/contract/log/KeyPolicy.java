package org.archipelago.contract.log;

import java.util.Optional;

/** Port: under which key the records of a stream are sealed. Asked once per stream, for its first event; later records take the same key. */
public interface KeyPolicy {
    KeyRef keyFor(StreamId stream, Object firstEvent);

    /**
     * The key instead when the earlier ones were destroyed; empty where the stream is to stay without one.
     *
     * @param generation from 1, one more for each key that was destroyed
     */
    default Optional<KeyRef> successor(StreamId stream, Object firstEvent, int generation) {
        return Optional.empty();
    }
}
