package org.archipelago.eventstore.axon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.ClaimHeldElsewhereException;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.LocalToken;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.Unreadable;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent.StudyHeld;
import org.archipelago.contract.study.StudyEvent.StudyReleased;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.Forgery;
import org.archipelago.eventstore.LogListener;
import org.archipelago.eventstore.Records;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.body.EventBodies;
import org.archipelago.eventstore.body.EventType;
import org.archipelago.eventstore.body.EventTypes;
import org.archipelago.eventstore.body.UnknownRecord;
import org.archipelago.eventstore.body.UpcasterChain;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.eventstore.rocksdb.RocksEventLog;
import org.archipelago.eventstore.rocksdb.RocksEventLogOptions;
import org.assertj.core.api.ThrowableAssert;
import org.axonframework.common.stream.BlockingStream;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventhandling.GenericDomainEventMessage;
import org.axonframework.eventhandling.GenericEventMessage;
import org.axonframework.eventhandling.ReplayToken;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.eventsourcing.EventSourcingHandler;
import org.axonframework.eventsourcing.EventSourcingRepository;
import org.axonframework.eventsourcing.eventstore.EmbeddedEventStore;
import org.axonframework.messaging.unitofwork.DefaultUnitOfWork;
import org.axonframework.messaging.unitofwork.UnitOfWork;
import org.axonframework.modelling.command.AggregateIdentifier;
import org.axonframework.modelling.command.AggregateLifecycle;
import org.axonframework.modelling.command.ConcurrencyException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogStorageEngineTest {
    @TempDir
    Path directory;

    private final Records records = new Records();
    private final List<SnapshotCodec> codecs = List.of(new SnapshotCodec("note", 1, NoteState.class));
    private EventLog log;
    private LogStorageEngine engine;
    private EmbeddedEventStore store;

    @BeforeEach
    void open() {
        log = RocksEventLog.create(
                directory.resolve("log"),
                Records.SITE,
                new Incarnation(UUID.randomUUID()),
                RocksEventLogOptions.standard(LogListener.NONE, () -> {}));
        engine = engine(codecs);
        store = EmbeddedEventStore.builder().storageEngine(engine).build();
    }

    private LogStorageEngine engine(List<SnapshotCodec> snapshotCodecs) {
        return new LogStorageEngine(log, records.sealing, records.claimSource, snapshotCodecs);
    }

    @AfterEach
    void close() {
        store.shutDown();
        log.close();
    }

    private static DomainEventMessage<?> held(String stream, long revision, String reason) {
        StreamId id = Records.stream(stream);
        return new GenericDomainEventMessage<>(
                "Study", id.value(), revision, Records.held(id, reason), Map.of("who", "tester"));
    }

    private List<? extends TrackedEventMessage<?>> all() {
        return engine.readEvents(null, false).toList();
    }

    @Test
    void event_comesBackWithEverythingItHad() {
        DomainEventMessage<?> written = held("a", 0, "x");
        engine.appendEvents(written);
        DomainEventMessage<?> read =
                engine.readEvents(Records.stream("a").value()).next();
        assertThat(read.getPayload()).isEqualTo(written.getPayload());
        assertThat(read.getMetaData()).isEqualTo(written.getMetaData());
        assertThat(read.getIdentifier()).isEqualTo(written.getIdentifier());
        assertThat(read.getTimestamp()).isEqualTo(written.getTimestamp());
        assertThat(read.getSequenceNumber()).isZero();
        assertThat(read.getAggregateIdentifier()).isEqualTo(written.getAggregateIdentifier());
    }

    @Test
    void revisionTakenAlready_isAConcurrencyException() {
        engine.appendEvents(held("a", 0, "x"));
        assertThatThrownBy(() -> engine.appendEvents(held("a", 0, "y"))).isInstanceOf(ConcurrencyException.class);
        assertThatThrownBy(() -> engine.appendEvents(held("b", 5, "y"))).isInstanceOf(ConcurrencyException.class);
        assertThat(engine.lastSequenceNumberFor(Records.stream("a").value())).contains(0L);
        assertThat(engine.lastSequenceNumberFor(Records.stream("b").value())).isEmpty();
    }

    @Test
    void claimHeldElsewhere_reachesTheCaller() {
        engine.appendEvents(held("a", 0, "claim:n1"));
        assertThatThrownBy(() -> engine.appendEvents(held("b", 0, "claim:n1")))
                .isInstanceOfSatisfying(
                        ClaimHeldElsewhereException.class,
                        e -> assertThat(e.holders()).isEqualTo(Map.of("n1", Records.stream("a"))));
    }

    @Test
    void unitOfWork_isAtomic() {
        engine.appendEvents(held("b", 0, "x"));
        UnitOfWork<EventMessage<?>> work = DefaultUnitOfWork.startAndGet(null);
        store.publish(held("a", 0, "one"), held("a", 1, "two"), held("b", 0, "late"));
        assertThatThrownBy(work::commit).isInstanceOf(ConcurrencyException.class);
        assertThat(log.head()).isEqualTo(new LocalPosition(0));
        UnitOfWork<EventMessage<?>> next = DefaultUnitOfWork.startAndGet(null);
        store.publish(held("a", 0, "one"), held("a", 1, "two"), held("b", 1, "on time"));
        next.commit();
        assertThat(log.head()).isEqualTo(new LocalPosition(3));
    }

    @Test
    void eventOfNoAggregate_goesToTheEndOfItsStream() throws Exception {
        StreamId stream = Records.stream("site");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> appends = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                String reason = "r" + i;
                appends.add(threads.submit(
                        () -> engine.appendEvents(GenericEventMessage.asEventMessage(Records.held(stream, reason)))));
            }
            for (Future<?> append : appends) {
                append.get(30, TimeUnit.SECONDS);
            }
        }
        assertThat(engine.lastSequenceNumberFor(stream.value())).contains(19L);
    }

    @Test
    void eventInAnotherStreamThanItsAggregates_isABug() {
        DomainEventMessage<?> wrong = new GenericDomainEventMessage<>(
                "Study", Records.stream("a").value(), 0, Records.held(Records.stream("b"), "x"));
        assertThatThrownBy(() -> engine.appendEvents(wrong)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void trackedEvents_followTheirToken() {
        for (int i = 0; i < 5; i++) {
            engine.appendEvents(held("a", i, "r" + i));
        }
        List<? extends TrackedEventMessage<?>> events = all();
        assertThat(events).hasSize(5);
        LocalToken third = (LocalToken) events.get(2).trackingToken();
        assertThat(third.local()).isEqualTo(new LocalPosition(2));
        assertThat(engine.readEvents(third, false).map(e -> ((StudyHeld) e.getPayload()).reason()))
                .containsExactly("r3", "r4");
        assertThat(engine.readEvents(ReplayToken.createReplayToken(third, engine.createTailToken()), false))
                .hasSize(5);
        assertThat(engine.readEvents(engine.createHeadToken(), false)).isEmpty();
        assertThat(engine.readEvents(engine.createTailToken(), false)).hasSize(5);
    }

    @Test
    void tokenOfAnotherHistory_isRefused() {
        engine.appendEvents(held("a", 0, "x"));
        LocalToken head = log.headToken();
        LocalToken other = new LocalToken(new Incarnation(UUID.randomUUID()), head.local(), head.record());
        assertThatThrownBy(() -> engine.readEvents(other, false))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.CONFLICTING_STATE));
    }

    @Test
    void tokenAtATime_isBeforeTheFirstRecordSince() {
        Instant base = Instant.parse("2026-01-01T00:00:00Z");
        for (int i = 0; i < 4; i++) {
            StreamId stream = Records.stream("a");
            engine.appendEvents(new GenericDomainEventMessage<>(
                    "Study",
                    stream.value(),
                    i,
                    Records.held(stream, "x"),
                    Map.of(),
                    UUID.randomUUID().toString(),
                    base.plusSeconds(i)));
        }
        assertThat(engine.readEvents(engine.createTokenAt(base.plusSeconds(2)), false))
                .hasSize(2);
        assertThat(engine.readEvents(engine.createTokenAt(base.minusSeconds(2)), false))
                .hasSize(4);
        assertThat(engine.readEvents(engine.createTokenAt(base.plusSeconds(9)), false))
                .isEmpty();
    }

    @Test
    void openStream_givesWhatIsThereAndWhatComesLater() throws Exception {
        engine.appendEvents(held("a", 0, "x"));
        try (BlockingStream<TrackedEventMessage<?>> stream = store.openStream(null)) {
            assertThat(stream.nextAvailable().getPayload()).isEqualTo(Records.held(Records.stream("a"), "x"));
            UnitOfWork<EventMessage<?>> work = DefaultUnitOfWork.startAndGet(null);
            store.publish(held("a", 1, "y"));
            work.commit();
            assertThat(stream.hasNextAvailable(10, TimeUnit.SECONDS)).isTrue();
            assertThat(stream.nextAvailable().trackingToken()).isEqualTo(log.headToken());
        }
    }

    @Test
    void destroyedKey_readsBackAsErasedInStreamsAndReplay() {
        engine.appendEvents(held("a", 0, "x"), held("b", 0, "y"));
        records.keys.destroy(List.of(records.key(Records.stream("a")).id()));
        assertThat(all())
                .extracting(e -> (Object) e.getPayload())
                .containsExactly(new Erased(Records.stream("a"), "StudyHeld"), Records.held(Records.stream("b"), "y"));
        assertThat(engine.readEvents(Records.stream("a").value()).next().getPayload())
                .isEqualTo(new Erased(Records.stream("a"), "StudyHeld"));
        assertThatThrownBy(() -> engine.appendEvents(held("a", 1, "more")))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.ERASED));
        assertThat(log.head()).isEqualTo(new LocalPosition(1));
    }

    @Test
    void recordWhoseKeyIsLost_stopsNobodyWhoFollowsTheLog() {
        engine.appendEvents(held("a", 0, "x"), held("b", 0, "y"));
        records.keys.lose(records.key(Records.stream("a")).id());
        List<? extends TrackedEventMessage<?>> all = all();
        assertThat(all).hasSize(2);
        assertThat(((DomainEventMessage<?>) all.get(0)).getAggregateIdentifier())
                .isEqualTo(Records.stream("a").value());
        assertThatThrownBy(() -> all.get(0).getPayload())
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.CORRUPT));
        assertThat((Object) all.get(1).getPayload()).isEqualTo(Records.held(Records.stream("b"), "y"));
        assertThatThrownBy(() -> engine.appendEvents(held("a", 1, "more")))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.CORRUPT));
    }

    private void replicate(LogRecord... foreign) {
        log.appendReplica(Records.OTHER, new OriginPosition(0), List.of(foreign))
                .join();
    }

    @Test
    void foreignEvents_areGivenToWhoFollowsTheLogAsFarAsTheyCanBeRead() {
        LogRecord withheld = LogRecord.withheld(records.foreign("w", 0, "x").headerBytes());
        LogRecord noKey = records.foreign("k", 0, "x");
        LogRecord rotten = Forgery.withBodyOf(records.foreign("r", 0, "x"), records.foreign("s", 0, "x"));
        LogRecord readable = records.foreign("o", 0, "x");
        StreamId own = Records.stream("a");
        LogRecord aboutOwn = records.sealing.seal(
                new RecordId(UUID.randomUUID()),
                Records.stream(Records.OTHER, "f"),
                new Revision(0),
                Records.AT,
                records.key(Records.stream(Records.OTHER, "f")),
                Records.held(own, "not theirs to hold"),
                Map.of());
        replicate(withheld, noKey, rotten, readable, aboutOwn);
        records.keys.lose(noKey.header().key());
        assertThat(all())
                .extracting(event -> (Object) event.getPayload())
                .containsExactly(
                        unreadable(withheld, Unreadable.Reason.BODY_WITHHELD),
                        unreadable(noKey, Unreadable.Reason.KEY_NOT_GRANTED),
                        unreadable(rotten, Unreadable.Reason.DOES_NOT_OPEN),
                        Records.held(Records.stream(Records.OTHER, "o"), "x"),
                        unreadable(aboutOwn, Unreadable.Reason.NOT_OF_ITS_STREAM));
    }

    @Test
    void foreignStream_isReadByItself() {
        StreamId stream = Records.stream(Records.OTHER, "o");
        LogRecord second = records.foreign("o", 1, "y");
        replicate(records.foreign("o", 0, "x"), records.foreign("p", 0, "z"), second);
        assertThat(engine.read(stream, new Revision(0), 10))
                .extracting(event -> (Object) event.getPayload())
                .containsExactly(Records.held(stream, "x"), Records.held(stream, "y"));
        assertThat(engine.read(stream, new Revision(1), 10))
                .extracting(TrackedEventMessage::trackingToken)
                .containsExactly(all().get(2).trackingToken());
        records.keys.lose(second.header().key());
        assertThat(engine.read(stream, new Revision(1), 10))
                .extracting(event -> (Object) event.getPayload())
                .containsExactly(unreadable(second, Unreadable.Reason.KEY_NOT_GRANTED));
    }

    private static Unreadable unreadable(LogRecord record, Unreadable.Reason reason) {
        return new Unreadable(record.header().stream(), "StudyHeld", reason);
    }

    @Test
    void foreignStream_isNoAggregateHere() {
        replicate(records.foreign("a", 0, "x"));
        String foreign = Records.stream(Records.OTHER, "a").value();
        DomainEventMessage<?> event = new GenericDomainEventMessage<>(
                "Study", foreign, 1, Records.held(Records.stream(Records.OTHER, "a"), "y"), Map.of());
        List<ThrowableAssert.ThrowingCallable> uses = List.of(
                () -> engine.readEvents(foreign),
                () -> engine.lastSequenceNumberFor(foreign),
                () -> engine.readSnapshot(foreign),
                () -> engine.storeSnapshot(event),
                () -> engine.appendEvents(event));
        for (ThrowableAssert.ThrowingCallable use : uses) {
            assertThatThrownBy(use)
                    .isInstanceOfSatisfying(
                            ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.INVALID_REQUEST));
        }
        assertThat(log.head()).isEqualTo(new LocalPosition(0));
    }

    @Test
    void laterEvents_takeTheKeyOfTheFirst() {
        engine.appendEvents(held("a", 0, "x"), held("a", 1, "y"));
        Sealing otherPolicy = new Sealing(
                records.sealing.bodies(),
                records.keys,
                (stream, _) -> new KeyRef(KeyClass.AUDIT, Records.stream("elsewhere")),
                new SecureRandom());
        new LogStorageEngine(log, otherPolicy, records.claimSource, codecs).appendEvents(held("a", 2, "z"));
        assertThat(log.readStream(Records.stream("a"), new Revision(0), 10))
                .extracting(s -> s.record().header().key())
                .containsOnly(records.key(Records.stream("a")).id());
    }

    @Test
    void recordOfANewerProgram_isGivenToHandlersAsUnknown() {
        record Invented(StreamId stream, int number) {}
        Records newer = new Records(new EventBodies(
                EventTypes.releasedAnd(new EventType<>("Invented", 1, Invented.class, Invented::stream)),
                UpcasterChain.NONE));
        StreamId stream = Records.stream("a");
        new LogStorageEngine(log, newer.sealing, newer.claimSource, codecs)
                .appendEvents(new GenericDomainEventMessage<>("Study", stream.value(), 0, new Invented(stream, 7)));
        records.key(stream);
        engine.appendEvents(held("a", 1, "after"));
        assertThat(all().getFirst().getPayload()).isInstanceOf(UnknownRecord.class);
        assertThat(all().getLast().getPayload()).isInstanceOf(StudyHeld.class);
        assertThat(records.sealing.bodies().unknownRecords()).isPositive();
    }

    @Test
    void aggregateWithARecordOfANewerProgram_isRefusedAndGetsNoSnapshot() {
        record Invented(StreamId stream, int number) {}
        Records newer = new Records(new EventBodies(
                EventTypes.releasedAnd(new EventType<>("Invented", 1, Invented.class, Invented::stream)),
                UpcasterChain.NONE));
        StreamId stream = Records.stream("a");
        write("a", 2);
        newer.key(stream);
        new LogStorageEngine(log, newer.sealing, newer.claimSource, codecs)
                .appendEvents(new GenericDomainEventMessage<>("Study", stream.value(), 2, new Invented(stream, 7)));
        Throwable refusal = DefaultUnitOfWork.startAndGet(null)
                .executeWithResult(() -> repository().load(stream.value()))
                .exceptionResult();
        assertThat(refusal)
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.NEWER_PROGRAM));
        assertThatThrownBy(() -> engine.readEvents(stream.value()).asStream().toList())
                .isInstanceOf(ArchiveException.class);
    }

    private EventSourcingRepository<Note> repository() {
        return EventSourcingRepository.builder(Note.class).eventStore(store).build();
    }

    private static <T> T inUnitOfWork(Callable<T> work) {
        return DefaultUnitOfWork.startAndGet(null).executeWithResult(work).getPayload();
    }

    private void write(String stream, int events) {
        StudyCopyId study = new StudyCopyId(Records.stream(stream));
        inUnitOfWork(() -> {
            var aggregate = repository().newInstance(() -> new Note(study));
            for (int i = 1; i < events; i++) {
                aggregate.execute(Note::release);
            }
            return true;
        });
    }

    private Integer count(String stream) {
        return inUnitOfWork(
                () -> repository().load(Records.stream(stream).value()).invoke(note -> note.events));
    }

    @Test
    void aggregate_isLoadedFromItsStream() {
        write("a", 700);
        assertThat(count("a")).isEqualTo(700);
    }

    @Test
    void aggregateOfAnErasedStream_isLoaded() {
        write("a", 3);
        records.keys.destroy(List.of(records.key(Records.stream("a")).id()));
        assertThat(count("a")).isEqualTo(-1);
    }

    private void snapshot(String stream, long revision, Object state) {
        StreamId id = Records.stream(stream);
        engine.storeSnapshot(new GenericDomainEventMessage<>("Study", id.value(), revision, state));
    }

    @Test
    void snapshot_standsInForTheEventsBefore() {
        write("a", 10);
        snapshot("a", 8, new NoteState(new StudyCopyId(Records.stream("a")), 1000));
        assertThat(count("a")).isEqualTo(1001);
    }

    @Test
    void snapshotThatCannotBeUsed_isIgnored() {
        write("a", 10);
        NoteState state = new NoteState(new StudyCopyId(Records.stream("a")), 1000);
        snapshot("a", 8, state);
        String id = Records.stream("a").value();
        assertThat(engine.readSnapshot(id)).isPresent();
        assertThat(engine(List.of(new SnapshotCodec("note", 2, NoteState.class)))
                        .readSnapshot(id))
                .isEmpty();
        assertThat(engine(List.of()).readSnapshot(id)).isEmpty();
        byte[] stored = log.readSnapshot(Records.stream("a")).orElseThrow();
        for (int at : IntStream.range(0, stored.length).toArray()) {
            byte[] damaged = stored.clone();
            damaged[at] ^= 1;
            log.storeSnapshot(Records.stream("a"), damaged);
            assertThat(engine.readSnapshot(id)).as("byte " + at).isEmpty();
        }
        for (int length = 0; length < stored.length; length += 7) {
            log.storeSnapshot(Records.stream("a"), java.util.Arrays.copyOf(stored, length));
            assertThat(engine.readSnapshot(id)).isEmpty();
        }
        log.storeSnapshot(Records.stream("b"), stored);
        assertThat(engine.readSnapshot(Records.stream("b").value())).isEmpty();
        log.storeSnapshot(Records.stream("a"), stored);
        records.keys.destroy(List.of(records.key(Records.stream("a")).id()));
        assertThat(engine.readSnapshot(id)).isEmpty();
    }

    @Test
    void snapshotOfAnErasedStream_isNotKept() {
        write("a", 2);
        records.keys.destroy(List.of(records.key(Records.stream("a")).id()));
        snapshot("a", 1, new NoteState(new StudyCopyId(Records.stream("a")), 2));
        assertThat(log.readSnapshot(Records.stream("a"))).isEmpty();
    }

    @Test
    void snapshotWithoutACodec_isABug() {
        write("a", 1);
        assertThat(catchThrowable(() -> snapshot("a", 0, "text"))).isInstanceOf(IllegalArgumentException.class);
    }

    /** State of {@link Note}. */
    record NoteState(StudyCopyId study, int events) {}

    /** A small aggregate; -1 events when it was erased. */
    static final class Note {
        @AggregateIdentifier
        private String id;

        private StudyCopyId study;
        private int events;

        Note() {}

        Note(StudyCopyId study) {
            AggregateLifecycle.apply(new StudyHeld(study, "made", Actor.node("test"), Records.AT));
        }

        boolean release() {
            AggregateLifecycle.apply(new StudyReleased(study, "again", Actor.node("test"), Records.AT));
            return true;
        }

        @EventSourcingHandler
        void on(StudyHeld held) {
            study = held.study();
            id = study.toString();
            events++;
        }

        @EventSourcingHandler
        void on(StudyReleased released) {
            events++;
        }

        @EventSourcingHandler
        void on(NoteState snapshot) {
            study = snapshot.study();
            id = study.toString();
            events = snapshot.events();
        }

        @EventSourcingHandler
        void on(Erased erased) {
            id = erased.stream().value();
            events = -1;
        }
    }
}
