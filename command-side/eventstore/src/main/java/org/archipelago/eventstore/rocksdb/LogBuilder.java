package org.archipelago.eventstore.rocksdb;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.UniqueClaim;
import org.archipelago.eventstore.StoredRecord;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * Makes a new log beside its place and moves it there when it is whole and on disk, so that a crash leaves either none or
 * all of it. Records keep their bytes and their origin positions.
 */
final class LogBuilder implements AutoCloseable {
    private static final int SYNC_EVERY_RECORDS = 1000;

    private final Path target;
    private final Path building;
    private final RocksStore store;
    private long next;
    private boolean open = true;

    private LogBuilder(Path target, Path building, RocksStore store) {
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
        LogBuilder builder = new LogBuilder(target, building, RocksStore.open(building, RocksStore.Mode.CREATE));
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
    void add(StoredRecord stored, List<UniqueClaim> claims) {
        try (WriteBatch batch = new WriteBatch()) {
            LogReader reader = new LogReader(store);
            var header = stored.record().header();
            boolean follows = reader.lastOf(header.origin()) + 1
                            == stored.originPosition().value()
                    && reader.head(header.stream())
                                            .map(h -> h.revision().value())
                                            .orElse(-1L)
                                    + 1
                            == header.revision().value();
            if (!follows || stored.local().value() != next) {
                throw new ArchiveException(ArchiveError.CORRUPT, "order of records in a copy of a log");
            }
            CommitBatch.write(store, batch, next, stored.originPosition().value(), stored.record());
            for (UniqueClaim claim : claims) {
                addClaim(reader, batch, claim.name(), stored);
            }
            next++;
            if (next % SYNC_EVERY_RECORDS == 0) {
                store.writeSynced(batch);
            } else {
                store.writeUnsynced(batch);
            }
        } catch (RocksDBException e) {
            throw RocksStore.refusal("new event log", e);
        }
    }

    private void addClaim(LogReader reader, WriteBatch batch, String name, StoredRecord stored)
            throws RocksDBException {
        long[] holders = reader.claimants(name);
        for (long holder : holders) {
            if (reader.at(holder).record().header().stream().equals(stored.record().header().stream())) {
                return;
            }
        }
        if (holders.length < Layout.MAX_CLAIM_HOLDERS) {
            long[] more = java.util.Arrays.copyOf(holders, holders.length + 1);
            more[holders.length] = next;
            store.put(batch, Table.CLAIMS, Layout.claimKey(name), Layout.holders(more));
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
