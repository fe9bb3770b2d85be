package org.archipelago.domain;

import java.util.Optional;

/**
 * An aggregate whose state can stand in for its events. The record it hands out is stored as the snapshot's payload, and
 * an event sourcing handler of the aggregate takes it back as the first event of the stream.
 */
public interface SnapshottedAggregate {
    /** Immutable, of records and the contract's types alone; empty when there must be none. */
    Optional<Object> snapshot();
}
