package org.archipelago.eventstore;

import java.util.List;
import org.archipelago.contract.log.UniqueClaim;
import org.archipelago.eventstore.record.LogRecord;

/** A record to append, with the claims that its event makes. */
public record PendingRecord(LogRecord record, List<UniqueClaim> claims) {
    public PendingRecord {
        claims = List.copyOf(claims);
    }
}
