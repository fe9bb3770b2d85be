package org.archipelago.contract.quarantine;

import org.archipelago.contract.log.StreamId;

/** One quarantined object. */
public record QuarantineId(StreamId stream) {
    @Override
    public String toString() {
        return stream.value();
    }
}
