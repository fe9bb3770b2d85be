package org.archipelago.eventstore;

import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.LocalToken;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.eventstore.record.LogRecord;

/** A record and its places. */
public record StoredRecord(LocalPosition local, OriginPosition originPosition, LogRecord record) implements LogEntry {
    public LocalToken token(Incarnation incarnation) {
        return new LocalToken(incarnation, local, record.header().id());
    }
}
