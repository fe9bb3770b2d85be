package org.archipelago.blobstore;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The blob store in a directory (docs/adr/2026-11-22-blob-store.md).
 *
 * <pre>
 * segments/  small blobs behind one another, records of the others, tombstones; all that is durable follows from here
 * objects/   large blobs, one file each, named by their id
 * incoming/  large blobs that are not complete
 * index/     where each blob is; derived, and made again when it is missing
 * </pre>
 */
public final class FilesystemBlobStore implements BlobStore {
    private static final Logger LOG = LoggerFactory.getLogger(FilesystemBlobStore.class);

    private static final int RECLAIM_CHUNK_BLOBS = 1_000;

    private final FileChannel lock;
    private final StoreParts parts;
    private final BlobReads reads;
    private final Compaction compaction;
    private final Clock clock;
    /** Submitted, and not yet settled. */
    private final Set<BlobId> underWay = ConcurrentHashMap.newKeySet();

    private final WarmUp warmUp = new WarmUp();
    private final ScheduledExecutorService background = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("blob-maintenance").daemon().factory());
    private final AtomicBoolean closed = new AtomicBoolean();

    private FilesystemBlobStore(FileChannel lock, StoreParts parts, Clock clock) {
        this.lock = lock;
        this.parts = parts;
        this.reads = new BlobReads(parts.disk(), parts.index(), parts.segments(), parts.ownFiles());
        this.compaction = new Compaction(parts);
        this.clock = clock;
    }

    /** Opens the store, and makes it when there is none. One process at a time. */
    public static FilesystemBlobStore open(Path directory, BlobStoreOptions options) throws IOException {
        return open(directory, options, BlobStoreListener.NONE, Clock.systemUTC(), new SecureRandom());
    }

    public static FilesystemBlobStore open(
            Path directory, BlobStoreOptions options, BlobStoreListener listener, Clock clock, SecureRandom random)
            throws IOException {
        return open(directory, options, listener, clock, random, new RealDisk(options.directIo()));
    }

    static FilesystemBlobStore open(
            Path directory,
            BlobStoreOptions options,
            BlobStoreListener listener,
            Clock clock,
            SecureRandom random,
            Disk disk)
            throws IOException {
        Path segments = segments(directory);
        disk.createDirectories(segments);
        FileChannel lock = lock(directory);
        try {
            try {
                return build(directory, options, listener, clock, random, disk, lock);
            } catch (IOException | RuntimeException e) {
                if (!BlobIndex.isDamaged(directory.resolve("index"))) {
                    throw e;
                }
                return build(directory, options, listener, clock, random, disk, lock);
            }
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private static FilesystemBlobStore build(
            Path directory,
            BlobStoreOptions options,
            BlobStoreListener listener,
            Clock clock,
            SecureRandom random,
            Disk disk,
            FileChannel lock)
            throws IOException {
        Path segments = segments(directory);
        OwnFiles ownFiles = OwnFiles.open(disk, directory);
        BlobIndex index = openIndex(directory.resolve("index"));
        try {
            boolean indexIsNew = index.position().isEmpty();
            long records = Replay.run(disk, segments, index, ownFiles, clock.millis());
            ownFiles.settle(index);
            if (records > 0) {
                LOG.info("Read {} records of blob segments that the index did not have", records);
                index.flush(true);
            }
            long next = Segment.numbers(segments).stream()
                            .mapToLong(Long::longValue)
                            .max()
                            .orElse(0)
                    + 1;
            next = Math.max(next, index.position().map(at -> at.segment() + 1).orElse(0L));
            BlobLog log = new BlobLog(disk, segments, next, index, options, listener, clock);
            FilesystemBlobStore store = new FilesystemBlobStore(
                    lock,
                    new StoreParts(
                            disk,
                            segments,
                            ownFiles,
                            new BufferPool(options.bufferBytes(), options.bufferWait()),
                            new FreeSpace(disk, directory, options),
                            index,
                            log,
                            options,
                            listener,
                            random),
                    clock);
            store.start();
            if (indexIsNew) {
                store.recordOwnFiles();
            }
            return store;
        } catch (IOException | RuntimeException e) {
            index.close();
            throw e;
        }
    }

    private static Path segments(Path directory) {
        return directory.resolve("segments");
    }

    /** Whether anything was ever stored at this place. */
    public static boolean exists(Path directory) throws IOException {
        return Files.isDirectory(segments(directory))
                && !Segment.numbers(segments(directory)).isEmpty();
    }

    private static FileChannel lock(Path directory) throws IOException {
        FileChannel channel =
                FileChannel.open(directory.resolve("LOCK"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() == null) {
                throw new IOException("another process has opened " + directory);
            }
            return channel;
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw new IOException("this process has opened " + directory + " already", e);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static BlobIndex openIndex(Path directory) throws IOException {
        try {
            if (BlobIndex.isDamaged(directory)) {
                throw new IOException("a block of it is damaged");
            }
            return BlobIndex.open(directory);
        } catch (IOException e) {
            LOG.warn("The blob index cannot be read and is made again from the segments", e);
            if (Files.exists(directory)) {
                try (Stream<Path> paths = Files.walk(directory)) {
                    for (Path path :
                            paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
                        Files.delete(path);
                    }
                }
            }
            return BlobIndex.open(directory);
        }
    }

    private void start() {
        parts.log().start();
        Thread.ofPlatform().name("blob-warm-up").daemon().start(warmUp);
        long intervalMs = parts.options().maintenanceInterval().toMillis();
        if (intervalMs > 0) {
            background.scheduleWithFixedDelay(this::maintain, intervalMs, intervalMs, TimeUnit.MILLISECONDS);
        }
    }

    /** A file comes to its place only behind its record, so one that the segments do not know has lost its record to damage. */
    private void recordOwnFiles() throws IOException {
        int recorded = 0;
        for (OwnFiles.Kept file : parts.ownFiles().all()) {
            boolean known = parts.index().find(file.id()).isPresent();
            if (!known && !parts.index().isTombstoned(file.id())) {
                parts.log().append(LogRecord.ownFile(file.id(), file.lengthBytes()));
                recorded++;
            }
        }
        if (recorded > 0) {
            LOG.error("The records of {} large blobs were damaged and have been written again", recorded);
        }
    }

    private void maintain() {
        try {
            compaction.run(parts.options().compactBelow(), parts.options().compactBytesPerSecond());
        } catch (IOException | RuntimeException e) {
            if (!closed.get()) {
                LOG.warn("The blob store could not be compacted and will try again", e);
            }
        }
    }

    @Override
    public BlobWriter begin() {
        refuseWhenClosed();
        parts.space().check();
        byte[] keyBytes = new byte[BlobKey.LENGTH_BYTES];
        parts.random().nextBytes(keyBytes);
        BufferPool pool = parts.pool();
        byte[] plain = pool.takeHeap();
        byte[] cipher;
        try {
            cipher = pool.takeHeap();
        } catch (ArchiveException e) {
            pool.giveHeap(plain);
            throw e;
        }
        BlobSink sink = new BlobSink(parts);
        try {
            return new EncryptingWriter(sink, pool, new BlobKey(keyBytes), underWay, plain, cipher);
        } catch (IOException e) {
            giveBack(sink, plain, cipher);
            throw BlobSink.refusal(e);
        } catch (RuntimeException e) {
            giveBack(sink, plain, cipher);
            throw e;
        }
    }

    private void giveBack(BlobSink sink, byte[] plain, byte[] cipher) {
        sink.close();
        parts.pool().giveHeap(plain);
        parts.pool().giveHeap(cipher);
    }

    private void refuseWhenClosed() {
        if (closed.get()) {
            throw new ArchiveException(ArchiveError.SHUTTING_DOWN, "blob store");
        }
    }

    /**
     * Takes back a blob that was here and is lost, as it was stored. On return it is durable, as if it had never been away; one that is here
     * stays. Memory: one segment, and what a blob that comes in holds.
     *
     * @param stored its encrypted bytes, from the first to the last
     * @throws ArchiveException CORRUPT when they do not have this name; BLOB_STORE_FULL, OVERLOADED, INTERNAL or SHUTTING_DOWN. Nothing is
     *     kept then
     */
    public void takeBack(BlobId id, ReadableByteChannel stored) throws IOException {
        if (contains(id)) {
            return;
        }
        parts.space().check();
        BlobSink sink = new BlobSink(parts);
        underWay.add(id);
        try {
            StoredDigest digest = new StoredDigest();
            ByteBuffer buffer = ByteBuffer.allocate(BlobEncryption.SEGMENT_BYTES);
            long lengthBytes = 0;
            while (stored.read(buffer.clear()) >= 0) {
                buffer.flip();
                lengthBytes += buffer.remaining();
                digest.update(buffer.duplicate());
                sink.write(buffer);
            }
            if (!digest.id().equals(id)) {
                throw new ArchiveException(ArchiveError.CORRUPT, "blob that is taken back");
            }
            BlobLog.await(sink.submit(id, lengthBytes));
        } catch (IOException e) {
            throw BlobSink.refusal(e);
        } finally {
            sink.close();
            underWay.remove(id);
        }
    }

    @Override
    public SeekableByteChannel open(BlobId id, BlobKey key) {
        refuseWhenClosed();
        try {
            return BlobEncryption.decrypting(reads.open(id), key);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public SeekableByteChannel openStored(BlobId id) {
        refuseWhenClosed();
        try {
            return reads.open(id);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean contains(BlobId id) {
        refuseWhenClosed();
        try {
            return parts.index().find(id).isPresent();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean isIntact(BlobId id) {
        refuseWhenClosed();
        try {
            return reads.isIntact(id).orElse(false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void delete(BlobId id) {
        deleteAll(List.of(id));
    }

    @Override
    public void deleteAll(Collection<BlobId> ids) {
        refuseWhenClosed();
        try {
            List<BlobId> known = new ArrayList<>();
            boolean anyOwn = false;
            for (BlobId id : ids) {
                var at = parts.index().find(id);
                if (at.isPresent()) {
                    known.add(id);
                    anyOwn |= at.get().own();
                }
            }
            for (int i = 0; i < known.size(); i += LogRecord.MAX_TOMBSTONES) {
                int end = Math.min(known.size(), i + LogRecord.MAX_TOMBSTONES);
                parts.log().append(LogRecord.tombstones(known.subList(i, end)));
            }
            if (anyOwn) {
                removeFiles(known);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The blobs are deleted already; a file that stays is tried again by the maintenance. */
    private void removeFiles(List<BlobId> deleted) {
        for (BlobId id : deleted) {
            try {
                if (parts.ownFiles().exists(id)) {
                    parts.ownFiles().delete(id);
                    parts.index().unlinked(id);
                }
            } catch (IOException e) {
                LOG.warn("The file of a deleted blob could not be removed yet", e);
            }
        }
    }

    @Override
    public long reclaimOrphans(Predicate<BlobId> referenced) {
        refuseWhenClosed();
        long youngestMs = clock.millis() - parts.options().orphanAge().toMillis();
        long reclaimed = 0;
        byte[] from = new byte[0];
        try {
            for (var chunk = pending(from); !chunk.isEmpty(); chunk = pending(from)) {
                reclaimed += reclaim(chunk, youngestMs, referenced);
                byte[] last = chunk.getLast().getKey();
                from = Arrays.copyOf(last, last.length + 1);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return reclaimed;
    }

    private List<Map.Entry<byte[], byte[]>> pending(byte[] from) throws IOException {
        return parts.index().chunk(BlobIndex.Table.PENDING, from, RECLAIM_CHUNK_BLOBS);
    }

    private int reclaim(List<Map.Entry<byte[], byte[]>> chunk, long youngestMs, Predicate<BlobId> referenced) {
        List<BlobId> orphans = new ArrayList<>();
        List<BlobId> adopted = new ArrayList<>();
        for (Map.Entry<byte[], byte[]> entry : chunk) {
            BlobIndex.Pending pending = BlobIndex.pending(entry.getValue());
            if (pending.opens() < parts.index().opens() || pending.sinceMs() <= youngestMs) {
                BlobId id = BlobIndex.id(entry.getKey());
                // In this order: one that is settled in between is in the log by now.
                if (!underWay.contains(id)) {
                    (referenced.test(id) ? adopted : orphans).add(id);
                }
            }
        }
        deleteAll(orphans);
        adopt(adopted);
        return orphans.size();
    }

    @Override
    public void adopt(Iterable<BlobId> ids) {
        refuseWhenClosed();
        try {
            parts.index().adopt(ids);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void verify(VerifyListener listener) throws IOException {
        refuseWhenClosed();
        List<IOException> failures = new ArrayList<>();
        parts.index().each(BlobIndex.Table.BLOBS, (key, value) -> {
            refuseWhenClosed();
            BlobId id = BlobIndex.id(key);
            try {
                reads.isIntact(id)
                        .ifPresent(intact ->
                                listener.checked(id, Location.of(value).lengthBytes(), intact));
            } catch (IOException e) {
                failures.add(e);
            }
        });
        if (!failures.isEmpty()) {
            throw failures.getFirst();
        }
    }

    /** Removes every segment of which less than this share is alive, at full speed. Returns how many. */
    public int compact(double below) throws IOException {
        refuseWhenClosed();
        return compaction.run(below, Long.MAX_VALUE);
    }

    /** Whether there is so little free space that nothing is taken in. */
    public boolean isFull() {
        return parts.space().isLow();
    }

    /** Whether some blobs cannot be found until the store is opened again, which makes its index again. */
    public boolean needsReopening() {
        return parts.index().isDamaged();
    }

    @Override
    public BlobStoreStatus status() {
        refuseWhenClosed();
        BlobIndex.Counts counts = parts.index().counts();
        return new BlobStoreStatus(
                counts.blobs(),
                counts.storedBytes(),
                parts.index().deadBytes(),
                parts.space().bytes());
    }

    /** Refuses new work, writes what was submitted, makes the index durable. Close the channels that were opened first. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        warmUp.stop();
        compaction.stop();
        background.shutdownNow();
        awaitMaintenance();
        parts.log().close();
        try {
            parts.index().flush(true);
        } catch (IOException | ArchiveException e) {
            LOG.warn("The blob index could not be flushed; the next start reads more of the segments", e);
        }
        parts.index().close();
        try {
            lock.close();
        } catch (IOException e) {
            LOG.warn("The blob store's lock could not be released before the process ends", e);
        }
    }

    private void awaitMaintenance() {
        try {
            while (!background.awaitTermination(1, TimeUnit.MINUTES)) {
                LOG.info("Waiting for the compaction of blobs to stop");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
