package org.archipelago.contract.log;

/** A record's place among all records of its origin: dense, from 0, the same on every node. */
public record OriginPosition(long value) implements Comparable<OriginPosition> {
    @Override
    public int compareTo(OriginPosition other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
