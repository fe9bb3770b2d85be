package org.archipelago.federation.tree;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.LogEntry;
import org.archipelago.eventstore.RecordCursor;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.federation.merkle.MerkleHash;
import org.jspecify.annotations.Nullable;

/**
 * The leaves of one origin's tree, in order, as the log has them: up to where it ended when this was made. Used by one thread.
 */
final class OriginLeaves {
    private final SiteId origin;
    private final RecordCursor records;
    private final long end;
    private long next;
    private @Nullable StoredRecord waiting;
    private boolean exhausted;

    /** @param from origin position of the first leaf */
    OriginLeaves(EventLog log, SiteId origin, long from) {
        this.origin = origin;
        this.end = size(log, origin);
        this.next = from;
        this.records = new RecordCursor(log, before(log, origin, Math.min(from, end - 1)));
    }

    /** How many records of an origin the log has. */
    static long size(EventLog log, SiteId origin) {
        return log.originHead(origin).value() + 1;
    }

    /** One leaf; empty when its record is damaged. */
    static Optional<Digest> at(EventLog log, SiteId origin, long position) {
        return sound(log, origin, position).map(OriginLeaves::leaf);
    }

    /** The next leaves, at most this many; none at the end. One is empty when its record is damaged. */
    List<Optional<Digest>> next(int limit) {
        List<Optional<Digest>> leaves = new ArrayList<>();
        while (next < end && leaves.size() < limit) {
            StoredRecord ahead = ahead();
            if (ahead != null && ahead.originPosition().value() == next) {
                leaves.add(Optional.of(leaf(ahead)));
                waiting = null;
            } else {
                leaves.add(Optional.empty());
            }
            next++;
        }
        return leaves;
    }

    /** The first sound record from {@link #next} on, null when there is none. */
    private @Nullable StoredRecord ahead() {
        while (waiting == null && !exhausted) {
            Optional<LogEntry> entry = records.nextEntry();
            exhausted = entry.isEmpty();
            if (entry.orElse(null) instanceof StoredRecord record && isAhead(record)) {
                waiting = record;
            }
        }
        return waiting;
    }

    private boolean isAhead(StoredRecord record) {
        return record.record().header().origin().equals(origin)
                && record.originPosition().value() >= next;
    }

    private static Digest leaf(StoredRecord record) {
        return MerkleHash.leaf(record.record().headerBytes());
    }

    /** Where to begin to read: before this record, or before an earlier one if it is damaged. */
    private static LocalPosition before(EventLog log, SiteId origin, long position) {
        for (long at = position; at >= 0; at--) {
            Optional<StoredRecord> record = sound(log, origin, at);
            if (record.isPresent()) {
                return new LocalPosition(record.get().local().value() - 1);
            }
        }
        return EventLog.BEFORE_FIRST;
    }

    private static Optional<StoredRecord> sound(EventLog log, SiteId origin, long position) {
        try {
            return log.atOrigin(origin, new OriginPosition(position));
        } catch (ArchiveException e) {
            if (e.error() != ArchiveError.CORRUPT) {
                throw e;
            }
            return Optional.empty();
        }
    }
}
