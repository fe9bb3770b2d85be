package org.archipelago.federation.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
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
import org.archipelago.eventstore.LogSize;
import org.archipelago.eventstore.PendingRecord;
import org.archipelago.eventstore.RecordContents;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.StreamHead;
import org.archipelago.eventstore.Verification;
import org.archipelago.eventstore.VerificationListener;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.eventstore.record.RecordHeader;
import org.axonframework.modelling.command.ConcurrencyException;

/**
 * A merged log in memory, without claims and snapshots, whose disk may end the process at any write: before or after it is durable.
 * {@link MemoryEventLogTest} holds it to what the embedded engine does. For one thread.
 */
public final class MemoryEventLog implements EventLog {
    private final SiteId site;
    private final Incarnation incarnation = new Incarnation(new UUID(0, 1));
    private final Disk disk;
    private final List<StoredRecord> records = new ArrayList<>();
    private final Map<SiteId, List<Integer>> origins = new HashMap<>();
    private final Map<StreamId, List<Integer>> streams = new HashMap<>();
    private final Set<OfOrigin> ids = new HashSet<>();

    private record OfOrigin(SiteId origin, RecordId id) {}

    /** Called around each write; what it throws is the end of the process. */
    public interface Disk {
        Disk SOUND = new Disk() {};

        default void beforeWrite() {}

        default void afterWrite() {}
    }

    public MemoryEventLog(SiteId site, Disk disk) {
        this.site = site;
        this.disk = disk;
    }

    /** What is on the disk, opened again; or as it was at an earlier time. */
    public MemoryEventLog(SiteId site, Disk disk, List<StoredRecord> durable) {
        this(site, disk);
        durable.forEach(stored -> put(stored.record()));
    }

    public List<StoredRecord> durable() {
        return List.copyOf(records);
    }

    private void put(LogRecord record) {
        RecordHeader header = record.header();
        List<Integer> places = origins.computeIfAbsent(header.origin(), _ -> new ArrayList<>());
        int local = records.size();
        records.add(new StoredRecord(new LocalPosition(local), new OriginPosition(places.size()), record));
        places.add(local);
        streams.computeIfAbsent(header.stream(), _ -> new ArrayList<>()).add(local);
        ids.add(new OfOrigin(header.origin(), header.id()));
    }

    @Override
    public CompletableFuture<LocalPosition> append(List<PendingRecord> pending) {
        for (PendingRecord one : pending) {
            if (!one.record().header().origin().equals(site)) {
                return failed(ArchiveError.INVALID_REQUEST);
            }
        }
        return write(pending.stream().map(PendingRecord::record).toList(), false);
    }

    @Override
    public CompletableFuture<LocalPosition> takeBack(OriginPosition first, List<PendingRecord> lost) {
        return first.value() == originHead(site).value() + 1 ? append(lost) : failed(ArchiveError.CONFLICTING_STATE);
    }

    @Override
    public CompletableFuture<LocalPosition> appendReplica(
            SiteId origin, OriginPosition first, List<LogRecord> replicated) {
        long next = originHead(origin).value() + 1;
        if (replicated.stream().mapToLong(LogRecord::lengthBytes).sum() > MAX_REPLICA_BYTES) {
            return failed(ArchiveError.REQUEST_TOO_LARGE);
        }
        if (origin.equals(site) || first.value() < 0 || first.value() > next) {
            return failed(ArchiveError.INVALID_REQUEST);
        }
        List<LogRecord> fresh = new ArrayList<>();
        long position = first.value();
        for (LogRecord record : replicated) {
            if (!record.header().origin().equals(origin)) {
                return failed(ArchiveError.INVALID_REQUEST);
            }
            if (position >= next) {
                fresh.add(record);
            } else if (!Arrays.equals(
                    atOrigin(origin, new OriginPosition(position))
                            .orElseThrow()
                            .record()
                            .headerBytes(),
                    record.headerBytes())) {
                return failed(ArchiveError.CONFLICTING_STATE);
            }
            position++;
        }
        return write(fresh, true);
    }

    private CompletableFuture<LocalPosition> write(List<LogRecord> fresh, boolean foreign) {
        Map<StreamId, Long> next = new HashMap<>();
        Set<OfOrigin> freshIds = new HashSet<>();
        for (LogRecord record : fresh) {
            RecordHeader header = record.header();
            long revision = next.computeIfAbsent(header.stream(), stream ->
                    (long) streams.getOrDefault(stream, List.of()).size());
            OfOrigin id = new OfOrigin(header.origin(), header.id());
            if (header.revision().value() != revision) {
                return foreign
                        ? failed(ArchiveError.CONFLICTING_STATE)
                        : CompletableFuture.failedFuture(new ConcurrencyException("revision"));
            }
            if (ids.contains(id) || !freshIds.add(id)) {
                return failed(ArchiveError.CONFLICTING_STATE);
            }
            next.put(header.stream(), revision + 1);
        }
        if (!fresh.isEmpty()) {
            disk.beforeWrite();
            fresh.forEach(this::put);
            disk.afterWrite();
        }
        return CompletableFuture.completedFuture(head());
    }

    private static <T> CompletableFuture<T> failed(ArchiveError error) {
        return CompletableFuture.failedFuture(new ArchiveException(error, "simulated log"));
    }

    @Override
    public CompletableFuture<Boolean> fillBody(SiteId origin, OriginPosition position, byte[] body) {
        Optional<StoredRecord> here = atOrigin(origin, position);
        if (here.isEmpty()) {
            return failed(ArchiveError.NOT_FOUND);
        }
        if (!here.get().record().isWithheld()) {
            return CompletableFuture.completedFuture(false);
        }
        try {
            StoredRecord whole = new StoredRecord(
                    here.get().local(), position, here.get().record().filled(body));
            disk.beforeWrite();
            records.set((int) whole.local().value(), whole);
            disk.afterWrite();
            return CompletableFuture.completedFuture(true);
        } catch (ArchiveException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public SiteId site() {
        return site;
    }

    @Override
    public Incarnation incarnation() {
        return incarnation;
    }

    @Override
    public LocalPosition head() {
        return new LocalPosition(records.size() - 1L);
    }

    @Override
    public List<StoredRecord> read(LocalPosition from, int limit) {
        int start = (int) Math.clamp(from.value(), 0, records.size());
        return List.copyOf(records.subList(start, Math.min(records.size(), start + limit)));
    }

    @Override
    public boolean awaitBeyond(LocalPosition position, Duration timeout) {
        return head().compareTo(position) > 0;
    }

    @Override
    public List<StoredRecord> readStream(StreamId stream, Revision from, int limit) {
        return at(streams.getOrDefault(stream, List.of()), from.value(), limit);
    }

    @Override
    public List<StoredRecord> readOrigin(SiteId origin, OriginPosition from, int limit) {
        return at(origins.getOrDefault(origin, List.of()), from.value(), limit);
    }

    private List<StoredRecord> at(List<Integer> places, long from, int limit) {
        return places.stream().skip(from).limit(limit).map(records::get).toList();
    }

    @Override
    public Optional<StreamHead> streamHead(StreamId stream) {
        List<Integer> places = streams.getOrDefault(stream, List.of());
        return places.isEmpty()
                ? Optional.empty()
                : Optional.of(records.get(places.getLast()).record().header())
                        .map(header -> new StreamHead(header.revision(), header.key()));
    }

    @Override
    public Optional<RecordId> recordIdAt(LocalPosition position) {
        return read(position, 1).stream()
                .filter(stored -> stored.local().equals(position))
                .findFirst()
                .map(stored -> stored.record().header().id());
    }

    @Override
    public OriginPosition originHead(SiteId origin) {
        return new OriginPosition(origins.getOrDefault(origin, List.of()).size() - 1L);
    }

    @Override
    public Optional<StoredRecord> atOrigin(SiteId origin, OriginPosition position) {
        return position.value() < 0
                ? Optional.empty()
                : readOrigin(origin, position, 1).stream().findFirst();
    }

    @Override
    public boolean writable() {
        return true;
    }

    @Override
    public LocalToken headToken() {
        throw unasked();
    }

    @Override
    public LocalToken tailToken() {
        throw unasked();
    }

    @Override
    public boolean recognises(LocalToken token) {
        throw unasked();
    }

    @Override
    public Optional<LocalPosition> positionOf(RecordId record) {
        throw unasked();
    }

    @Override
    public List<StreamId> claimHolders(String name) {
        throw unasked();
    }

    @Override
    public void eachClaim(ClaimVisitor visitor) {
        throw unasked();
    }

    @Override
    public DamagedRecord damaged(LocalPosition position) {
        throw unasked();
    }

    @Override
    public void storeSnapshot(StreamId stream, byte[] snapshot) {
        throw unasked();
    }

    @Override
    public Optional<byte[]> readSnapshot(StreamId stream) {
        throw unasked();
    }

    @Override
    public LogSize size() {
        throw unasked();
    }

    @Override
    public Verification verify(RecordContents contents, VerificationListener listener) {
        throw unasked();
    }

    private static UnsupportedOperationException unasked() {
        return new UnsupportedOperationException("nothing of replication asks for this");
    }

    @Override
    public void close() {}
}
