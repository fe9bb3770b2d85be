package org.archipelago.contract.patient;

import org.archipelago.contract.log.StreamId;

/** One site's record of a patient. */
public record PatientRecordId(StreamId stream) {
    @Override
    public String toString() {
        return stream.value();
    }
}
