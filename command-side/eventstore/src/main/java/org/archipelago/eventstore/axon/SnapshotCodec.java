package org.archipelago.eventstore.axon;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.archipelago.eventstore.body.ArchiveCbor;

/**
 * How what an aggregate hands out as its snapshot is kept. A snapshot of another revision is ignored and the stream read
 * from its beginning, so a change of the state's shape only raises the revision.
 *
 * @param name stable name; 1 to 64 ASCII characters
 * @param revision raised with every change of the state or of what a fold makes of an event
 * @param state the snapshot message's payload: a record of the contract's types and plain collections
 */
public record SnapshotCodec(String name, int revision, Class<?> state) {
    private static final int MAX_NAME_CHARS = 64;
    private static final ObjectMapper CBOR = ArchiveCbor.mapper();

    public SnapshotCodec {
        if (name.isEmpty() || name.length() > MAX_NAME_CHARS || !name.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IllegalArgumentException("name of a snapshot codec");
        }
    }

    byte[] encode(Object snapshot) {
        try {
            return CBOR.writeValueAsBytes(state.cast(snapshot));
        } catch (IOException e) {
            throw new UncheckedIOException("a state that cannot be encoded", e);
        }
    }

    Object decode(byte[] plain) throws IOException {
        return CBOR.readValue(plain, state);
    }
}
