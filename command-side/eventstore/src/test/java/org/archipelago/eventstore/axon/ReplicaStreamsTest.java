package org.archipelago.eventstore.axon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.Forgery;
import org.archipelago.eventstore.LogListener;
import org.archipelago.eventstore.Records;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.eventstore.rocksdb.RocksEventLog;
import org.archipelago.eventstore.rocksdb.RocksEventLogOptions;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.GenericDomainEventMessage;
import org.axonframework.eventsourcing.eventstore.EmbeddedEventStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplicaStreamsTest {
    private static final StreamId FOREIGN = Records.stream(Records.OTHER, "a");

    @TempDir
    Path directory;

    private final Records records = new Records();
    private EventLog log;

    @BeforeEach
    void open() {
        log = RocksEventLog.create(
                directory.resolve("log"),
                Records.SITE,
                new Incarnation(UUID.randomUUID()),
                RocksEventLogOptions.standard(LogListener.NONE, () -> {}));
    }

    @AfterEach
    void close() {
        log.close();
    }

    private void replicate(LogRecord... foreign) {
        log.appendReplica(Records.OTHER, new OriginPosition(0), List.of(foreign))
                .join();
    }

    private List<?> read(StreamId stream, long from, String... dispensable) {
        return read(new ReplicaStreams(log, records.sealing, Set.of(dispensable)), stream, from);
    }

    private static List<?> read(ReplicaStreams engine, StreamId stream, long from) {
        EmbeddedEventStore store =
                EmbeddedEventStore.builder().storageEngine(engine).build();
        try {
            return store.readEvents(stream.value(), from)
                    .asStream()
                    .map(DomainEventMessage::getPayload)
                    .toList();
        } finally {
            store.shutDown();
        }
    }

    private void assertRefused(ArchiveError error, String... dispensable) {
        assertThatThrownBy(() -> read(FOREIGN, 0, dispensable))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(error));
    }

    @Test
    void streamOfAnotherSite_isReadFromAnyRevisionOn() {
        replicate(records.foreign("a", 0, "x"), records.foreign("b", 0, "z"), records.foreign("a", 1, "y"));
        assertThat(read(FOREIGN, 0)).hasSize(2);
        assertThat((Object) read(FOREIGN, 1).getFirst()).isEqualTo(Records.held(FOREIGN, "y"));
        assertThat(new ReplicaStreams(log, records.sealing, Set.of()).lastSequenceNumberFor(FOREIGN.value()))
                .contains(1L);
    }

    @Test
    void streamOfThisSite_isEmpty() {
        log.append(List.of(records.pending("a", 0, "x"))).join();
        assertThat(read(Records.stream("a"), 0)).isEmpty();
        assertThat(new ReplicaStreams(log, records.sealing, Set.of())
                        .lastSequenceNumberFor(Records.stream("a").value()))
                .isEmpty();
    }

    @Test
    void whatCannotBeReadYet_isRefusedUnlessItsTypeIsDispensable() {
        LogRecord noKey = records.foreign("a", 0, "x");
        replicate(noKey, LogRecord.withheld(records.foreign("a", 1, "y").headerBytes()));
        records.keys.lose(noKey.header().key());
        assertRefused(ArchiveError.NOT_AUTHORIZED);
        assertThat(read(FOREIGN, 0, "StudyHeld")).isEmpty();
    }

    @Test
    void whatIsNoEventOfItsStream_isRefusedInAnyCase() {
        replicate(Forgery.withBodyOf(records.foreign("a", 0, "x"), records.foreign("b", 0, "x")));
        assertRefused(ArchiveError.CORRUPT);
        assertRefused(ArchiveError.CORRUPT, "StudyHeld");
    }

    @Test
    void streamThatIsTooLong_isRefused() {
        LogRecord first = records.foreign("a", 0, "x");
        LogRecord second = records.foreign("a", 1, "y");
        replicate(first, second);
        long tooFew = first.lengthBytes() + second.lengthBytes() - 1;
        ReplicaStreams bounded = new ReplicaStreams(log, records.sealing, Set.of(), tooFew);
        assertThat(read(bounded, FOREIGN, 1)).hasSize(1);
        assertThatThrownBy(() -> read(bounded, FOREIGN, 0))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.DATASET_LIMIT));
    }

    @Test
    void nothing_isDecidedByThem() {
        replicate(records.foreign("a", 0, "x"));
        DomainEventMessage<?> event =
                new GenericDomainEventMessage<>("Study", FOREIGN.value(), 1, Records.held(FOREIGN, "y"), Map.of());
        ReplicaStreams engine = new ReplicaStreams(log, records.sealing, Set.of());
        assertThatThrownBy(() -> engine.appendEvents(event)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> engine.storeSnapshot(event)).isInstanceOf(UnsupportedOperationException.class);
        assertThat(log.streamHead(FOREIGN).orElseThrow().revision().value()).isZero();
    }
}
