package org.archipelago.eventstore.rocksdb;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.RecordId;
import org.archipelago.eventstore.DamagedRecord;
import org.archipelago.eventstore.LogBackup;
import org.archipelago.eventstore.StoredRecord;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * Makes a new log beside its place and moves it there when it is whole and on disk, so that a crash leaves either none or
 * all of it. Records keep their bytes and their origin positions.
 */
final class LogBuilder implements LogBackup.Content, AutoCloseable {
    private static final int SYNC_EVERY_WRITES = 1000;

    private final LogIdentity identity;
    private final Path target;
    private final Path building;
    private final RocksStore store;
    private long next;
    private long writes;
    private boolean anyPlaceUnknown;
    private boolean open = true;

    private LogBuilder(LogIdentity identity, Path target, Path building, RocksStore store) {
        this.identity = identity;
        this.target = target;
        this.building = building;
        this.store = store;
    }

    static LogBuilder begin(Path target, LogIdentity identity) {
        Path building = target.resolveSibling(target.getFileName() + ".building");
        try {
            if (Files.exists(target) && !isEmpty(target)) {
                throw new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "place of a new log is not empty");
            }
            delete(building);
            Files.createDirectories(building);
        } catch (IOException e) {
            throw failed(e);
        }
        LogBuilder builder =
                new LogBuilder(identity, target, building, RocksStore.open(building, RocksStore.Mode.CREATE));
        try (WriteBatch batch = new WriteBatch()) {
            identity.write(builder.store, batch);
            builder.store.writeSynced(batch);
        } catch (RocksDBException e) {
            builder.close();
            throw RocksStore.refusal("new event log", e);
        }
        return builder;
    }

    /** Takes the next record: its local position is the next one here, its origin position must be the next of its origin. */
    @Override
    public void record(StoredRecord stored) {
        write(batch -> {
            LogReader reader = new LogReader(store);
            var header = stored.record().header();
            boolean follows = follows(
                            reader.lastOf(header.origin()),
                            stored.originPosition().value())
                    && follows(
                            reader.lastRevision(header.stream()),
                            header.revision().value());
            if (!follows || stored.local().value() != next) {
                throw new ArchiveException(ArchiveError.CORRUPT, "order of records in a copy of a log");
            }
            CommitBatch.write(
                    store, batch, identity.site(), next, stored.originPosition().value(), stored.record());
        });
        next++;
    }

    /** Behind a damaged record of which nobody knows where it stood, a place may be free. */
    private boolean follows(long last, long place) {
        return anyPlaceUnknown ? place > last : place == last + 1;
    }

    /** Keeps its local position, and all places that are known, so that nothing else comes to stand there. */
    @Override
    public void damaged(DamagedRecord damaged) {
        byte[] place = Layout.position(next);
        anyPlaceUnknown |= damaged.inStream().isEmpty() || damaged.atOrigin().isEmpty();
        write(batch -> {
            store.put(batch, Table.RECORDS, place, damaged.remains());
            if (damaged.inStream().isPresent()) {
                DamagedRecord.InStream at = damaged.inStream().get();
                store.put(
                        batch,
                        Table.STREAMS,
                        Layout.revisionKey(at.streamDigest(), at.revision().value()),
                        place);
            }
            if (damaged.atOrigin().isPresent()) {
                DamagedRecord.AtOrigin at = damaged.atOrigin().get();
                byte[] key = Layout.originKey(at.origin(), at.position().value());
                store.put(batch, Table.ORIGINS, key, place);
            }
            if (damaged.id().isPresent()) {
                RecordId id = damaged.id().get();
                byte[] key = damaged.atOrigin()
                        .map(DamagedRecord.AtOrigin::origin)
                        .filter(origin -> !origin.equals(identity.site()))
                        .map(origin -> Layout.idKey(origin, id))
                        .orElseGet(() -> Layout.idKey(id));
                store.put(batch, Table.IDS, key, place);
            }
        });
        next++;
    }

    @Override
    public void claim(String name, long[] holders) {
        write(batch -> store.put(batch, Table.CLAIMS, Layout.claimKey(name), Layout.holders(holders)));
    }

    private interface Step {
        void into(WriteBatch batch) throws RocksDBException;
    }

    private void write(Step step) {
        try (WriteBatch batch = new WriteBatch()) {
            step.into(batch);
            if (++writes % SYNC_EVERY_WRITES == 0) {
                store.writeSynced(batch);
            } else {
                store.writeUnsynced(batch);
            }
        } catch (RocksDBException e) {
            throw RocksStore.refusal("new event log", e);
        }
    }

    /** On return the log is at its place and survives power loss. */
    void finish() {
        try (WriteBatch batch = new WriteBatch()) {
            batch.putLogData(new byte[] {0});
            store.writeSynced(batch);
            store.close();
            open = false;
            Files.move(building, target, StandardCopyOption.ATOMIC_MOVE);
            syncDirectory(target.toAbsolutePath().getParent());
        } catch (RocksDBException e) {
            throw RocksStore.refusal("new event log", e);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static void syncDirectory(@Nullable Path directory) throws IOException {
        if (directory != null) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.findAny().isEmpty();
        }
    }

    /** What an earlier attempt left. A log directory has files only. */
    private static void delete(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> files = Files.list(directory)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(directory);
        }
    }

    private static ArchiveException failed(IOException e) {
        return new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "new event log", e);
    }

    /** Without {@link #finish} nothing is at the place. */
    @Override
    public void close() {
        if (open) {
            store.close();
            open = false;
            try {
                delete(building);
            } catch (IOException e) {
                throw failed(e);
            }
        }
    }
}
