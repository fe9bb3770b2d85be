package org.archipelago.eventstore.rocksdb;

import java.util.ArrayList;
import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.LocalPosition;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes: takes what came while it was writing, checks each append, makes one synced write of those
 * that passed, then answers. Whatever happens here, everyone who waits is answered.
 */
final class LogWriter {
    private static final Logger LOGGER = LoggerFactory.getLogger(LogWriter.class);

    private final SiteId site;
    private final StoreAccess access;
    private final RocksEventLogOptions options;
    private final RequestQueue queue = new RequestQueue();
    private final Thread thread;
    private volatile boolean stopping;
    private volatile boolean ended;
    private int reopenings;
    private boolean givenUp;
    private long nextLocal;
    private long nextOrigin;

    LogWriter(SiteId site, StoreAccess access, RocksEventLogOptions options) {
        this.site = site;
        this.access = access;
        this.options = options;
        this.thread = Thread.ofPlatform().name("event-log-writer").daemon(true).unstarted(this::run);
    }

    void start() {
        locate();
        thread.start();
    }

    private void locate() {
        nextLocal = access.head() + 1;
        nextOrigin = access.read(reader -> reader.lastOf(site)) + 1;
    }

    void submit(WriteRequest request) {
        if (stopping || ended || !access.usable()) {
            request.fail(access.unavailable());
            return;
        }
        try {
            queue.offer(request);
        } catch (ArchiveException e) {
            request.fail(e);
            return;
        }
        if (ended) {
            queue.failAll(access.unavailable());
        }
    }

    /** Writes what waits, then ends. Waits for that. */
    void stop() {
        stopping = true;
        thread.interrupt();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            boolean more = true;
            while (more) {
                more = turn();
            }
        } catch (Throwable e) {
            LOGGER.error("The event log's writer has failed; nothing more is recorded", e);
            access.stop();
            givenUp = true;
        } finally {
            ended = true;
            queue.failAll(access.unavailable());
            if (givenUp) {
                // Not on this thread: whoever exits the process closes the log first, and that waits for this thread.
                Thread.ofPlatform().name("event-log-fatal").start(options.fatal());
            }
        }
    }

    /** @return whether there is to be another turn */
    private boolean turn() {
        List<WriteRequest> requests = queue.take();
        if (requests.isEmpty()) {
            return !stopping;
        }
        try {
            commit(requests);
            return true;
        } catch (RocksDBException | RuntimeException | Error e) {
            access.stop();
            ArchiveException refusal = new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "write to the event log", e);
            requests.forEach(request -> request.fail(refusal));
            queue.failAll(refusal);
            LOGGER.error("A write to the event log failed; it is refused until the log was reopened and verified", e);
            options.listener().stopped(e);
            return recover();
        }
    }

    private void commit(List<WriteRequest> requests) throws RocksDBException {
        long started = System.nanoTime();
        access.readStore(store -> {
            CommitBatch commit = new CommitBatch(site, new LogReader(store), access.heads(), nextLocal, nextOrigin);
            List<Accepted> accepted = new ArrayList<>();
            List<WriteRequest.Snapshot> snapshots = new ArrayList<>();
            long bytes = 0;
            for (WriteRequest request : requests) {
                switch (request) {
                    case WriteRequest.Append append -> {
                        if (accept(commit, append, accepted)) {
                            bytes += append.lengthBytes();
                        }
                    }
                    case WriteRequest.Snapshot snapshot -> snapshots.add(snapshot);
                }
            }
            write(store, commit, snapshots);
            publish(commit, accepted, snapshots);
            if (commit.size() > 0) {
                options.listener().committed(accepted.size(), commit.size(), bytes, System.nanoTime() - started);
            }
            return true;
        });
    }

    /** A refusal concerns its append only; the store itself failing to read concerns all. */
    private boolean accept(CommitBatch commit, WriteRequest.Append append, List<Accepted> accepted)
            throws RocksDBException {
        try {
            accepted.add(new Accepted(append, commit.accept(append.records())));
            return true;
        } catch (RuntimeException e) {
            append.fail(e);
            options.listener().refused();
            return false;
        }
    }

    private static void write(RocksStore store, CommitBatch commit, List<WriteRequest.Snapshot> snapshots)
            throws RocksDBException {
        try (WriteBatch batch = new WriteBatch()) {
            commit.writeTo(store, batch);
            for (WriteRequest.Snapshot snapshot : snapshots) {
                store.put(batch, Table.SNAPSHOTS, Layout.streamKey(snapshot.stream()), snapshot.snapshot());
            }
            if (commit.size() > 0 || !snapshots.isEmpty()) {
                // Snapshots too: only one write may be torn at a time, see TailGuard.
                store.writeSynced(batch);
            }
        }
    }

    private void publish(CommitBatch commit, List<Accepted> accepted, List<WriteRequest.Snapshot> snapshots) {
        commit.heads().forEach(access.heads()::advance);
        nextLocal += commit.size();
        nextOrigin += commit.size();
        if (commit.size() > 0) {
            access.advanceTo(nextLocal - 1);
        }
        accepted.forEach(a -> a.request().result().complete(new LocalPosition(a.last())));
        snapshots.forEach(s -> s.result().complete(null));
    }

    private boolean recover() {
        while (!stopping && reopenings < options.maxReopenings()) {
            reopenings++;
            try {
                Thread.sleep(options.reopenPause().multipliedBy(reopenings));
                access.reopen(options.reopenCheckRecords());
                locate();
                LOGGER.warn("The event log was reopened and verified, attempt {}", reopenings);
                options.listener().reopened(reopenings);
                return true;
            } catch (InterruptedException _) {
                return false; // by stop, the only one who has this thread
            } catch (ArchiveException e) {
                access.stop();
                LOGGER.error("The event log could not be reopened, attempt {}", reopenings, e);
            }
        }
        if (!stopping) {
            LOGGER.error("The event log has failed for good after {} reopenings", reopenings);
            givenUp = true;
        }
        return false;
    }

    private record Accepted(WriteRequest.Append request, long last) {}
}
