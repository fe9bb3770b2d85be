package org.archipelago.eventstore.axon;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.StoredRecord;

/** A stream's records from a revision on, read in chunks. */
final class StreamRecords implements Iterator<StoredRecord> {
    private final EventLog log;
    private final StreamId stream;
    private final int chunkRecords;
    private final ArrayDeque<StoredRecord> chunk = new ArrayDeque<>();
    private long next;
    private boolean ended;

    StreamRecords(EventLog log, StreamId stream, long first, int chunkRecords) {
        this.log = log;
        this.stream = stream;
        this.next = first;
        this.chunkRecords = chunkRecords;
    }

    @Override
    public boolean hasNext() {
        if (chunk.isEmpty() && !ended) {
            chunk.addAll(log.readStream(stream, new Revision(next), chunkRecords));
            next += chunk.size();
            ended = chunk.isEmpty();
        }
        return !chunk.isEmpty();
    }

    @Override
    public StoredRecord next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        return chunk.remove();
    }
}
