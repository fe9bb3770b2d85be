package org.archipelago.eventstore.rocksdb;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.ClaimHeldElsewhereException;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.UniqueClaim;
import org.archipelago.eventstore.PendingRecord;
import org.archipelago.eventstore.StoredRecord;
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
    private final StoreAccess known;
    private final long firstLocal;
    private final OriginHeads origins;

    private final List<Placed> records = new ArrayList<>();
    private final Map<StreamId, StreamHead> heads = new HashMap<>();
    private final Set<OfOrigin> ids = new HashSet<>();
    private final Map<String, long[]> claims = new HashMap<>();
    private final Map<Long, StoredRecord> filled = new HashMap<>();

    CommitBatch(SiteId site, LogReader reader, StoreAccess known, long firstLocal, OriginHeads origins) {
        this.site = site;
        this.reader = reader;
        this.known = known;
        this.firstLocal = firstLocal;
        this.origins = origins.copy();
    }

    private record Placed(long originPosition, LogRecord record) {}

    private record OfOrigin(SiteId origin, RecordId id) {
        static OfOrigin of(RecordHeader header) {
            return new OfOrigin(header.origin(), header.id());
        }
    }

    /** What an append adds if it is taken. */
    private record Fresh(List<LogRecord> records, Map<StreamId, StreamHead> heads, Set<OfOrigin> ids) {
        Fresh() {
            this(new ArrayList<>(), new HashMap<>(), new HashSet<>());
        }
    }

    /**
     * Takes an append.
     *
     * @return local position of its last record
     */
    long accept(WriteRequest.Append request) throws RocksDBException {
        List<PendingRecord> append = request.records();
        long next = origins.next(site, reader);
        if (request.only().filter(only -> only.value() != next).isPresent()) {
            throw new ArchiveException(
                    ArchiveError.CONFLICTING_STATE, "records to be taken back, whose place is not the next, " + next);
        }
        Fresh fresh = new Fresh();
        for (PendingRecord pending : append) {
            RecordHeader header = pending.record().header();
            if (!header.origin().equals(site)) {
                throw new ArchiveException(ArchiveError.INVALID_REQUEST, "record of another origin");
            }
            place(pending.record(), fresh);
        }
        Map<String, long[]> freshClaims = claimsOf(append);
        take(site, fresh);
        claims.putAll(freshClaims);
        return firstLocal + records.size() - 1;
    }

    /**
     * Takes records of another origin; those that are here already are compared and left out.
     *
     * @return local position of the last record so far
     */
    long accept(WriteRequest.Replica replica) throws RocksDBException {
        SiteId origin = replica.origin();
        long next = origins.next(origin, reader);
        long first = replica.first().value();
        if (origin.equals(site) || first < 0 || first > next) {
            throw new ArchiveException(
                    ArchiveError.INVALID_REQUEST,
                    "records of " + origin + " from " + first + " on, where " + next + " is the next");
        }
        Fresh fresh = new Fresh();
        long position = first;
        for (LogRecord record : replica.records()) {
            if (!record.header().origin().equals(origin)) {
                throw new ArchiveException(ArchiveError.INVALID_REQUEST, "record of another origin than " + origin);
            }
            if (position < next) {
                requireSame(origin, position, record);
            } else {
                placeReplica(record, fresh);
            }
            position++;
        }
        take(origin, fresh);
        return firstLocal + records.size() - 1;
    }

    /** @return whether the body was missing */
    boolean fill(WriteRequest.Body fill) throws RocksDBException {
        OptionalLong local = reader.positionOf(fill.origin(), fill.position().value());
        if (local.isEmpty()) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "record whose body is to be filled in");
        }
        StoredRecord stored = reader.at(local.getAsLong());
        if (!stored.record().isWithheld() || filled.containsKey(local.getAsLong())) {
            return false;
        }
        LogRecord whole = stored.record().filled(fill.body());
        filled.put(local.getAsLong(), new StoredRecord(stored.local(), stored.originPosition(), whole));
        return true;
    }

    private void requireSame(SiteId origin, long position, LogRecord record) throws RocksDBException {
        OptionalLong local = reader.positionOf(origin, position);
        LogRecord here = local.isPresent() ? reader.at(local.getAsLong()).record() : inBatch(origin, position);
        if (!Arrays.equals(here.headerBytes(), record.headerBytes())) {
            throw new ArchiveException(
                    ArchiveError.CONFLICTING_STATE,
                    "another record than the one at position " + position + " of " + origin);
        }
    }

    private LogRecord inBatch(SiteId origin, long position) {
        return records.stream()
                .filter(placed -> placed.originPosition() == position
                        && placed.record().header().origin().equals(origin))
                .findFirst()
                .orElseThrow()
                .record();
    }

    private void placeReplica(LogRecord record, Fresh fresh) throws RocksDBException {
        try {
            place(record, fresh);
        } catch (ConcurrencyException e) {
            throw new ArchiveException(ArchiveError.CONFLICTING_STATE, "place of a record in its stream", e);
        }
    }

    private void place(LogRecord record, Fresh fresh) throws RocksDBException {
        RecordHeader header = record.header();
        long next = 1 + lastRevision(header.stream(), fresh.heads());
        if (header.revision().value() != next) {
            throw new ConcurrencyException("revision " + header.revision() + " of " + header.stream()
                    + " was to be written, and the next one is " + next);
        }
        OfOrigin id = OfOrigin.of(header);
        if (ids.contains(id)
                || !fresh.ids().add(id)
                || reader.positionOf(header, site).isPresent()) {
            throw new ArchiveException(ArchiveError.CONFLICTING_STATE, "record id that is in the log already");
        }
        fresh.heads().put(header.stream(), new StreamHead(header.revision(), header.key()));
        fresh.records().add(record);
    }

    private void take(SiteId origin, Fresh fresh) throws RocksDBException {
        long next = origins.next(origin, reader);
        for (LogRecord record : fresh.records()) {
            records.add(new Placed(next++, record));
        }
        origins.advance(origin, next);
        heads.putAll(fresh.heads());
        ids.addAll(fresh.ids());
    }

    private long lastRevision(StreamId stream, Map<StreamId, StreamHead> freshHeads) throws RocksDBException {
        StreamHead head = freshHeads.getOrDefault(stream, heads.get(stream));
        if (head != null) {
            return head.revision().value();
        }
        Optional<StreamHead> stored = known.heads(stream.origin().equals(site)).get(stream);
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
                ? records.get(index).record()
                : append.get(index - records.size()).record();
        return record.header().stream();
    }

    void writeTo(RocksStore store, WriteBatch batch) throws RocksDBException {
        for (int i = 0; i < records.size(); i++) {
            Placed placed = records.get(i);
            write(store, batch, site, firstLocal + i, placed.originPosition(), placed.record());
        }
        for (StoredRecord whole : filled.values()) {
            put(store, batch, whole.local().value(), whole.originPosition().value(), whole.record());
        }
        for (Map.Entry<String, long[]> claim : claims.entrySet()) {
            store.put(batch, Table.CLAIMS, Layout.claimKey(claim.getKey()), Layout.holders(claim.getValue()));
        }
    }

    /** One record and its index entries. */
    static void write(RocksStore store, WriteBatch batch, SiteId own, long local, long originPosition, LogRecord record)
            throws RocksDBException {
        RecordHeader header = record.header();
        byte[] place = Layout.position(local);
        byte[] revisionKey = Layout.revisionKey(
                Layout.streamKey(header.stream()), header.revision().value());
        put(store, batch, local, originPosition, record);
        store.put(batch, Table.STREAMS, revisionKey, place);
        store.put(batch, Table.IDS, Layout.idKey(header, own), place);
        store.put(batch, Table.ORIGINS, Layout.originKey(header.origin(), originPosition), place);
    }

    private static void put(RocksStore store, WriteBatch batch, long local, long originPosition, LogRecord record)
            throws RocksDBException {
        store.put(batch, Table.RECORDS, Layout.position(local), Layout.recordValue(local, originPosition, record));
    }

    int size() {
        return records.size();
    }

    boolean isEmpty() {
        return records.isEmpty() && filled.isEmpty();
    }

    /** How many of the records are of other origins. */
    int replicated() {
        return (int) records.stream()
                .filter(placed -> !placed.record().header().origin().equals(site))
                .count();
    }

    /** The next position of each origin once this is written. */
    OriginHeads origins() {
        return origins;
    }

    Map<StreamId, StreamHead> heads() {
        return heads;
    }
}
