package org.archipelago.blobstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes segments. It takes what has come while the sync before was under way, writes it behind the last
 * record, syncs once and then tells all who wait. After a failed write or sync the segment is never written again: those who
 * wait are refused, and writing goes on in a new segment once its own first sync has succeeded.
 */
final class BlobLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BlobLog.class);
    private static final int MAX_GROUP_RECORDS = 128;
    private static final long MAX_GROUP_BYTES = 32L << 20;
    private static final long FLUSH_INDEX_AFTER_BYTES = 256L << 20;

    private final Disk disk;
    private final Path segments;
    private final BlobIndex index;
    private final BlobStoreOptions options;
    private final BlobStoreListener listener;
    private final Clock clock;
    private final BlockingQueue<LogRecord> queue = new LinkedBlockingQueue<>();
    private final LogRecord stop = LogRecord.tombstones(List.of());
    private final Thread thread;
    private volatile boolean closed;

    private Disk.@Nullable AppendFile active;
    private volatile long activeNumber = -1;
    private long nextNumber;
    private long endBytes;
    private long group;
    private long sinceFlushBytes;
    private long noProbeBeforeNanos = System.nanoTime();
    private @Nullable IndexUpdate unapplied;

    BlobLog(
            Disk disk,
            Path segments,
            long nextNumber,
            BlobIndex index,
            BlobStoreOptions options,
            BlobStoreListener listener,
            Clock clock) {
        this.disk = disk;
        this.segments = segments;
        this.nextNumber = nextNumber;
        this.index = index;
        this.options = options;
        this.listener = listener;
        this.clock = clock;
        this.thread = Thread.ofPlatform().name("blob-log").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Returns when the record survives power loss. @throws ArchiveException when it does not and was not kept */
    Location append(LogRecord record) {
        submit(record);
        return await(record.durable());
    }

    void submit(LogRecord record) {
        if (closed) {
            throw new ArchiveException(ArchiveError.SHUTTING_DOWN, "blob store");
        }
        queue.add(record);
        if (closed && queue.remove(record)) {
            throw new ArchiveException(ArchiveError.SHUTTING_DOWN, "blob store");
        }
    }

    static Location await(CompletableFuture<Location> durable) {
        try {
            return durable.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ArchiveException refusal) {
                throw new ArchiveException(refusal.error(), refusal.subject(), refusal);
            }
            throw new ArchiveException(ArchiveError.INTERNAL, "blob segment", e);
        }
    }

    /** The segment that grows, or -1. */
    long activeSegment() {
        return activeNumber;
    }

    private void run() {
        boolean more = true;
        while (more) {
            List<LogRecord> records = new ArrayList<>();
            try {
                more = nextGroup(records);
                if (!records.isEmpty()) {
                    write(records);
                }
            } catch (InterruptedException e) {
                // Nobody but close() may stop this thread; an interrupt means nothing to it.
                LOG.warn("The blob log's thread was interrupted and goes on");
            } catch (Throwable e) {
                refuse(records, e);
            }
        }
        closeActive();
    }

    private boolean nextGroup(List<LogRecord> records) throws InterruptedException {
        long bytes = 0;
        LogRecord next = queue.take();
        while (next != null) {
            if (next == stop) {
                return false;
            }
            records.add(next);
            bytes += next.lengthBytes();
            if (records.size() == MAX_GROUP_RECORDS || bytes >= MAX_GROUP_BYTES) {
                return true;
            }
            next = queue.poll();
        }
        return true;
    }

    private void refuse(List<LogRecord> records, Throwable cause) {
        ArchiveError error = isDiskFull(cause) ? ArchiveError.BLOB_STORE_FULL : ArchiveError.INTERNAL;
        ArchiveException refusal = cause instanceof ArchiveException e
                ? e
                : new ArchiveException(error, "blob segment could not be written", cause);
        if (!(cause instanceof ArchiveException)) {
            LOG.error("Writing a blob segment failed; {} commits were refused", records.size(), cause);
            listener.writeFailed();
        }
        for (LogRecord record : records) {
            record.durable().completeExceptionally(refusal);
        }
    }

    private static boolean isDiskFull(Throwable cause) {
        String message = cause.getMessage();
        return cause instanceof IOException
                && message != null
                && (message.contains("No space left") || message.contains("quota exceeded"));
    }

    private void write(List<LogRecord> records) throws IOException {
        applyLeftOver();
        Disk.AppendFile file = openSegment();
        group++;
        List<ByteBuffer> blocks = new ArrayList<>();
        long[] offsets = new long[records.size()];
        long end = endBytes;
        for (int i = 0; i < offsets.length; i++) {
            LogRecord record = records.get(i);
            RecordHeader header = record.header(activeNumber, group);
            header.write(record.blocks()[0]);
            blocks.addAll(List.of(record.blocks()));
            offsets[i] = end;
            end += header.recordBytes();
        }
        long start = System.nanoTime();
        try {
            file.append(blocks.toArray(ByteBuffer[]::new));
        } catch (IOException | RuntimeException | Error e) {
            abandon(true);
            throw e;
        }
        long written = System.nanoTime();
        try {
            file.sync();
        } catch (IOException | RuntimeException | Error e) {
            abandon(false);
            throw e;
        }
        long bytes = end - endBytes;
        endBytes = end;
        listener.segmentSynced(offsets.length, bytes, written - start, System.nanoTime() - written);
        makeVisible(records, offsets);
        rollOrFlush(bytes);
    }

    private void makeVisible(List<LogRecord> records, long[] offsets) throws IOException {
        List<Location> locations;
        synchronized (index) {
            locations = fold(records, offsets);
        }
        for (int i = 0; i < offsets.length; i++) {
            records.get(i).durable().complete(locations.get(i));
        }
    }

    private List<Location> fold(List<LogRecord> records, long[] offsets) throws IOException {
        IndexUpdate update = new IndexUpdate(index, clock.millis(), index.opens());
        List<Location> locations = new ArrayList<>();
        for (int i = 0; i < offsets.length; i++) {
            LogRecord record = records.get(i);
            RecordHeader header = record.header(activeNumber, group);
            Location at = new Segment.Found(header, offsets[i]).location();
            locations.add(at);
            switch (record.type()) {
                case BLOB, OWN_FILE -> update.blob(record.id(), at);
                case TOMBSTONES -> update.tombstones(record.subjects(), activeNumber, header.recordBytes());
            }
        }
        update.reached(activeNumber, endBytes);
        apply(update);
        return locations;
    }

    /** A segment's file is gone; see {@link IndexUpdate#dropped}. */
    void dropped(long segment, Collection<BlobId> ids, Collection<BlobId> tombstones) throws IOException {
        synchronized (index) {
            IndexUpdate update = new IndexUpdate(index, clock.millis(), index.opens());
            update.dropped(segment, ids, tombstones);
            index.apply(update);
        }
    }

    /** The records are durable but nobody is told so: they come to light later, as blobs that nothing refers to. */
    private void apply(IndexUpdate update) throws IOException {
        unapplied = update;
        index.apply(update);
        unapplied = null;
    }

    private void applyLeftOver() throws IOException {
        IndexUpdate left = unapplied;
        if (left != null) {
            synchronized (index) {
                index.apply(left);
            }
            unapplied = null;
        }
    }

    private Disk.AppendFile openSegment() throws IOException {
        Disk.AppendFile open = active;
        if (open != null) {
            return open;
        }
        if (System.nanoTime() - noProbeBeforeNanos < 0) {
            throw new ArchiveException(ArchiveError.OVERLOADED, "blob segment after a failed write");
        }
        long number = nextNumber++;
        Path path = Segment.path(segments, number);
        Disk.AppendFile file = null;
        try {
            file = disk.create(path);
            ByteBuffer header = AlignedBuffers.zeroed(Segment.FIRST_RECORD_BYTES);
            Segment.writeHeader(header, number);
            file.append(new ByteBuffer[] {header});
            file.sync();
            disk.syncDirectory(segments);
        } catch (IOException | RuntimeException | Error e) {
            noProbeBeforeNanos = System.nanoTime() + options.probeInterval().toNanos();
            if (file != null) {
                closeAfter(file, e);
            }
            throw e;
        }
        active = file;
        activeNumber = number;
        endBytes = Segment.FIRST_RECORD_BYTES;
        group = 0;
        synchronized (index) {
            IndexUpdate update = new IndexUpdate(index, clock.millis(), index.opens());
            update.reached(number, endBytes);
            apply(update);
        }
        return file;
    }

    private static void closeAfter(Disk.AppendFile file, Throwable because) {
        try {
            file.close();
        } catch (IOException e) {
            because.addSuppressed(e);
        }
    }

    /** @param cut whether to give back what a failed write took; after a failed sync the file is not touched again */
    private void abandon(boolean cut) {
        Disk.AppendFile file = active;
        active = null;
        activeNumber = -1;
        noProbeBeforeNanos = System.nanoTime() + options.probeInterval().toNanos();
        if (file == null) {
            return;
        }
        try (file) {
            if (cut) {
                file.truncate(endBytes);
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("The abandoned blob segment did not close; what is behind its last record is not served", e);
        }
    }

    private void rollOrFlush(long bytes) {
        sinceFlushBytes += bytes;
        boolean full = endBytes >= options.segmentBytes();
        if (full) {
            closeActive();
        }
        if (full || sinceFlushBytes >= FLUSH_INDEX_AFTER_BYTES) {
            sinceFlushBytes = 0;
            try {
                index.flush(false);
            } catch (IOException | ArchiveException e) {
                LOG.warn("The blob index could not be flushed; the next start reads more of the segments", e);
            }
        }
    }

    private void closeActive() {
        Disk.AppendFile file = active;
        active = null;
        activeNumber = -1;
        if (file != null) {
            try {
                file.close();
            } catch (IOException e) {
                LOG.warn("A blob segment did not close; all that it holds was synced before", e);
            }
        }
    }

    /** What was submitted before is written. */
    @Override
    public void close() {
        closed = true;
        queue.add(stop);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        refuse(drain(), new ArchiveException(ArchiveError.SHUTTING_DOWN, "blob store"));
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private List<LogRecord> drain() {
        List<LogRecord> left = new ArrayList<>();
        queue.drainTo(left);
        left.remove(stop);
        return left;
    }
}
