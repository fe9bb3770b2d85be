package org.archipelago.eventstore.rocksdb;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.record.RecordHeader;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lends the store to readers and takes it away from all of them to close or reopen it, since native memory that is used
 * after it was closed ends the process. Also knows the head, and who waits for it to advance.
 */
final class StoreAccess implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(StoreAccess.class);

    private final Path directory;
    private final RocksStore.Mode mode;
    private final ReentrantReadWriteLock lending = new ReentrantReadWriteLock();
    private final ReentrantLock waiting = new ReentrantLock();
    private final Condition advanced = waiting.newCondition();
    private final StreamHeads ownHeads = new StreamHeads();
    /** Apart, so that a peer's log that is taken in does not drive out what commands need. */
    private final StreamHeads foreignHeads = new StreamHeads();

    private @Nullable RocksStore store;
    private volatile boolean usable;
    private volatile boolean closed;
    private volatile long head = -1;

    private StoreAccess(Path directory, RocksStore.Mode mode) {
        this.directory = directory;
        this.mode = mode;
    }

    interface Use<S, T> {
        T apply(S source) throws RocksDBException;
    }

    static StoreAccess open(Path directory, RocksStore.Mode mode, int checkRecords) {
        StoreAccess access = new StoreAccess(directory, mode);
        access.reopen(checkRecords);
        return access;
    }

    /** Opens the store from disk and looks at the last records before anyone may use it. */
    void reopen(int checkRecords) {
        lending.writeLock().lock();
        RocksStore opened = null;
        try {
            letGo();
            ownHeads.clear();
            foreignHeads.clear();
            opened = RocksStore.open(directory, mode);
            LogReader reader = new LogReader(opened);
            SiteId own = LogIdentity.read(opened).site();
            long last = reader.lastLocal();
            check(reader, own, Math.max(0, last + 1 - checkRecords), last);
            head = last;
            store = opened;
            opened = null;
            usable = true;
        } catch (RocksDBException e) {
            throw RocksStore.refusal("event log", e);
        } finally {
            if (opened != null) {
                opened.close();
            }
            lending.writeLock().unlock();
        }
        signal();
    }

    /** A record that has rotted is refused when it is read, and stops nobody else; one that is not in its place stops all. */
    private static void check(LogReader reader, SiteId own, long from, long last) throws RocksDBException {
        for (long next = from; next <= last; ) {
            List<StoredRecord> records = reader.soundRange(next, last, 1024);
            if (records.isEmpty()) {
                LOGGER.error("The record at local position {} is damaged and will not be served; run 'verify'", next++);
            }
            for (StoredRecord stored : records) {
                RecordHeader header = stored.record().header();
                boolean indexed = reader.positionOf(header, own).orElse(-1) == next
                        && reader.positionOf(
                                                header.origin(),
                                                stored.originPosition().value())
                                        .orElse(-1)
                                == next;
                if (!indexed) {
                    throw Layout.corrupt(next, null);
                }
                next++;
            }
        }
    }

    /** From now on every use is refused, until {@link #reopen}. */
    void stop() {
        usable = false;
        signal();
    }

    boolean usable() {
        return usable;
    }

    long head() {
        requireUsable();
        return head;
    }

    StreamHeads heads(boolean own) {
        return own ? ownHeads : foreignHeads;
    }

    LogIdentity identity() {
        return readStore(LogIdentity::read);
    }

    void advanceTo(long position) {
        head = position;
        signal();
    }

    private void signal() {
        waiting.lock();
        try {
            advanced.signalAll();
        } finally {
            waiting.unlock();
        }
    }

    boolean awaitBeyond(long position, Duration timeout) throws InterruptedException {
        long nanos = timeout.toNanos();
        waiting.lock();
        try {
            while (true) {
                requireUsable();
                if (head > position) {
                    return true;
                }
                if (nanos <= 0) {
                    return false;
                }
                nanos = advanced.awaitNanos(nanos);
            }
        } finally {
            waiting.unlock();
        }
    }

    <T> T read(Use<LogReader, T> use) {
        return readStore(borrowed -> use.apply(new LogReader(borrowed)));
    }

    <T> T readStore(Use<RocksStore, T> use) {
        lending.readLock().lock();
        try {
            requireUsable();
            return use.apply(lent());
        } catch (RocksDBException e) {
            throw RocksStore.refusal("event log", e);
        } finally {
            lending.readLock().unlock();
        }
    }

    private RocksStore lent() {
        if (store == null) {
            throw unavailable();
        }
        return store;
    }

    private void requireUsable() {
        if (!usable) {
            throw unavailable();
        }
    }

    ArchiveException unavailable() {
        return closed
                ? new ArchiveException(ArchiveError.SHUTTING_DOWN, "event log")
                : new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "event log");
    }

    private void letGo() {
        usable = false;
        RocksStore open = store;
        store = null;
        if (open != null) {
            open.close();
        }
    }

    /** Waits for readers to finish what they are at. */
    @Override
    public void close() {
        closed = true;
        stop();
        lending.writeLock().lock();
        try {
            letGo();
        } finally {
            lending.writeLock().unlock();
        }
    }
}
