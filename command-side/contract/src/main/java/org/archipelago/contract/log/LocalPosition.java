package org.archipelago.contract.log;

/** A record's place in one node's merged log: comparable there, meaningless elsewhere. From 0; -1 is before the first. */
public record LocalPosition(long value) implements Comparable<LocalPosition> {
    @Override
    public int compareTo(LocalPosition other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
