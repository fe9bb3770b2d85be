package org.archipelago.eventstore.rocksdb;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.LocalToken;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.DamagedRecord;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.LogBackup;
import org.archipelago.eventstore.LogSize;
import org.archipelago.eventstore.PendingRecord;
import org.archipelago.eventstore.RecordContents;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.StreamHead;
import org.archipelago.eventstore.Verification;
import org.archipelago.eventstore.VerificationListener;
import org.archipelago.eventstore.record.LogRecord;
import org.jspecify.annotations.Nullable;

/**
 * The embedded engine: RocksDB with one writer thread and group commit. The first write or sync that fails stops the log:
 * everything is refused, the store is reopened from disk and verified, a bounded number of times; then the fatal callback
 * is called and everything stays refused.
 */
public final class RocksEventLog implements EventLog {
    private static final int CLAIMS_PER_LOAN = 1_000;
    private static final RecordId NIL = new RecordId(new UUID(0, 0));

    private final Path directory;
    private final LogIdentity identity;
    private final StoreAccess access;
    private final @Nullable LogWriter writer;

    private RocksEventLog(Path directory, LogIdentity identity, StoreAccess access, @Nullable LogWriter writer) {
        this.directory = directory;
        this.identity = identity;
        this.access = access;
        this.writer = writer;
    }

    /** @throws ArchiveException LOG_UNAVAILABLE when there is a log or anything else at this place */
    public static RocksEventLog create(
            Path directory, SiteId site, Incarnation incarnation, RocksEventLogOptions options) {
        try (LogBuilder builder = LogBuilder.begin(directory, new LogIdentity(site, incarnation))) {
            builder.finish();
        }
        return open(directory, options);
    }

    /** @throws ArchiveException CORRUPT when it is damaged; LOG_UNAVAILABLE when it is in use or cannot be read */
    public static RocksEventLog open(Path directory, RocksEventLogOptions options) {
        StoreAccess access = StoreAccess.open(directory, RocksStore.Mode.READ_WRITE, options.openCheckRecords());
        LogIdentity identity = access.identity();
        LogWriter writer = new LogWriter(identity.site(), access, options);
        writer.start();
        return new RocksEventLog(directory, identity, access, writer);
    }

    /** For tools, beside a running node too: sees what was durable when it was opened, takes no appends. */
    public static RocksEventLog openReadOnly(Path directory) {
        StoreAccess access = StoreAccess.open(directory, RocksStore.Mode.READ_ONLY, 0);
        return new RocksEventLog(directory, access.identity(), access, null);
    }

    /**
     * Makes a new log of a backup: identical record bytes and origin positions, a new incarnation, so that projections
     * rebuild. What was damaged is damaged in the new log too, in its place. On return it is at its place, whole and on disk;
     * on failure nothing is there.
     *
     * @throws ArchiveException CORRUPT when the backup is damaged or cut short
     */
    public static void restore(Path directory, InputStream backup, Incarnation incarnation) throws IOException {
        LogBackup.Reader reader = LogBackup.read(backup);
        try (LogBuilder builder = LogBuilder.begin(directory, new LogIdentity(reader.site(), incarnation))) {
            reader.all(builder);
            builder.finish();
        }
    }

    /** Whether there is a log at this place. */
    public static boolean exists(Path directory) {
        return Files.exists(directory.resolve("CURRENT"));
    }

    @Override
    public SiteId site() {
        return identity.site();
    }

    @Override
    public Incarnation incarnation() {
        return identity.incarnation();
    }

    @Override
    public LocalPosition head() {
        return new LocalPosition(access.head());
    }

    @Override
    public LocalToken headToken() {
        LocalPosition head = head();
        return recordIdAt(head)
                .map(id -> new LocalToken(incarnation(), head, id))
                .orElseGet(this::tailToken);
    }

    @Override
    public LocalToken tailToken() {
        return new LocalToken(incarnation(), BEFORE_FIRST, NIL);
    }

    @Override
    public boolean recognises(LocalToken token) {
        return token.incarnation().equals(incarnation())
                && (token.local().equals(BEFORE_FIRST)
                        || recordIdAt(token.local()).equals(Optional.of(token.record())));
    }

    @Override
    public CompletableFuture<LocalPosition> append(List<PendingRecord> records) {
        WriteRequest.Append request = WriteRequest.Append.of(records);
        if (records.isEmpty()) {
            request.result().complete(head());
        } else {
            submit(request);
        }
        return request.result();
    }

    @Override
    public CompletableFuture<LocalPosition> takeBack(OriginPosition first, List<PendingRecord> records) {
        WriteRequest.Append request = WriteRequest.Append.of(records, Optional.of(first));
        submit(request);
        return request.result();
    }

    @Override
    public CompletableFuture<LocalPosition> appendReplica(
            SiteId origin, OriginPosition first, List<LogRecord> records) {
        WriteRequest.Replica request = WriteRequest.Replica.of(origin, first, records);
        if (request.lengthBytes() > MAX_REPLICA_BYTES) {
            request.fail(new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "records of another origin"));
        } else {
            submit(request);
        }
        return request.result();
    }

    @Override
    public CompletableFuture<Boolean> fillBody(SiteId origin, OriginPosition position, byte[] body) {
        WriteRequest.Body request = new WriteRequest.Body(origin, position, body, new CompletableFuture<>());
        submit(request);
        return request.result();
    }

    @Override
    public boolean writable() {
        return writer != null && access.usable();
    }

    @Override
    public List<StoredRecord> read(LocalPosition from, int limit) {
        long head = access.head();
        return access.read(reader -> reader.range(Math.max(0, from.value()), head, limit));
    }

    @Override
    public boolean awaitBeyond(LocalPosition position, Duration timeout) throws InterruptedException {
        return access.awaitBeyond(position.value(), timeout);
    }

    @Override
    public List<StoredRecord> readStream(StreamId stream, Revision from, int limit) {
        return access.read(reader -> reader.stream(stream, from.value(), limit));
    }

    @Override
    public Optional<StreamHead> streamHead(StreamId stream) {
        StreamHeads heads = access.heads(stream.origin().equals(site()));
        Optional<StreamHead> known = heads.get(stream);
        if (known.isPresent() && access.usable()) {
            return known;
        }
        Optional<StreamHead> read = access.read(reader -> reader.head(stream));
        read.ifPresent(head -> heads.advance(stream, head));
        return read;
    }

    @Override
    public Optional<LocalPosition> positionOf(RecordId record) {
        OptionalLong position = access.read(reader -> reader.positionOf(record));
        return position.isPresent() ? Optional.of(new LocalPosition(position.getAsLong())) : Optional.empty();
    }

    @Override
    public Optional<RecordId> recordIdAt(LocalPosition position) {
        if (position.value() < 0 || position.value() > access.head()) {
            return Optional.empty();
        }
        try {
            return Optional.of(access.read(
                    reader -> reader.at(position.value()).record().header().id()));
        } catch (ArchiveException e) {
            if (e.error() != ArchiveError.CORRUPT) {
                throw e;
            }
            return Optional.of(damaged(position).knownAs());
        }
    }

    @Override
    public OriginPosition originHead(SiteId origin) {
        long head = access.head();
        return new OriginPosition(access.read(reader -> reader.lastOf(origin, head)));
    }

    @Override
    public Optional<StoredRecord> atOrigin(SiteId origin, OriginPosition position) {
        return access.read(reader -> {
            OptionalLong local = reader.positionOf(origin, position.value());
            return local.isPresent() ? Optional.of(reader.at(local.getAsLong())) : Optional.empty();
        });
    }

    @Override
    public List<StoredRecord> readOrigin(SiteId origin, OriginPosition from, int limit) {
        long head = access.head();
        return access.read(reader -> reader.origin(origin, Math.max(0, from.value()), head, limit));
    }

    @Override
    public List<StreamId> claimHolders(String name) {
        return access.read(reader -> {
            List<StreamId> holders = new ArrayList<>();
            for (long local : reader.claimants(name)) {
                holders.add(reader.at(local).record().header().stream());
            }
            return List.copyOf(holders);
        });
    }

    @Override
    public void eachClaim(ClaimVisitor visitor) throws IOException {
        long head = access.head();
        byte @Nullable [] from = new byte[0];
        while (from != null) {
            byte[] start = from;
            LogReader.ClaimChunk chunk = access.read(reader -> reader.claimsFrom(start, CLAIMS_PER_LOAN));
            for (Map.Entry<String, long[]> claim : chunk.claims().entrySet()) {
                long[] holders = Arrays.stream(claim.getValue())
                        .filter(holder -> holder <= head)
                        .toArray();
                if (holders.length > 0) {
                    visitor.claim(claim.getKey(), holders);
                }
            }
            from = chunk.next();
        }
    }

    @Override
    public boolean salvageClaims(RecordContents contents, ClaimVisitor visitor) throws IOException {
        return new ClaimSalvage(access, contents, visitor).run();
    }

    @Override
    public DamagedRecord damaged(LocalPosition position) {
        return access.readStore(store -> DamageReport.of(store, position));
    }

    @Override
    public void storeSnapshot(StreamId stream, byte[] snapshot) {
        WriteRequest.Snapshot request = new WriteRequest.Snapshot(stream, snapshot, new CompletableFuture<>());
        submit(request);
        try {
            request.result().join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    @Override
    public Optional<byte[]> readSnapshot(StreamId stream) {
        return access.readStore(store -> Optional.ofNullable(store.get(Table.SNAPSHOTS, Layout.streamKey(stream))));
    }

    @Override
    public LogSize size() {
        try {
            return new LogSize(access.head() + 1, RocksStore.diskBytes(directory));
        } catch (IOException e) {
            throw new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "size of the event log", e);
        }
    }

    @Override
    public Verification verify(RecordContents contents, VerificationListener listener) {
        return new LogVerifier(access, contents, listener).run();
    }

    private void submit(WriteRequest request) {
        if (writer == null) {
            request.fail(new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "event log opened for reading only"));
        } else {
            writer.submit(request);
        }
    }

    @Override
    public void close() {
        if (writer != null) {
            writer.stop();
        }
        access.close();
    }
}
