package org.archipelago.contract.log;

/** A record's place in its stream, from 0. */
public record Revision(long value) implements Comparable<Revision> {
    @Override
    public int compareTo(Revision other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
