package org.archipelago.contract.study;

import org.archipelago.contract.log.StreamId;

/** One site's copy of a study. */
public record StudyCopyId(StreamId stream) {
    @Override
    public String toString() {
        return stream.value();
    }
}
