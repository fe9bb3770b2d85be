package org.archipelago.acceptance;

import org.axonframework.eventsourcing.eventstore.EventStorageEngine;

/** An event store that is measured through Axon's interface. */
interface BenchedLog extends AutoCloseable {
    EventStorageEngine engine();

    /** How many events it has, by its own count. */
    long count() throws Exception;

    /** Reads all of it as it is kept, and opens nothing. How many events that were. */
    long scan() throws Exception;
}
