package org.archipelago.contract.log;

import java.util.UUID;

/** The random 128-bit id of a record. */
public record RecordId(UUID value) {
    public static RecordId parse(String text) {
        return new RecordId(UUID.fromString(text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
