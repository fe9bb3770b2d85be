package org.archipelago.blobstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings the index up to the segments when the store opens: from its position on, or for an empty index all. */
final class Replay {
    private static final Logger LOG = LoggerFactory.getLogger(Replay.class);
    private static final int UPDATE_RECORDS = 1_000;

    private final Disk disk;
    private final Path segments;
    private final BlobIndex index;
    private final OwnFiles ownFiles;
    private final long nowMs;
    private IndexUpdate update;
    private int inUpdate;

    private Replay(Disk disk, Path segments, BlobIndex index, OwnFiles ownFiles, long nowMs) {
        this.disk = disk;
        this.segments = segments;
        this.index = index;
        this.ownFiles = ownFiles;
        this.nowMs = nowMs;
        this.update = newUpdate();
    }

    private IndexUpdate newUpdate() {
        // What was read back was committed before this opening.
        return new IndexUpdate(index, nowMs, index.opens() - 1);
    }

    /** Returns how many records were read. */
    static long run(Disk disk, Path segments, BlobIndex index, OwnFiles ownFiles, long nowMs) throws IOException {
        Replay replay = new Replay(disk, segments, index, ownFiles, nowMs);
        BlobIndex.Position from = index.position().orElse(new BlobIndex.Position(0, 0));
        long records = 0;
        List<Long> numbers = Segment.numbers(segments);
        for (long number : numbers) {
            if (number >= from.segment()) {
                boolean isLast = number == numbers.getLast();
                records += replay.segment(number, number == from.segment() ? from.offsetBytes() : 0, isLast);
            }
        }
        replay.apply();
        replay.forgetMissing();
        return records;
    }

    /** Segments that a compaction removed just before a crash. Blobs that were alive there stay known, as damaged. */
    private void forgetMissing() throws IOException {
        List<Long> there = Segment.numbers(segments);
        for (long number : index.segments().keySet()) {
            if (!there.contains(number)) {
                List<BlobId> stale = new ArrayList<>();
                List<BlobId> tombstones = new ArrayList<>();
                index.each(BlobIndex.Table.STALE, (key, _) -> {
                    if (ByteBuffer.wrap(key).getLong(Digest.LENGTH_BYTES) == number) {
                        stale.add(BlobIndex.id(Arrays.copyOf(key, Digest.LENGTH_BYTES)));
                    }
                });
                index.each(BlobIndex.Table.TOMBSTONES, (key, value) -> {
                    if (ByteBuffer.wrap(value).getLong() == number) {
                        tombstones.add(BlobIndex.id(key));
                    }
                });
                update.dropped(number, stale, tombstones);
                apply();
            }
        }
    }

    /** @param isLast only then may the last sync have been interrupted, and nothing else have come after it */
    private long segment(long number, long fromBytes, boolean isLast) throws IOException {
        try (FileChannel file = Segment.open(disk, segments, number)) {
            List<Segment.Found> all = Segment.scan(file, number, fromBytes);
            long lastGroup = all.isEmpty() ? 0 : all.getLast().header().group();
            for (Segment.Found found : all) {
                boolean synced = !isLast || found.header().group() != lastGroup;
                fold(file, found, synced);
            }
            update.reached(number, Math.max(fromBytes, file.size()));
            return all.size();
        }
    }

    /**
     * What is torn was never acknowledged and goes; what was altered stays known, so that it is found to be damaged.
     *
     * @param synced whether a later sync shows that this one was acknowledged; else it may be torn
     */
    private void fold(FileChannel file, Segment.Found found, boolean synced) throws IOException {
        BlobId id = found.header().id();
        switch (found.header().type()) {
            case BLOB -> {
                if (synced || Segment.isIntact(file, found) || !Segment.hasUnwrittenBlock(file, found)) {
                    update.blob(id, found.location());
                }
            }
            case OWN_FILE -> {
                // Without its file it was never acknowledged, or deleted by a tombstone that follows.
                if (synced || ownFiles.exists(id)) {
                    update.blob(id, found.location());
                } else {
                    update.dead(id, found.location());
                }
            }
            case TOMBSTONES -> {
                if (Segment.isIntact(file, found)) {
                    update.tombstones(
                            Segment.tombstones(file, found),
                            found.header().segment(),
                            found.header().recordBytes());
                } else if (synced) {
                    LOG.error(
                            "A list of deleted blobs is damaged (segment {}, byte {}); they can be found by"
                                    + " reclaiming what nothing refers to",
                            found.header().segment(),
                            found.offsetBytes());
                }
            }
        }
        if (++inUpdate >= UPDATE_RECORDS) {
            apply();
        }
    }

    private void apply() throws IOException {
        index.apply(update);
        update = newUpdate();
        inUpdate = 0;
    }
}
