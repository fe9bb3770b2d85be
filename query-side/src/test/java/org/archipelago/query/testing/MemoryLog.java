package org.archipelago.query.testing;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.LocalToken;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.Unreadable;
import org.archipelago.query.LogPositions;
import org.axonframework.common.stream.BlockingStream;
import org.axonframework.eventhandling.GenericDomainEventMessage;
import org.axonframework.eventhandling.GenericTrackedDomainEventMessage;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.eventhandling.TrackingToken;
import org.axonframework.messaging.GenericMessage;
import org.axonframework.messaging.StreamableMessageSource;

/** A log in memory whose events carry {@link LocalToken}s, as the real engines' do. */
public final class MemoryLog implements StreamableMessageSource<TrackedEventMessage<?>>, LogPositions {
    public static final SiteId SITE = new SiteId(new UUID(7, 7));
    public static final SiteId OTHER_SITE = SiteId.parse("99999999-2222-3333-4444-555555555555");
    /** How the streams of another site begin. */
    public static final String FOREIGN = OTHER_SITE + "/";

    private final List<TrackedEventMessage<?>> events = new ArrayList<>();
    private final Map<String, Long> revisions = new HashMap<>();
    private final Set<String> locked = new HashSet<>();
    private long heldBackFrom = Long.MAX_VALUE;
    private Incarnation incarnation = new Incarnation(UUID.randomUUID());

    /** One event of a stream, durable at once. */
    public synchronized LocalPosition append(String stream, Object payload) {
        LocalPosition position = new LocalPosition(events.size());
        LocalToken token = new LocalToken(incarnation, position, new RecordId(UUID.randomUUID()));
        long revision = revisions.merge(stream, 1L, Long::sum) - 1;
        events.add(new GenericTrackedDomainEventMessage<>(
                token, new GenericDomainEventMessage<>("type", stream, revision, payload)));
        notifyAll();
        return position;
    }

    /** A record of which nothing can be read but where it is. */
    public synchronized LocalPosition appendDamaged(String stream) {
        LocalPosition position = append(stream, "damaged");
        int at = Math.toIntExact(position.value());
        var old = (GenericTrackedDomainEventMessage<?>) events.get(at);
        events.set(
                at,
                new GenericTrackedDomainEventMessage<>(
                        old.trackingToken(),
                        new GenericDomainEventMessage<>(
                                "type", stream, old.getSequenceNumber(), new Damaged(), Instant.EPOCH)));
        return position;
    }

    private static final class Damaged extends GenericMessage<Object> {
        private static final long serialVersionUID = 1L;

        Damaged() {
            super("damaged");
        }

        @Override
        public Object getPayload() {
            throw new ArchiveException(ArchiveError.CORRUPT, "record");
        }
    }

    /** What this stream has cannot be read until {@link #unlock}: its key is not here. */
    public synchronized void lock(StreamId stream) {
        locked.add(stream.value());
    }

    public synchronized void unlock(StreamId stream) {
        locked.remove(stream.value());
    }

    private TrackedEventMessage<?> asRead(TrackedEventMessage<?> event) {
        var domain = (GenericTrackedDomainEventMessage<?>) event;
        if (!locked.contains(domain.getAggregateIdentifier())) {
            return event;
        }
        StreamId stream = new StreamId(domain.getAggregateIdentifier());
        return new GenericTrackedDomainEventMessage<>(
                domain.trackingToken(),
                new GenericDomainEventMessage<>(
                        "type",
                        stream.value(),
                        domain.getSequenceNumber(),
                        new Unreadable(stream, "Type", Unreadable.Reason.KEY_NOT_GRANTED)));
    }

    @Override
    public SiteId site() {
        return SITE;
    }

    @Override
    public synchronized List<TrackedEventMessage<?>> read(StreamId stream, long revision, int most) {
        return events.stream()
                .filter(event -> event instanceof GenericTrackedDomainEventMessage<?> domain
                        && domain.getAggregateIdentifier().equals(stream.value())
                        && domain.getSequenceNumber() >= revision)
                .limit(most)
                .<TrackedEventMessage<?>>map(this::asRead)
                .toList();
    }

    @Override
    public synchronized boolean hasKey(StreamId stream) {
        return !locked.contains(stream.value());
    }

    /** The same events under another incarnation: what a restored log looks like. */
    public synchronized void reincarnate() {
        incarnation = new Incarnation(UUID.randomUUID());
        List<TrackedEventMessage<?>> old = List.copyOf(events);
        events.clear();
        for (TrackedEventMessage<?> event : old) {
            LocalToken token = (LocalToken) event.trackingToken();
            events.add(event.withTrackingToken(new LocalToken(incarnation, token.local(), token.record())));
        }
    }

    /** Whoever reads from the beginning, as a rebuild does, gets nothing from here on until {@link #letGo}. */
    public synchronized void holdBackFrom(LocalPosition position) {
        heldBackFrom = position.value();
    }

    public synchronized void letGo() {
        heldBackFrom = Long.MAX_VALUE;
        notifyAll();
    }

    /** The same place, with something else in it from then on. */
    public synchronized void replace(LocalPosition position, Object payload) {
        int at = Math.toIntExact(position.value());
        var old = (GenericTrackedDomainEventMessage<?>) events.get(at);
        events.set(
                at,
                new GenericTrackedDomainEventMessage<>(
                        old.trackingToken(),
                        new GenericDomainEventMessage<>(
                                "type", old.getAggregateIdentifier(), old.getSequenceNumber(), payload)));
    }

    @Override
    public synchronized Incarnation incarnation() {
        return incarnation;
    }

    @Override
    public synchronized Optional<RecordId> recordAt(LocalPosition position) {
        return position.value() < 0 || position.value() >= events.size()
                ? Optional.empty()
                : Optional.of(((LocalToken)
                                events.get(Math.toIntExact(position.value())).trackingToken())
                        .record());
    }

    @Override
    public boolean isOwn(String stream) {
        return !stream.startsWith(FOREIGN);
    }

    @Override
    public synchronized LocalPosition head() {
        return new LocalPosition(events.size() - 1L);
    }

    @Override
    public TrackingToken createTailToken() {
        return new LocalToken(incarnation(), new LocalPosition(-1), new RecordId(new UUID(0, 0)));
    }

    @Override
    public BlockingStream<TrackedEventMessage<?>> openStream(TrackingToken token) {
        return new Reader(token == null ? 0 : ((LocalToken) token).local().value() + 1);
    }

    private boolean has(long index, boolean fromStart) {
        return index < events.size() && !(fromStart && index >= heldBackFrom);
    }

    private synchronized Optional<TrackedEventMessage<?>> at(long index, boolean fromStart) {
        return has(index, fromStart) ? Optional.of(asRead(events.get(Math.toIntExact(index)))) : Optional.empty();
    }

    private synchronized boolean await(long index, boolean fromStart, long timeoutMs) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        while (!has(index, fromStart)) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        return true;
    }

    private final class Reader implements BlockingStream<TrackedEventMessage<?>> {
        private final boolean fromStart;
        private long next;

        Reader(long next) {
            this.next = next;
            this.fromStart = next == 0;
        }

        @Override
        public Optional<TrackedEventMessage<?>> peek() {
            return at(next, fromStart);
        }

        @Override
        public boolean hasNextAvailable(int timeout, TimeUnit unit) throws InterruptedException {
            return await(next, fromStart, unit.toMillis(timeout));
        }

        @Override
        public TrackedEventMessage<?> nextAvailable() throws InterruptedException {
            await(next, fromStart, Long.MAX_VALUE / 2_000_000);
            return at(next++, fromStart).orElseThrow();
        }

        @Override
        public void close() {}
    }
}
