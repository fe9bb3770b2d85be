package org.archipelago.eventstore.axon;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.ClaimHeldElsewhereException;
import org.archipelago.contract.log.ClaimSource;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.LocalToken;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.PendingRecord;
import org.archipelago.eventstore.RecordCursor;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.StreamHead;
import org.archipelago.eventstore.body.UnknownRecord;
import org.archipelago.keystore.Key;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventhandling.GenericDomainEventMessage;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.eventhandling.TrackingToken;
import org.axonframework.eventhandling.WrappedToken;
import org.axonframework.eventsourcing.eventstore.DomainEventStream;
import org.axonframework.eventsourcing.eventstore.EventStorageEngine;
import org.axonframework.modelling.command.ConcurrencyException;
import org.jspecify.annotations.Nullable;

/**
 * The event log as Axon's storage engine. Payloads are the contract's objects, so no serializer of Axon's is involved; an
 * event whose key was destroyed has the payload {@link org.archipelago.contract.log.Erased}, one of a newer program
 * {@link UnknownRecord}, except for an aggregate: its events are refused then with NEWER_PROGRAM. An event of another site that this
 * one cannot read has the payload {@link org.archipelago.contract.log.Unreadable}. The aggregate identifier is the stream id; the
 * aggregate type of a message that is read is the stream's kind; its identifier is the record id; its timestamp is when it was recorded.
 *
 * <p>Streams of other sites are read by who follows the whole log only: their aggregates are not loaded here, and nothing is decided
 * by them.
 *
 * <p>On return of {@link #appendEvents} all events are on disk, in consecutive positions; on an exception none are, except
 * after LOG_UNAVAILABLE, where all or none may be. An event that no aggregate published goes to the end of the stream
 * that it names.
 */
public final class LogStorageEngine implements EventStorageEngine {
    private static final int CHUNK_RECORDS = 512;
    private static final int MAX_ATTEMPTS_AT_END = 64;

    private final EventLog log;
    private final Sealing sealing;
    private final ClaimSource claims;
    private final SealedSnapshots snapshots;
    private final EventMessages messages;

    public LogStorageEngine(
            EventLog log, Sealing sealing, ClaimSource claims, Collection<SnapshotCodec> snapshotCodecs) {
        this.log = log;
        this.sealing = sealing;
        this.claims = claims;
        this.snapshots = new SealedSnapshots(log, sealing, snapshotCodecs);
        this.messages = new EventMessages(sealing, log.site(), log.incarnation());
    }

    @Override
    public void appendEvents(List<? extends EventMessage<?>> events) {
        boolean anyWithoutRevision = events.stream().anyMatch(e -> !(e instanceof DomainEventMessage<?>));
        int attempts = anyWithoutRevision ? MAX_ATTEMPTS_AT_END : 1;
        for (int attempt = 1; ; attempt++) {
            try {
                List<PendingRecord> records = seal(events);
                AppendPrecondition.await();
                join(log.append(records));
                return;
            } catch (ConcurrencyException e) {
                if (attempt >= attempts) {
                    throw e;
                }
            }
        }
    }

    /** The caller's own stack is added: the writer's says nothing of who appended. */
    private static void join(CompletableFuture<LocalPosition> appended) {
        try {
            appended.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case ConcurrencyException cause -> throw new ConcurrencyException(cause.getMessage(), cause);
                case ClaimHeldElsewhereException cause -> throw cause;
                case ArchiveException cause -> throw new ArchiveException(cause.error(), cause.subject(), cause);
                case null, default -> throw e;
            }
        }
    }

    private List<PendingRecord> seal(List<? extends EventMessage<?>> events) {
        Map<StreamId, StreamHead> heads = new HashMap<>();
        Map<StreamId, Key> keys = new HashMap<>();
        List<PendingRecord> records = new ArrayList<>(events.size());
        for (EventMessage<?> event : events) {
            Object payload = event.getPayload();
            StreamId stream = sealing.bodies().types().streamOf(payload);
            Revision revision = revision(event, stream, heads);
            Key key = keys.computeIfAbsent(stream, s -> key(s, revision, payload, heads));
            heads.put(stream, new StreamHead(revision, key.id()));
            RecordId id = new RecordId(UUID.fromString(event.getIdentifier()));
            records.add(new PendingRecord(
                    sealing.seal(id, stream, revision, event.getTimestamp(), key, payload, event.getMetaData()),
                    claims.claimsOf(payload)));
        }
        return records;
    }

    private Revision revision(EventMessage<?> event, StreamId stream, Map<StreamId, StreamHead> heads) {
        if (event instanceof DomainEventMessage<?> domainEvent) {
            if (!domainEvent.getAggregateIdentifier().equals(stream.value())) {
                throw new IllegalArgumentException(
                        "an event of stream " + stream + " published by " + domainEvent.getAggregateIdentifier());
            }
            return new Revision(domainEvent.getSequenceNumber());
        }
        return new Revision(
                1 + head(stream, heads).map(h -> h.revision().value()).orElse(-1L));
    }

    private Key key(StreamId stream, Revision revision, Object payload, Map<StreamId, StreamHead> heads) {
        if (revision.value() == 0) {
            return sealing.firstKey(stream, payload);
        }
        return head(stream, heads)
                .map(head -> sealing.laterKey(head.key()))
                .orElseThrow(() -> new ConcurrencyException("revision " + revision + " of an empty stream"));
    }

    private Optional<StreamHead> head(StreamId stream, Map<StreamId, StreamHead> heads) {
        StreamHead pending = heads.get(stream);
        return pending != null ? Optional.of(pending) : log.streamHead(stream);
    }

    @Override
    public void storeSnapshot(DomainEventMessage<?> snapshot) {
        snapshots.store(
                own(snapshot.getAggregateIdentifier()),
                new Revision(snapshot.getSequenceNumber()),
                snapshot.getTimestamp(),
                snapshot.getPayload());
    }

    @Override
    public Optional<DomainEventMessage<?>> readSnapshot(String aggregateIdentifier) {
        StreamId stream = own(aggregateIdentifier);
        return snapshots
                .read(stream)
                .map(snapshot -> new GenericDomainEventMessage<>(
                        stream.kind(),
                        stream.value(),
                        snapshot.revision().value(),
                        snapshot.state(),
                        Map.of(),
                        UUID.randomUUID().toString(),
                        snapshot.recordedAt()));
    }

    /**
     * Events of one stream from a revision on, in order, at most so many: of whatever origin, for who folds what other sites recorded.
     * What cannot be opened is as in {@link #readEvents(TrackingToken, boolean)}.
     *
     * @throws ArchiveException CORRUPT
     */
    public List<TrackedEventMessage<?>> read(StreamId stream, Revision from, int most) {
        List<TrackedEventMessage<?>> events = new ArrayList<>();
        log.readStream(stream, from, most).forEach(record -> events.add(messages.tracked(record)));
        return events;
    }

    /**
     * Everything behind the token up to the head at the time; never waits, since a stream cannot be left while it does. The
     * payload of a damaged record is refused as CORRUPT, and what follows is given.
     */
    @Override
    public Stream<? extends TrackedEventMessage<?>> readEvents(@Nullable TrackingToken token, boolean mayBlock) {
        RecordCursor cursor = new RecordCursor(log, after(token));
        return Stream.iterate(cursor.nextEntry(), Optional::isPresent, _ -> cursor.nextEntry())
                .flatMap(Optional::stream)
                .map(messages::tracked);
    }

    /** @throws ArchiveException CONFLICTING_STATE for a token of another history: what it stands for must be rebuilt */
    LocalPosition after(@Nullable TrackingToken token) {
        TrackingToken plain = token == null ? null : WrappedToken.unwrapLowerBound(token);
        if (plain == null) {
            return EventLog.BEFORE_FIRST;
        }
        if (!(plain instanceof LocalToken local)) {
            throw new IllegalArgumentException(plain.getClass().getName() + " is no token of this log");
        }
        if (!log.recognises(local)) {
            throw new ArchiveException(ArchiveError.CONFLICTING_STATE, "token of another history of the log");
        }
        return local.local();
    }

    @Override
    public DomainEventStream readEvents(String aggregateIdentifier, long firstSequenceNumber) {
        Iterator<StoredRecord> records =
                new StreamRecords(log, own(aggregateIdentifier), firstSequenceNumber, CHUNK_RECORDS);
        return DomainEventStream.of(stream(records).map(messages::domain).peek(LogStorageEngine::refuseUnknown));
    }

    private StreamId own(String aggregateIdentifier) {
        StreamId stream = new StreamId(aggregateIdentifier);
        if (!stream.origin().equals(log.site())) {
            throw new ArchiveException(
                    ArchiveError.INVALID_REQUEST, "stream of another site: only its own node decides in it");
        }
        return stream;
    }

    /** Who decides, or makes a snapshot, without an event that it cannot read decides wrongly. */
    static void refuseUnknown(DomainEventMessage<?> event) {
        if (event.getPayload() instanceof UnknownRecord unknown) {
            throw new ArchiveException(
                    ArchiveError.NEWER_PROGRAM, "record of type " + unknown.type() + " " + unknown.version());
        }
    }

    private static <T> Stream<T> stream(Iterator<T> iterator) {
        return StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(iterator, Spliterator.ORDERED | Spliterator.NONNULL), false);
    }

    @Override
    public Optional<Long> lastSequenceNumberFor(String aggregateIdentifier) {
        return log.streamHead(own(aggregateIdentifier))
                .map(head -> head.revision().value());
    }

    @Override
    public TrackingToken createTailToken() {
        return log.tailToken();
    }

    @Override
    public TrackingToken createHeadToken() {
        return log.headToken();
    }

    /** Looks at every record from the first, since clocks may go back: a rare act of an operator. */
    @Override
    public TrackingToken createTokenAt(Instant dateTime) {
        RecordCursor cursor = new RecordCursor(log, EventLog.BEFORE_FIRST);
        LocalToken before = log.tailToken();
        for (Optional<StoredRecord> next = cursor.next(); next.isPresent(); next = cursor.next()) {
            if (!next.get().record().header().recordedAt().isBefore(dateTime)) {
                return before;
            }
            before = next.get().token(log.incarnation());
        }
        return before;
    }
}
