package org.archipelago.eventstore;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.LocalPosition;

/** Goes through a log from a position on, in chunks, and can wait for what is not yet there. Used by one thread. */
public final class RecordCursor {
    private static final int CHUNK_RECORDS = 256;

    private final EventLog log;
    private final ArrayDeque<StoredRecord> chunk = new ArrayDeque<>();
    private long last;

    /** @param after the last record that is already known; {@link EventLog#BEFORE_FIRST} for all */
    public RecordCursor(EventLog log, LocalPosition after) {
        this.log = log;
        this.last = after.value();
    }

    /** The next record, which stays the next one; empty at the head. */
    public Optional<StoredRecord> peek() {
        if (chunk.isEmpty()) {
            chunk.addAll(log.read(new LocalPosition(last + 1), CHUNK_RECORDS));
        }
        return Optional.ofNullable(chunk.peek());
    }

    public Optional<StoredRecord> next() {
        Optional<StoredRecord> next = peek();
        next.ifPresent(record -> {
            last = record.local().value();
            chunk.remove();
        });
        return next;
    }

    /** The next record, or what is left of it if it is damaged; empty at the head. */
    public Optional<LogEntry> nextEntry() {
        try {
            return next().map(record -> record);
        } catch (ArchiveException e) {
            if (e.error() != ArchiveError.CORRUPT) {
                throw e;
            }
            DamagedRecord damaged = log.damaged(new LocalPosition(last + 1));
            last++;
            return Optional.of(damaged);
        }
    }

    /** Whether there is a next record, now or before time is up. */
    public boolean await(Duration timeout) throws InterruptedException {
        return !chunk.isEmpty() || log.awaitBeyond(new LocalPosition(last), timeout);
    }
}
