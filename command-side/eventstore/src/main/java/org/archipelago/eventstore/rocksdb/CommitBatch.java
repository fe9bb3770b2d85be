package org.archipelago.eventstore.rocksdb;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.ClaimHeldElsewhereException;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.UniqueClaim;
import org.archipelago.eventstore.PendingRecord;
import org.archipelago.eventstore.StreamHead;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.eventstore.record.RecordHeader;
import org.axonframework.modelling.command.ConcurrencyException;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * One synced write in the making: each append is checked against the store and what was accepted before it in this batch,
 * and is taken as a whole or not at all. Used by the writer's thread.
 */
final class CommitBatch {
    private final SiteId site;
    private final LogReader reader;
    private final StreamHeads known;
    private final long firstLocal;
    private final long firstOrigin;

    private final List<LogRecord> records = new ArrayList<>();
    private final Map<StreamId, StreamHead> heads = new HashMap<>();
    private final Set<RecordId> ids = new HashSet<>();
    private final Map<String, long[]> claims = new HashMap<>();

    CommitBatch(SiteId site, LogReader reader, StreamHeads known, long firstLocal, long firstOrigin) {
        this.site = site;
        this.reader = reader;
        this.known = known;
        this.firstLocal = firstLocal;
        this.firstOrigin = firstOrigin;
    }

    /**
     * Takes an append.
     *
     * @return local position of its last record
     */
    long accept(List<PendingRecord> append) throws RocksDBException {
        Map<StreamId, StreamHead> freshHeads = new HashMap<>();
        Set<RecordId> freshIds = new HashSet<>();
        for (PendingRecord pending : append) {
            checkPlace(pending.record().header(), freshHeads, freshIds);
        }
        Map<String, long[]> freshClaims = claimsOf(append);
        append.forEach(pending -> records.add(pending.record()));
        heads.putAll(freshHeads);
        ids.addAll(freshIds);
        claims.putAll(freshClaims);
        return firstLocal + records.size() - 1;
    }

    private void checkPlace(RecordHeader header, Map<StreamId, StreamHead> freshHeads, Set<RecordId> freshIds)
            throws RocksDBException {
        if (!header.origin().equals(site)) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "record of another origin");
        }
        long next = 1 + lastRevision(header.stream(), freshHeads);
        if (header.revision().value() != next) {
            throw new ConcurrencyException("revision " + header.revision() + " of " + header.stream()
                    + " was to be written, and the next one is " + next);
        }
        if (ids.contains(header.id())
                || !freshIds.add(header.id())
                || reader.positionOf(header.id()).isPresent()) {
            throw new ArchiveException(ArchiveError.CONFLICTING_STATE, "record id that is in the log already");
        }
        freshHeads.put(header.stream(), new StreamHead(header.revision(), header.key()));
    }

    private long lastRevision(StreamId stream, Map<StreamId, StreamHead> freshHeads) throws RocksDBException {
        StreamHead head = freshHeads.getOrDefault(stream, heads.get(stream));
        if (head != null) {
            return head.revision().value();
        }
        Optional<StreamHead> stored = known.get(stream);
        if (stored.isEmpty()) {
            stored = reader.head(stream);
        }
        return stored.map(h -> h.revision().value()).orElse(-1L);
    }

    private Map<String, long[]> claimsOf(List<PendingRecord> append) throws RocksDBException {
        Map<String, long[]> fresh = new HashMap<>();
        Map<String, StreamId> refused = new LinkedHashMap<>();
        for (int i = 0; i < append.size(); i++) {
            StreamId stream = append.get(i).record().header().stream();
            for (UniqueClaim claim : append.get(i).claims()) {
                long[] holders = holders(claim.name(), fresh);
                Optional<StreamId> other = Optional.empty();
                boolean own = false;
                for (long holder : holders) {
                    StreamId held = streamAt(holder, append);
                    own |= held.equals(stream);
                    if (other.isEmpty() && !held.equals(stream)) {
                        other = Optional.of(held);
                    }
                }
                if (other.isPresent() && !claim.shared()) {
                    refused.putIfAbsent(claim.name(), other.get());
                } else if (!own && holders.length < Layout.MAX_CLAIM_HOLDERS) {
                    long[] more = Arrays.copyOf(holders, holders.length + 1);
                    more[holders.length] = firstLocal + records.size() + i;
                    fresh.put(claim.name(), more);
                }
            }
        }
        if (!refused.isEmpty()) {
            throw new ClaimHeldElsewhereException(refused);
        }
        return fresh;
    }

    private long[] holders(String name, Map<String, long[]> fresh) throws RocksDBException {
        long[] holders = fresh.getOrDefault(name, claims.get(name));
        return holders != null ? holders : reader.claimants(name);
    }

    private StreamId streamAt(long local, List<PendingRecord> append) throws RocksDBException {
        if (local < firstLocal) {
            return reader.at(local).record().header().stream();
        }
        int index = (int) (local - firstLocal);
        LogRecord record = index < records.size()
                ? records.get(index)
                : append.get(index - records.size()).record();
        return record.header().stream();
    }

    void writeTo(RocksStore store, WriteBatch batch) throws RocksDBException {
        for (int i = 0; i < records.size(); i++) {
            write(store, batch, firstLocal + i, firstOrigin + i, records.get(i));
        }
        for (Map.Entry<String, long[]> claim : claims.entrySet()) {
            store.put(batch, Table.CLAIMS, Layout.claimKey(claim.getKey()), Layout.holders(claim.getValue()));
        }
    }

    /** One record and its index entries. */
    static void write(RocksStore store, WriteBatch batch, long local, long originPosition, LogRecord record)
            throws RocksDBException {
        RecordHeader header = record.header();
        byte[] place = Layout.position(local);
        byte[] revisionKey = Layout.revisionKey(
                Layout.streamKey(header.stream()), header.revision().value());
        store.put(batch, Table.RECORDS, place, Layout.recordValue(local, originPosition, record));
        store.put(batch, Table.STREAMS, revisionKey, place);
        store.put(batch, Table.IDS, Layout.idKey(header.id()), place);
        store.put(batch, Table.ORIGINS, Layout.originKey(header.origin(), originPosition), place);
    }

    int size() {
        return records.size();
    }

    Map<StreamId, StreamHead> heads() {
        return heads;
    }
}
