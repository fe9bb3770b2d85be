package org.archipelago.eventstore.rocksdb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.jspecify.annotations.Nullable;
import org.rocksdb.AbstractNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Status;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * An open RocksDB with our tables. Not thread-safe against {@link #close}: native memory is gone then.
 *
 * <p>The recovery mode matters: the default one opens silently without the synced records behind a flipped bit; this one
 * refuses, and takes a torn tail for what it is. Automatic resumption after background errors is off: a failed sync must
 * stop the log, not be tried again.
 */
final class RocksStore implements AutoCloseable {
    private static final long BLOCK_CACHE_BYTES = 64L << 20;
    private static final long RECORDS_BUFFER_BYTES = 32L << 20;
    private static final long INDEX_BUFFER_BYTES = 16L << 20;
    private static final long MAX_WAL_BYTES = 256L << 20;
    private static final int MAX_OPEN_FILES = 1024;
    private static final int BLOOM_BITS_PER_KEY = 10;

    static {
        RocksDB.loadLibrary();
    }

    /** What must be closed, in the order of its making. */
    private final List<AbstractNativeReference> natives = new ArrayList<>();

    private final Map<Table, ColumnFamilyHandle> families = new EnumMap<>(Table.class);
    private final WriteOptions synced;
    private final WriteOptions unsynced;
    private final ReadOptions verified;
    private final RocksDB database;

    private RocksStore(Path directory, Mode mode) throws RocksDBException {
        boolean opened = false;
        try {
            Cache cache = closing(new LRUCache(BLOCK_CACHE_BYTES));
            BloomFilter bloom = closing(new BloomFilter(BLOOM_BITS_PER_KEY));
            List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
            for (Table table : Table.values()) {
                descriptors.add(new ColumnFamilyDescriptor(table.familyName(), options(table, cache, bloom)));
            }
            synced = closing(new WriteOptions().setSync(true));
            unsynced = closing(new WriteOptions().setSync(false));
            verified = closing(new ReadOptions().setVerifyChecksums(true));
            DBOptions options = closing(databaseOptions(mode));
            List<ColumnFamilyHandle> handles = new ArrayList<>();
            database = mode == Mode.READ_ONLY
                    ? RocksDB.openReadOnly(options, directory.toString(), descriptors, handles)
                    : RocksDB.open(options, directory.toString(), descriptors, handles);
            natives.add(database);
            natives.addAll(handles);
            for (int i = 0; i < handles.size(); i++) {
                families.put(Table.values()[i], handles.get(i));
            }
            opened = true;
        } finally {
            if (!opened) {
                close();
            }
        }
    }

    enum Mode {
        CREATE,
        READ_WRITE,
        READ_ONLY
    }

    /** @throws ArchiveException CORRUPT when the files are damaged; LOG_UNAVAILABLE when they cannot be read or are in use */
    static RocksStore open(Path directory, Mode mode) {
        switch (mode) {
            case READ_WRITE -> TailGuard.repair(directory);
            case READ_ONLY -> TailGuard.check(directory);
            case CREATE -> {}
        }
        try {
            return new RocksStore(directory, mode);
        } catch (RocksDBException e) {
            throw refusal("event log in " + directory.getFileName(), e);
        }
    }

    static ArchiveException refusal(String subject, RocksDBException e) {
        Status status = e.getStatus();
        boolean corrupt = status != null && status.getCode() == Status.Code.Corruption;
        return new ArchiveException(corrupt ? ArchiveError.CORRUPT : ArchiveError.LOG_UNAVAILABLE, subject, e);
    }

    private static DBOptions databaseOptions(Mode mode) {
        return new DBOptions()
                .setCreateIfMissing(mode == Mode.CREATE)
                .setErrorIfExists(mode == Mode.CREATE)
                .setCreateMissingColumnFamilies(mode == Mode.CREATE)
                .setWalRecoveryMode(WALRecoveryMode.TolerateCorruptedTailRecords)
                .setMaxBgErrorResumeCount(0)
                .setParanoidChecks(true)
                .setRecycleLogFileNum(0)
                .setMaxTotalWalSize(MAX_WAL_BYTES)
                .setMaxOpenFiles(MAX_OPEN_FILES)
                .setMaxBackgroundJobs(2)
                .setBytesPerSync(1 << 20)
                .setStatsDumpPeriodSec(0)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setKeepLogFileNum(4);
    }

    private ColumnFamilyOptions options(Table table, Cache cache, BloomFilter bloom) {
        BlockBasedTableConfig blocks =
                new BlockBasedTableConfig().setBlockCache(cache).setFilterPolicy(bloom);
        return closing(new ColumnFamilyOptions()
                .setTableFormatConfig(blocks)
                .setParanoidFileChecks(true)
                .setWriteBufferSize(table == Table.RECORDS ? RECORDS_BUFFER_BYTES : INDEX_BUFFER_BYTES)
                // Ciphertext and hashes do not compress.
                .setCompressionType(CompressionType.NO_COMPRESSION));
    }

    private <T extends AbstractNativeReference> T closing(T reference) {
        natives.add(reference);
        return reference;
    }

    byte @Nullable [] get(Table table, byte[] key) throws RocksDBException {
        return database.get(families.get(table), verified, key);
    }

    /** Closed by the caller, before this is. */
    RocksIterator iterate(Table table) {
        return database.newIterator(families.get(table), verified);
    }

    void put(WriteBatch batch, Table table, byte[] key, byte[] value) throws RocksDBException {
        batch.put(families.get(table), key, value);
    }

    /** On return the batch is on disk as a whole. On failure nobody may write again before this is opened anew. */
    void writeSynced(WriteBatch batch) throws RocksDBException {
        database.write(synced, batch);
    }

    void writeUnsynced(WriteBatch batch) throws RocksDBException {
        database.write(unsynced, batch);
    }

    /** The last key of a table that begins with the prefix, its value behind it; null when there is none. */
    byte @Nullable [] @Nullable [] last(Table table, byte[] prefix) throws RocksDBException {
        byte[] bound = Arrays.copyOf(prefix, prefix.length + 16);
        Arrays.fill(bound, prefix.length, bound.length, (byte) 0xff);
        try (RocksIterator iterator = iterate(table)) {
            iterator.seekForPrev(bound);
            if (!iterator.isValid()) {
                iterator.status();
                return null;
            }
            byte[] key = iterator.key();
            boolean matches =
                    key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
            return matches ? new byte[][] {key, iterator.value()} : null;
        }
    }

    static long diskBytes(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            long sum = 0;
            for (Path file : files.toList()) {
                sum += Files.isRegularFile(file) ? Files.size(file) : 0;
            }
            return sum;
        }
    }

    @Override
    public void close() {
        for (AbstractNativeReference reference : natives.reversed()) {
            reference.close();
        }
        natives.clear();
    }
}
