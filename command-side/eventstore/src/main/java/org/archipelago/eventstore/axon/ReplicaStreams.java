package org.archipelago.eventstore.axon;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.Unreadable;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.Sealing;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.eventhandling.TrackingToken;
import org.axonframework.eventsourcing.eventstore.DomainEventStream;
import org.axonframework.eventsourcing.eventstore.EventStorageEngine;
import org.jspecify.annotations.Nullable;

/**
 * The streams of other sites, for reading alone: no command is ever decided by them, so whoever decides has
 * {@link LogStorageEngine}, which refuses them. A stream of this site is empty here: no other site can bring its records in. What cannot
 * be read of a stream ends it with a refusal: NOT_AUTHORIZED while its key or body is not here, CORRUPT when it is no event of the
 * stream, NEWER_PROGRAM; DATASET_LIMIT when it is longer than {@value #MAX_STREAM_BYTES} bytes from where it is read, since who reads keeps it in memory.
 */
public final class ReplicaStreams implements EventStorageEngine {
    static final long MAX_STREAM_BYTES = 256L << 20;

    private static final int CHUNK_RECORDS = 512;

    private final EventLog log;
    private final long maxBytes;
    private final Set<String> dispensable;
    private final EventMessages messages;

    /** @param dispensable types of events that may be passed over where their key is not here */
    public ReplicaStreams(EventLog log, Sealing sealing, Set<String> dispensable) {
        this(log, sealing, dispensable, MAX_STREAM_BYTES);
    }

    ReplicaStreams(EventLog log, Sealing sealing, Set<String> dispensable, long maxBytes) {
        this.log = log;
        this.maxBytes = maxBytes;
        this.dispensable = Set.copyOf(dispensable);
        this.messages = new EventMessages(sealing, log.site(), log.incarnation());
    }

    @Override
    public DomainEventStream readEvents(String aggregateIdentifier, long firstSequenceNumber) {
        StreamId stream = new StreamId(aggregateIdentifier);
        if (isOwn(stream)) {
            return DomainEventStream.empty();
        }
        StreamRecords records = new StreamRecords(log, stream, firstSequenceNumber, CHUNK_RECORDS);
        AtomicLong bytes = new AtomicLong();
        Stream<DomainEventMessage<?>> events = StreamSupport.stream(
                        Spliterators.spliteratorUnknownSize(records, Spliterator.ORDERED | Spliterator.NONNULL), false)
                .peek(record -> require(bytes.addAndGet(record.record().lengthBytes()) <= maxBytes))
                .map(messages::domain);
        return DomainEventStream.of(events.filter(this::isReadable).peek(LogStorageEngine::refuseUnknown));
    }

    private static void require(boolean isShort) {
        if (!isShort) {
            throw new ArchiveException(ArchiveError.DATASET_LIMIT, "stream of another site");
        }
    }

    private boolean isOwn(StreamId stream) {
        return stream.origin().equals(log.site());
    }

    private boolean isReadable(DomainEventMessage<?> event) {
        if (!(event.getPayload() instanceof Unreadable unreadable)) {
            return true;
        }
        boolean mayBecomeReadable = switch (unreadable.reason()) {
            case BODY_WITHHELD, KEY_NOT_GRANTED -> true;
            case NOT_OF_ITS_STREAM, DOES_NOT_OPEN -> false;
        };
        if (mayBecomeReadable && dispensable.contains(unreadable.type())) {
            return false;
        }
        throw new ArchiveException(
                mayBecomeReadable ? ArchiveError.NOT_AUTHORIZED : ArchiveError.CORRUPT,
                "record of another site of type " + unreadable.type());
    }

    @Override
    public Optional<Long> lastSequenceNumberFor(String aggregateIdentifier) {
        StreamId stream = new StreamId(aggregateIdentifier);
        return isOwn(stream)
                ? Optional.empty()
                : log.streamHead(stream).map(head -> head.revision().value());
    }

    @Override
    public Optional<DomainEventMessage<?>> readSnapshot(String aggregateIdentifier) {
        return Optional.empty();
    }

    @Override
    public void appendEvents(List<? extends EventMessage<?>> events) {
        throw onlyRead();
    }

    @Override
    public void storeSnapshot(DomainEventMessage<?> snapshot) {
        throw onlyRead();
    }

    @Override
    public Stream<? extends TrackedEventMessage<?>> readEvents(@Nullable TrackingToken token, boolean mayBlock) {
        throw onlyRead();
    }

    @Override
    public TrackingToken createTailToken() {
        return log.tailToken();
    }

    @Override
    public TrackingToken createHeadToken() {
        return log.headToken();
    }

    @Override
    public TrackingToken createTokenAt(Instant dateTime) {
        throw onlyRead();
    }

    private static UnsupportedOperationException onlyRead() {
        return new UnsupportedOperationException("streams of other sites are read, one by one, and nothing else");
    }
}
