package org.archipelago.blobstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.BlobId;
import org.jspecify.annotations.Nullable;

/**
 * What the records of some syncs change in the index: the one fold of the segments, used when they are written and when they
 * are read back. A tombstone wins for ever, whether it stands before or behind its blob: an id is random and never comes again.
 */
final class IndexUpdate {
    /** A value, or with none its removal. */
    record Change(BlobIndex.Table table, byte[] key, byte @Nullable [] value) {}

    private final BlobIndex index;
    private final long nowMs;
    private final long pendingOpens;
    private final List<Change> changes = new ArrayList<>();
    private final Map<BlobId, Optional<Location>> located = new HashMap<>();
    private final Set<BlobId> tombstoned = new HashSet<>();
    private final Map<Long, Optional<BlobIndex.SegmentUse>> segments = new HashMap<>();
    private BlobIndex.Counts counts;
    private Optional<BlobIndex.Position> position = Optional.empty();

    /** @param pendingOpens the opening of the store in which new blobs came */
    IndexUpdate(BlobIndex index, long nowMs, long pendingOpens) {
        this.index = index;
        this.nowMs = nowMs;
        this.pendingOpens = pendingOpens;
        this.counts = index.counts();
    }

    void blob(BlobId id, Location at) throws IOException {
        Optional<Location> before = find(id);
        if (before.filter(at::equals).isPresent()) {
            return;
        }
        use(at.segment(), at.recordBytes(), 0);
        if (tombstoned.contains(id) || index.isTombstoned(id)) {
            stale(id, at);
            if (at.own()) {
                put(BlobIndex.Table.UNLINK, BlobIndex.key(id), new byte[0]);
            }
            return;
        }
        if (before.isPresent()) {
            stale(id, before.get());
            use(before.get().segment(), 0, -before.get().recordBytes());
        } else {
            put(BlobIndex.Table.PENDING, BlobIndex.key(id), BlobIndex.longs(pendingOpens, nowMs));
            counts = new BlobIndex.Counts(counts.blobs() + 1, counts.storedBytes() + at.lengthBytes());
        }
        use(at.segment(), 0, at.recordBytes());
        located.put(id, Optional.of(at));
        put(BlobIndex.Table.BLOBS, BlobIndex.key(id), at.toBytes());
    }

    /** A record of a blob that is not there. */
    void dead(BlobId id, Location at) {
        use(at.segment(), at.recordBytes(), 0);
        stale(id, at);
    }

    void tombstones(Collection<BlobId> ids, long segment, long recordBytes) throws IOException {
        use(segment, recordBytes, recordBytes);
        for (BlobId id : ids) {
            tombstoned.add(id);
            put(BlobIndex.Table.TOMBSTONES, BlobIndex.key(id), BlobIndex.longs(segment));
            Optional<Location> at = find(id);
            if (at.isPresent()) {
                remove(BlobIndex.Table.BLOBS, BlobIndex.key(id));
                remove(BlobIndex.Table.PENDING, BlobIndex.key(id));
                located.put(id, Optional.empty());
                stale(id, at.get());
                use(at.get().segment(), 0, -at.get().recordBytes());
                counts = new BlobIndex.Counts(
                        counts.blobs() - 1, counts.storedBytes() - at.get().lengthBytes());
                if (at.get().own()) {
                    put(BlobIndex.Table.UNLINK, BlobIndex.key(id), new byte[0]);
                }
            }
        }
    }

    /**
     * A segment's file is gone.
     *
     * @param ids of all its records
     * @param tombstones that it alone held
     */
    void dropped(long segment, Collection<BlobId> ids, Collection<BlobId> tombstones) {
        for (BlobId id : ids) {
            remove(BlobIndex.Table.STALE, staleKey(id, segment));
        }
        for (BlobId id : tombstones) {
            remove(BlobIndex.Table.TOMBSTONES, BlobIndex.key(id));
        }
        remove(BlobIndex.Table.SEGMENTS, BlobIndex.longs(segment));
        segments.put(segment, Optional.empty());
    }

    void reached(long segment, long offsetBytes) {
        position = Optional.of(new BlobIndex.Position(segment, offsetBytes));
    }

    private Optional<Location> find(BlobId id) throws IOException {
        Optional<Location> changed = located.get(id);
        return changed != null ? changed : index.find(id);
    }

    private void stale(BlobId id, Location at) {
        put(BlobIndex.Table.STALE, staleKey(id, at.segment()), new byte[0]);
    }

    private static byte[] staleKey(BlobId id, long segment) {
        byte[] key = BlobIndex.key(id);
        return ByteBuffer.allocate(key.length + Long.BYTES)
                .put(key)
                .putLong(segment)
                .array();
    }

    private void use(long segment, long bytes, long aliveBytes) {
        Optional<BlobIndex.SegmentUse> changed = segments.get(segment);
        BlobIndex.SegmentUse before =
                changed != null ? changed.orElse(new BlobIndex.SegmentUse(0, 0)) : index.segment(segment);
        BlobIndex.SegmentUse after = new BlobIndex.SegmentUse(before.bytes() + bytes, before.aliveBytes() + aliveBytes);
        segments.put(segment, Optional.of(after));
        put(BlobIndex.Table.SEGMENTS, BlobIndex.longs(segment), BlobIndex.longs(after.bytes(), after.aliveBytes()));
    }

    private void put(BlobIndex.Table table, byte[] key, byte[] value) {
        changes.add(new Change(table, key, value));
    }

    private void remove(BlobIndex.Table table, byte[] key) {
        changes.add(new Change(table, key, null));
    }

    List<Change> changes() {
        return changes;
    }

    Map<Long, Optional<BlobIndex.SegmentUse>> segments() {
        return segments;
    }

    BlobIndex.Counts counts() {
        return counts;
    }

    Optional<BlobIndex.Position> position() {
        return position;
    }
}
