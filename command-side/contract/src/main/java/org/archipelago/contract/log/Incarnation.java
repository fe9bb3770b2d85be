package org.archipelago.contract.log;

import java.util.UUID;

/** One continuous history of a local log; changes when the log is restored or copied to another engine. */
public record Incarnation(UUID value) {
    public static Incarnation parse(String text) {
        return new Incarnation(UUID.fromString(text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
