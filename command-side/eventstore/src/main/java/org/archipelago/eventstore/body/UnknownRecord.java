package org.archipelago.eventstore.body;

import org.archipelago.contract.log.StreamId;

/**
 * What an event reads back as when this program does not know its type or version, or cannot read its authentic content
 * as what it knows: a newer node wrote it. It is stored, verified and relayed all the same, and read after an upgrade.
 *
 * @param content the opened CBOR; empty when the suite's encoding is unknown. Callers do not change the array.
 */
public record UnknownRecord(StreamId stream, String type, int version, byte[] content) {
    /** Stream and type only. */
    @Override
    public String toString() {
        return stream + " " + type + " " + version;
    }
}
