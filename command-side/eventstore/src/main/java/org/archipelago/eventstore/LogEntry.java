package org.archipelago.eventstore;

import org.archipelago.contract.log.LocalPosition;

/** What is at a position: a record, or what is left of one. */
public sealed interface LogEntry permits StoredRecord, DamagedRecord {
    LocalPosition local();
}
