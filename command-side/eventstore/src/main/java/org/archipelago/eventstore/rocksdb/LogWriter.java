package org.archipelago.eventstore.rocksdb;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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
    private OriginHeads origins = OriginHeads.NONE;

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
        origins = OriginHeads.NONE;
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
            CommitBatch commit = new CommitBatch(site, new LogReader(store), access, nextLocal, origins);
            Taken taken = new Taken();
            for (WriteRequest request : requests) {
                accept(commit, request, taken);
            }
            write(store, commit, taken.snapshots);
            publish(commit);
            if (commit.size() > 0) {
                options.listener().committed(taken.appends, commit.size(), taken.bytes, System.nanoTime() - started);
                options.listener().replicated(commit.replicated());
            }
            taken.answers.forEach(Runnable::run);
            return true;
        });
    }

    /** What of a batch is written, and who is told then. */
    private static final class Taken {
        private final List<WriteRequest.Snapshot> snapshots = new ArrayList<>();
        private final List<Runnable> answers = new ArrayList<>();
        private int appends;
        private long bytes;

        void append(WriteRequest request, CompletableFuture<LocalPosition> result, long last) {
            appends++;
            bytes += request.lengthBytes();
            answers.add(() -> result.complete(new LocalPosition(last)));
        }
    }

    /** A refusal concerns its request only; the store itself failing to read concerns all. */
    private void accept(CommitBatch commit, WriteRequest request, Taken taken) throws RocksDBException {
        try {
            switch (request) {
                case WriteRequest.Append append -> taken.append(append, append.result(), commit.accept(append));
                case WriteRequest.Replica replica -> taken.append(replica, replica.result(), commit.accept(replica));
                case WriteRequest.Body body -> {
                    boolean filled = commit.fill(body);
                    taken.answers.add(() -> body.result().complete(filled));
                }
                case WriteRequest.Snapshot snapshot -> {
                    taken.snapshots.add(snapshot);
                    taken.answers.add(() -> snapshot.result().complete(null));
                }
            }
        } catch (RuntimeException e) {
            request.fail(e);
            options.listener().refused();
        }
    }

    private static void write(RocksStore store, CommitBatch commit, List<WriteRequest.Snapshot> snapshots)
            throws RocksDBException {
        try (WriteBatch batch = new WriteBatch()) {
            commit.writeTo(store, batch);
            for (WriteRequest.Snapshot snapshot : snapshots) {
                store.put(batch, Table.SNAPSHOTS, Layout.streamKey(snapshot.stream()), snapshot.snapshot());
            }
            if (!commit.isEmpty() || !snapshots.isEmpty()) {
                // Snapshots too: only one write may be torn at a time, see TailGuard.
                store.writeSynced(batch);
            }
        }
    }

    private void publish(CommitBatch commit) {
        commit.heads()
                .forEach((stream, head) ->
                        access.heads(stream.origin().equals(site)).advance(stream, head));
        nextLocal += commit.size();
        origins = commit.origins();
        if (commit.size() > 0) {
            access.advanceTo(nextLocal - 1);
        }
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
}
