package org.archipelago.eventstore.rocksdb;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.StreamHead;
import org.archipelago.eventstore.record.RecordHeader;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** Reads the tables of an open store. Every record that leaves here has matched its digests and its place. */
final class LogReader {
    private static final long MAX_CHUNK_BYTES = 4L << 20;

    private final RocksStore store;

    LogReader(RocksStore store) {
        this.store = store;
    }

    /** -1 when there is none. */
    long lastLocal() throws RocksDBException {
        byte[][] last = store.last(Table.RECORDS, new byte[0]);
        return last == null ? -1 : Layout.position(last[0]);
    }

    /** -1 when there is none. */
    long lastOf(SiteId origin) throws RocksDBException {
        byte[][] last = store.last(Table.ORIGINS, Layout.uuid(origin.value()));
        return last == null ? -1 : Layout.position(Arrays.copyOfRange(last[0], 16, 24));
    }

    /** As {@link #lastOf(SiteId)}, of what is not beyond the local position {@code head}: a batch that is written is not told of yet. */
    long lastOf(SiteId origin, long head) throws RocksDBException {
        long last = lastOf(origin);
        while (last >= 0 && positionOf(origin, last).orElse(-1) > head) {
            last--;
        }
        return last;
    }

    /** @throws ArchiveException CORRUPT when there is no sound record at this position */
    StoredRecord at(long local) throws RocksDBException {
        byte[] value = store.get(Table.RECORDS, Layout.position(local));
        if (value == null) {
            throw Layout.corrupt(local, null);
        }
        return Layout.record(local, value);
    }

    /** Ends before a record that is corrupt, unless it is the first. */
    List<StoredRecord> range(long from, long to, int limit) throws RocksDBException {
        List<StoredRecord> records = new ArrayList<>();
        long bytes = 0;
        try (RocksIterator iterator = store.iterate(Table.RECORDS)) {
            iterator.seek(Layout.position(from));
            for (long local = from; local <= to && records.size() < limit && bytes < MAX_CHUNK_BYTES; local++) {
                try {
                    records.add(current(iterator, local));
                } catch (ArchiveException | RocksDBException e) {
                    if (records.isEmpty()) {
                        throw e;
                    }
                    return records;
                }
                bytes += records.getLast().record().lengthBytes();
                iterator.next();
            }
        }
        return records;
    }

    /**
     * As {@link #range}, but empty when the first one is there and damaged.
     *
     * @throws ArchiveException CORRUPT when there is none at the first position
     */
    List<StoredRecord> soundRange(long from, long to, int limit) throws RocksDBException {
        try {
            return range(from, to, limit);
        } catch (ArchiveException e) {
            if (store.get(Table.RECORDS, Layout.position(from)) == null) {
                throw e;
            }
            return List.of();
        }
    }

    private static StoredRecord current(RocksIterator iterator, long local) throws RocksDBException {
        if (!iterator.isValid()) {
            iterator.status();
            throw Layout.corrupt(local, null);
        }
        if (Layout.position(iterator.key()) != local) {
            throw Layout.corrupt(local, null);
        }
        return Layout.record(local, iterator.value());
    }

    /** None beyond the local position {@code head}. Where records of an origin follow each other in the log, they are read so. */
    List<StoredRecord> origin(SiteId origin, long from, long head, int limit) throws RocksDBException {
        List<StoredRecord> records = new ArrayList<>();
        long bytes = 0;
        try (RocksIterator places = store.iterate(Table.ORIGINS);
                RocksIterator iterator = store.iterate(Table.RECORDS)) {
            places.seek(Layout.originKey(origin, from));
            long at = -1;
            for (long position = from; records.size() < limit && bytes < MAX_CHUNK_BYTES; position++) {
                if (!places.isValid() || !Arrays.equals(places.key(), Layout.originKey(origin, position))) {
                    places.status();
                    break;
                }
                long local = Layout.position(places.value());
                if (local > head) {
                    break;
                }
                if (at == local - 1 && at >= 0) {
                    iterator.next();
                } else {
                    iterator.seek(Layout.position(local));
                }
                at = local;
                try {
                    records.add(current(iterator, local));
                } catch (ArchiveException _) {
                    break;
                }
                bytes += records.getLast().record().lengthBytes();
                places.next();
            }
        }
        return records;
    }

    List<StoredRecord> stream(StreamId stream, long revision, int limit) throws RocksDBException {
        byte[] key = Layout.streamKey(stream);
        List<StoredRecord> records = new ArrayList<>();
        long bytes = 0;
        try (RocksIterator iterator = store.iterate(Table.STREAMS)) {
            iterator.seek(Layout.revisionKey(key, revision));
            for (long wanted = revision; records.size() < limit && bytes < MAX_CHUNK_BYTES; wanted++) {
                if (!iterator.isValid()) {
                    iterator.status();
                    break;
                }
                if (!Arrays.equals(iterator.key(), 0, key.length, key, 0, key.length)) {
                    break;
                }
                StoredRecord record = at(Layout.position(iterator.value()));
                requirePlace(record, stream, wanted);
                records.add(record);
                bytes += record.record().lengthBytes();
                iterator.next();
            }
        }
        return records;
    }

    private static void requirePlace(StoredRecord record, StreamId stream, long revision) {
        boolean here = record.record().header().stream().equals(stream)
                && record.record().header().revision().value() == revision;
        if (!here) {
            throw Layout.corrupt(record.local().value(), null);
        }
    }

    Optional<StreamHead> head(StreamId stream) throws RocksDBException {
        byte[][] last = store.last(Table.STREAMS, Layout.streamKey(stream));
        if (last == null) {
            return Optional.empty();
        }
        StoredRecord record = at(Layout.position(last[1]));
        requirePlace(record, stream, Layout.position(Arrays.copyOfRange(last[0], 16, 24)));
        return Optional.of(new StreamHead(
                record.record().header().revision(), record.record().header().key()));
    }

    OptionalLong positionOf(RecordId id) throws RocksDBException {
        return position(Table.IDS, Layout.idKey(id));
    }

    /** By its record id, in a log of this site. */
    OptionalLong positionOf(RecordHeader header, SiteId own) throws RocksDBException {
        return position(Table.IDS, Layout.idKey(header, own));
    }

    OptionalLong positionOf(SiteId origin, long originPosition) throws RocksDBException {
        return position(Table.ORIGINS, Layout.originKey(origin, originPosition));
    }

    OptionalLong positionOf(StreamId stream, long revision) throws RocksDBException {
        return position(Table.STREAMS, Layout.revisionKey(Layout.streamKey(stream), revision));
    }

    private OptionalLong position(Table table, byte[] key) throws RocksDBException {
        byte[] value = store.get(table, key);
        return value == null ? OptionalLong.empty() : OptionalLong.of(Layout.position(value));
    }

    /** @param next key of the first that is not in it, null at the end */
    record ClaimChunk(Map<String, long[]> claims, byte @Nullable [] next) {}

    ClaimChunk claimsFrom(byte[] key, int limit) throws RocksDBException {
        Map<String, long[]> claims = new LinkedHashMap<>();
        try (RocksIterator iterator = store.iterate(Table.CLAIMS)) {
            for (iterator.seek(key); iterator.isValid(); iterator.next()) {
                if (claims.size() == limit) {
                    return new ClaimChunk(claims, iterator.key());
                }
                claims.put(Layout.claimName(iterator.key()), Layout.holders(iterator.value()));
            }
            iterator.status();
        }
        return new ClaimChunk(claims, null);
    }

    /** An entry of the table of claims. */
    record Claim(byte[] key, long[] holders) {}

    /** @param isCutShort since what comes next cannot be read */
    record ClaimRun(List<Claim> claims, boolean isCutShort) {}

    /** @param after not itself in the run; null for all from the first one or, backward, from the last one on */
    ClaimRun claims(byte @Nullable [] after, boolean forward, int limit) {
        List<Claim> claims = new ArrayList<>();
        try (RocksIterator iterator = store.iterate(Table.CLAIMS)) {
            if (after == null) {
                if (forward) {
                    iterator.seekToFirst();
                } else {
                    iterator.seekToLast();
                }
            } else if (forward) {
                iterator.seek(Arrays.copyOf(after, after.length + 1)); // the least key behind it
            } else {
                iterator.seekForPrev(after);
            }
            while (iterator.isValid() && claims.size() < limit) {
                if (!Arrays.equals(iterator.key(), after)) {
                    claims.add(new Claim(iterator.key(), Layout.holders(iterator.value())));
                }
                if (forward) {
                    iterator.next();
                } else {
                    iterator.prev();
                }
            }
            if (!iterator.isValid()) {
                iterator.status();
            }
            return new ClaimRun(claims, false);
        } catch (RocksDBException _) {
            return new ClaimRun(claims, true);
        }
    }

    /** From the index alone; -1 when there is none. */
    long lastRevision(StreamId stream) throws RocksDBException {
        byte[][] last = store.last(Table.STREAMS, Layout.streamKey(stream));
        return last == null ? -1 : Layout.position(Arrays.copyOfRange(last[0], 16, 24));
    }

    long[] claimants(String name) throws RocksDBException {
        byte[] value = store.get(Table.CLAIMS, Layout.claimKey(name));
        return value == null ? new long[0] : Layout.holders(value);
    }
}
