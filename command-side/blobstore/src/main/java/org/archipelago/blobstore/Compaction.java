package org.archipelago.blobstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives back the space of deleted blobs: copies what lives in a mostly dead segment, then drops the segment. */
final class Compaction {
    private static final Logger LOG = LoggerFactory.getLogger(Compaction.class);
    private static final int COPIES_AT_ONCE = 2;

    private final StoreParts store;
    private volatile boolean stopped;

    Compaction(StoreParts store) {
        this.store = store;
    }

    void stop() {
        stopped = true;
    }

    /** Returns how many segments are gone. */
    synchronized int run(double below, long bytesPerSecond) throws IOException {
        unlinkDeleted();
        int dropped = 0;
        for (long number : Segment.numbers(store.segments())) {
            BlobIndex.SegmentUse use = store.index().segment(number);
            boolean mostlyDead = use.aliveBytes() < below * use.bytes() || use.bytes() == 0;
            if (mostlyDead && !stopped && isClosed(number) && compact(number, bytesPerSecond)) {
                dropped++;
            }
        }
        return dropped;
    }

    /** No longer the one that grows, and all that it got is in the index. */
    private boolean isClosed(long number) {
        return store.index().position().filter(at -> number < at.segment()).isPresent()
                && number != store.log().activeSegment();
    }

    void unlinkDeleted() throws IOException {
        List<BlobId> deleted = new ArrayList<>();
        store.index().each(BlobIndex.Table.UNLINK, (key, _) -> deleted.add(BlobIndex.id(key)));
        for (BlobId id : deleted) {
            store.ownFiles().delete(id);
            store.index().unlinked(id);
        }
    }

    private boolean compact(long number, long bytesPerSecond) throws IOException {
        List<BlobId> ids = new ArrayList<>();
        List<BlobId> tombstones = new ArrayList<>();
        Pace pace = new Pace(bytesPerSecond);
        long tombstoneBytes = 0;
        long size;
        try (FileChannel file = Segment.open(store.disk(), store.segments(), number)) {
            size = file.size();
            Deque<LogRecord> copies = new ArrayDeque<>();
            try {
                for (Segment.Found found : Segment.scan(file, number, 0)) {
                    if (stopped) {
                        return false;
                    }
                    if (found.header().type() == RecordHeader.Type.TOMBSTONES) {
                        tombstoneBytes += found.header().recordBytes();
                        if (Segment.isIntact(file, found)) {
                            tombstones.addAll(Segment.tombstones(file, found));
                        }
                    } else {
                        ids.add(found.header().id());
                        copyIfAlive(file, found, copies, pace);
                    }
                }
            } finally {
                while (!copies.isEmpty()) {
                    finish(copies.remove());
                }
            }
            if (store.index().segment(number).aliveBytes() > tombstoneBytes) {
                throw new DamagedException(); // the scan passed over the header of one that lives
            }
        } catch (DamagedException | DiskReadException e) {
            LOG.error("Segment {} is not compacted: a living blob in it is damaged and must be repaired first", number);
            return false;
        }
        List<BlobId> unneeded = keepNeeded(tombstones, number);
        // On disk the index must know of every copy and deletion before what it knew so far is gone.
        store.index().flush(true);
        store.disk().delete(Segment.path(store.segments(), number));
        store.disk().syncDirectory(store.segments());
        store.log().dropped(number, ids, unneeded);
        store.listener().compacted(pace.bytes, size);
        return true;
    }

    private void copyIfAlive(FileChannel file, Segment.Found found, Deque<LogRecord> copies, Pace pace)
            throws IOException {
        BlobId id = found.header().id();
        if (store.index().find(id).filter(found.location()::equals).isEmpty()) {
            return;
        }
        LogRecord copy;
        if (found.header().type() == RecordHeader.Type.OWN_FILE) {
            copy = LogRecord.ownFile(id, found.header().lengthBytes());
        } else {
            if (!Segment.isIntact(file, found)) {
                throw new DamagedException();
            }
            ByteBuffer block = AlignedBuffers.zeroed(found.header().recordBytes());
            Segment.readFully(file, block, found.offsetBytes());
            copy = LogRecord.blob(id, found.header().lengthBytes(), new ByteBuffer[] {block.clear()});
        }
        store.log().submit(copy);
        copies.add(copy);
        if (copies.size() > COPIES_AT_ONCE) {
            finish(copies.remove());
        }
        pace.took(found.header().recordBytes());
    }

    private static void finish(LogRecord copy) {
        BlobLog.await(copy.durable());
    }

    /** A tombstone is needed as long as any other segment holds a record of its blob. Returns those that are not. */
    private List<BlobId> keepNeeded(List<BlobId> tombstones, long number) throws IOException {
        List<BlobId> needed = new ArrayList<>();
        List<BlobId> unneeded = new ArrayList<>();
        for (BlobId id : tombstones) {
            boolean elsewhere = store.index().staleIn(id).stream().anyMatch(segment -> segment != number);
            (elsewhere ? needed : unneeded).add(id);
        }
        for (int i = 0; i < needed.size(); i += LogRecord.MAX_TOMBSTONES) {
            store.log()
                    .append(LogRecord.tombstones(
                            needed.subList(i, Math.min(needed.size(), i + LogRecord.MAX_TOMBSTONES))));
        }
        return unneeded;
    }

    /** A living record is not what it was. */
    private static final class DamagedException extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /** Keeps to a rate. */
    private static final class Pace {
        private final long bytesPerSecond;
        private final long startNanos = System.nanoTime();
        private long bytes;

        Pace(long bytesPerSecond) {
            this.bytesPerSecond = bytesPerSecond;
        }

        void took(long more) {
            bytes += more;
            double dueSeconds = (double) bytes / bytesPerSecond;
            long waitNanos = startNanos + (long) (dueSeconds * 1e9) - System.nanoTime();
            while (waitNanos > 0 && !Thread.currentThread().isInterrupted()) {
                LockSupport.parkNanos(Math.min(waitNanos, Duration.ofMillis(100).toNanos()));
                waitNanos = startNanos + (long) (dueSeconds * 1e9) - System.nanoTime();
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new ArchiveException(ArchiveError.SHUTTING_DOWN, "compaction");
            }
        }
    }
}
