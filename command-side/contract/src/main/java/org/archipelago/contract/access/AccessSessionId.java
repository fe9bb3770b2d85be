package org.archipelago.contract.access;

import org.archipelago.contract.log.StreamId;

/** One session of access: same person, same subject, same purpose, reads at most 15 minutes apart. */
public record AccessSessionId(StreamId stream) {
    @Override
    public String toString() {
        return stream.value();
    }
}
