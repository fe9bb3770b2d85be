package org.archipelago.blobstore;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BiConsumer;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Snapshot;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where blobs are: derived from the segments and written without a log. What is on disk is the state as of some sync of the
 * segments, and says which ({@link #position}); the rest is read from there on when the store opens.
 */
final class BlobIndex implements AutoCloseable {
    /** Tables of the index. Coded by name. */
    enum Table {
        /** blob id: {@link Location}. */
        BLOBS,
        /** blob id of which no adoption was heard: open number, time. */
        PENDING,
        /** blob id, segment: holds a record of a blob that is dead, or alive elsewhere. */
        STALE,
        /** blob id: segment that holds its tombstone. */
        TOMBSTONES,
        /** blob id of a deleted blob whose own file may still be there. */
        UNLINK,
        /** segment: bytes, bytes alive. */
        SEGMENTS
    }

    private static final Logger LOG = LoggerFactory.getLogger(BlobIndex.class);
    private static final byte[] POSITION = "position".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] COUNTS = "counts".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] OPENS = "opens".getBytes(StandardCharsets.US_ASCII);

    private static final String DAMAGED = "DAMAGED";

    private final Path directory;
    private final RocksDB db;
    private final DBOptions options;
    private final ColumnFamilyOptions tableOptions;
    private final WriteOptions unlogged = new WriteOptions().setDisableWAL(true);
    private final List<ColumnFamilyHandle> handles;
    private final Map<Long, SegmentUse> segments = new ConcurrentHashMap<>();
    private volatile Counts counts;
    private volatile Optional<Position> position;
    private final long opens;
    /** Written by close alone: nothing may be in the native code when it goes. */
    private final ReentrantReadWriteLock inUse = new ReentrantReadWriteLock();

    private boolean closed;
    private volatile boolean damaged;

    /** How far the segments are reflected here. */
    record Position(long segment, long offsetBytes) {}

    /** Bytes of records, and of those that are not dead. */
    record SegmentUse(long bytes, long aliveBytes) {}

    record Counts(long blobs, long storedBytes) {}

    /** Since when a blob waits for its adoption: in which opening of the store, epoch milliseconds. */
    record Pending(long opens, long sinceMs) {}

    static {
        RocksDB.loadLibrary();
    }

    private BlobIndex(Path directory) throws RocksDBException {
        this.directory = directory;
        tableOptions = new ColumnFamilyOptions()
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setWriteBufferSize(16 << 20)
                // Every new blob is looked for first, and is never there.
                .setTableFormatConfig(new BlockBasedTableConfig().setFilterPolicy(new BloomFilter(10)));
        options = new DBOptions()
                .setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setAtomicFlush(true)
                .setParanoidChecks(true)
                .setKeepLogFileNum(2)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setMaxOpenFiles(256);
        List<ColumnFamilyDescriptor> tables = new ArrayList<>();
        tables.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, tableOptions));
        for (Table table : Table.values()) {
            tables.add(new ColumnFamilyDescriptor(table.name().getBytes(StandardCharsets.US_ASCII), tableOptions));
        }
        handles = new ArrayList<>();
        RocksDB opened = RocksDB.open(options, directory.toString(), tables, handles);
        db = opened;
        boolean whole = false;
        try {
            counts = longs(COUNTS)
                    .map(stored -> new Counts(stored.getLong(), stored.getLong()))
                    .orElse(new Counts(0, 0));
            position = longs(POSITION).map(at -> new Position(at.getLong(), at.getLong()));
            opens = longs(OPENS).map(before -> before.getLong() + 1).orElse(1L);
            each(Table.SEGMENTS, (key, value) -> {
                ByteBuffer use = ByteBuffer.wrap(value);
                segments.put(ByteBuffer.wrap(key).getLong(), new SegmentUse(use.getLong(), use.getLong()));
            });
            whole = true;
        } finally {
            if (!whole) {
                close();
            }
        }
    }

    private Optional<ByteBuffer> longs(byte[] name) throws RocksDBException {
        return Optional.ofNullable(db.get(name)).map(ByteBuffer::wrap);
    }

    /** One that cannot be read is thrown away: the segments hold all of it. */
    static BlobIndex open(Path directory) throws IOException {
        try {
            Files.createDirectories(directory);
            return new BlobIndex(directory);
        } catch (RocksDBException | UncheckedIOException | ArchiveException e) {
            throw new IOException("blob index in " + directory, e);
        }
    }

    /** Whether a part of it turned out to be unreadable: it is to be made again. */
    static boolean isDamaged(Path directory) {
        return Files.exists(directory.resolve(DAMAGED));
    }

    boolean isDamaged() {
        return damaged;
    }

    /** A read that fails finds a rotten block or a bad sector, and will find it again. */
    private IOException unreadable(RocksDBException e) {
        if (codeOf(e) == Status.Code.IOError) {
            throw damaged(e);
        }
        return failed(e);
    }

    /** @throws ArchiveException BLOBS_UNAVAILABLE when the index is damaged */
    private IOException failed(RocksDBException e) {
        if (codeOf(e) == Status.Code.Corruption) {
            throw damaged(e);
        }
        return new IOException("blob index", e);
    }

    private static Status.@Nullable Code codeOf(RocksDBException e) {
        Status status = e.getStatus();
        return status == null ? null : status.getCode();
    }

    /** What rots stays rotten: the next opening makes the index again. */
    private ArchiveException damaged(RocksDBException e) {
        damaged = true;
        if (!isDamaged(directory)) {
            LOG.error("The blob index is damaged; the next start makes it again from the segments", e);
            try {
                Files.createFile(directory.resolve(DAMAGED));
            } catch (IOException again) {
                LOG.error(
                        "The damaged blob index could not be marked; remove {} before the next start",
                        directory,
                        again);
            }
        }
        return new ArchiveException(ArchiveError.BLOBS_UNAVAILABLE, "blob index", e);
    }

    Optional<Location> find(BlobId id) throws IOException {
        return Optional.ofNullable(get(Table.BLOBS, key(id))).map(Location::of);
    }

    boolean isTombstoned(BlobId id) throws IOException {
        return get(Table.TOMBSTONES, key(id)) != null;
    }

    /** Segments that hold a record of this blob which is not the living one. */
    List<Long> staleIn(BlobId id) throws IOException {
        List<Long> found = new ArrayList<>();
        enter();
        try (RocksIterator iterator = db.newIterator(handle(Table.STALE))) {
            byte[] prefix = key(id);
            for (iterator.seek(prefix); iterator.isValid(); iterator.next()) {
                byte[] at = iterator.key();
                if (java.util.Arrays.mismatch(at, 0, prefix.length, prefix, 0, prefix.length) >= 0) {
                    break;
                }
                found.add(ByteBuffer.wrap(at).getLong(prefix.length));
            }
            iterator.status();
        } catch (RocksDBException e) {
            throw unreadable(e);
        } finally {
            leave();
        }
        return found;
    }

    /** @throws ArchiveException SHUTTING_DOWN once the index is closed */
    private void enter() {
        inUse.readLock().lock();
        if (closed) {
            inUse.readLock().unlock();
            throw new ArchiveException(ArchiveError.SHUTTING_DOWN, "blob store");
        }
    }

    private void leave() {
        inUse.readLock().unlock();
    }

    private byte @Nullable [] get(Table table, byte[] key) throws IOException {
        enter();
        try {
            return db.get(handle(table), key);
        } catch (RocksDBException e) {
            throw unreadable(e);
        } finally {
            leave();
        }
    }

    /** As of the moment of the call. */
    void each(Table table, BiConsumer<byte[], byte[]> visitor) {
        enter();
        Snapshot snapshot = db.getSnapshot();
        try (ReadOptions reading = new ReadOptions().setSnapshot(snapshot).setFillCache(false);
                RocksIterator iterator = db.newIterator(handle(table), reading)) {
            for (iterator.seekToFirst(); iterator.isValid(); iterator.next()) {
                visitor.accept(iterator.key(), iterator.value());
            }
            iterator.status();
        } catch (RocksDBException e) {
            throw new UncheckedIOException(unreadable(e));
        } finally {
            db.releaseSnapshot(snapshot);
            leave();
        }
    }

    /** Some entries in the order of their keys, of whatever is there now; what comes later is not held up. */
    List<Map.Entry<byte[], byte[]>> chunk(Table table, byte[] fromKey, int limit) throws IOException {
        List<Map.Entry<byte[], byte[]>> entries = new ArrayList<>();
        enter();
        try (ReadOptions reading = new ReadOptions().setFillCache(false);
                RocksIterator iterator = db.newIterator(handle(table), reading)) {
            for (iterator.seek(fromKey); iterator.isValid() && entries.size() < limit; iterator.next()) {
                entries.add(Map.entry(iterator.key(), iterator.value()));
            }
            iterator.status();
            return entries;
        } catch (RocksDBException e) {
            throw unreadable(e);
        } finally {
            leave();
        }
    }

    private ColumnFamilyHandle handle(Table table) {
        return handles.get(table.ordinal() + 1);
    }

    static byte[] key(BlobId id) {
        return id.digest().toBytes();
    }

    static BlobId id(byte[] key) {
        return new BlobId(Digest.of(key));
    }

    static Pending pending(byte[] value) {
        return new Pending(
                ByteBuffer.wrap(value).getLong(), ByteBuffer.wrap(value).getLong(8));
    }

    Optional<Position> position() {
        return position;
    }

    Counts counts() {
        return counts;
    }

    /** How often the store was opened, this time included. */
    long opens() {
        return opens;
    }

    Map<Long, SegmentUse> segments() {
        return Map.copyOf(segments);
    }

    SegmentUse segment(long number) {
        return segments.getOrDefault(number, new SegmentUse(0, 0));
    }

    long deadBytes() {
        return segments.values().stream()
                .mapToLong(use -> use.bytes() - use.aliveBytes())
                .sum();
    }

    /** Forgets that these wait; lost in a crash. */
    void adopt(Iterable<BlobId> ids) throws IOException {
        enter();
        try (WriteBatch batch = new WriteBatch()) {
            for (BlobId id : ids) {
                batch.delete(handle(Table.PENDING), key(id));
            }
            db.write(unlogged, batch);
        } catch (RocksDBException e) {
            throw failed(e);
        } finally {
            leave();
        }
    }

    void unlinked(BlobId id) throws IOException {
        enter();
        try {
            db.delete(handle(Table.UNLINK), unlogged, key(id));
        } catch (RocksDBException e) {
            throw failed(e);
        } finally {
            leave();
        }
    }

    /** Atomically makes a batch visible; on failure nothing of it is. */
    void apply(IndexUpdate update) throws IOException {
        enter();
        try (WriteBatch batch = new WriteBatch()) {
            for (IndexUpdate.Change change : update.changes()) {
                if (change.value() == null) {
                    batch.delete(handle(change.table()), change.key());
                } else {
                    batch.put(handle(change.table()), change.key(), change.value());
                }
            }
            batch.put(COUNTS, longs(update.counts().blobs(), update.counts().storedBytes()));
            batch.put(OPENS, longs(opens));
            if (update.position().isPresent()) {
                Position at = update.position().get();
                batch.put(POSITION, longs(at.segment(), at.offsetBytes()));
            }
            db.write(unlogged, batch);
        } catch (RocksDBException e) {
            throw failed(e);
        } finally {
            leave();
        }
        counts = update.counts();
        position = update.position().or(() -> position);
        update.segments()
                .forEach((number, use) ->
                        use.ifPresentOrElse(u -> segments.put(number, u), () -> segments.remove(number)));
    }

    static byte[] longs(long... values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length * Long.BYTES);
        for (long value : values) {
            buffer.putLong(value);
        }
        return buffer.array();
    }

    /** From here on a restart reads the segments only from the present position. */
    void flush(boolean wait) throws IOException {
        enter();
        try (FlushOptions flush = new FlushOptions().setWaitForFlush(wait).setAllowWriteStall(true)) {
            db.flush(flush, handles);
        } catch (RocksDBException e) {
            throw failed(e);
        } finally {
            leave();
        }
    }

    @Override
    public void close() {
        inUse.writeLock().lock();
        try {
            closed = true;
            handles.forEach(ColumnFamilyHandle::close);
            db.close();
            unlogged.close();
            options.close();
            tableOptions.close();
        } finally {
            inUse.writeLock().unlock();
        }
    }
}
