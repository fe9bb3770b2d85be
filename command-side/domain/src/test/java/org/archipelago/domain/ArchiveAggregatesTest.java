package org.archipelago.domain;

import static org.archipelago.domain.Samples.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.patient.PatientCommand.MergePatient;
import org.archipelago.contract.patient.PatientCommand.RegisterPatient;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.study.ContentComparison.Result;
import org.archipelago.contract.study.IncomingInstance;
import org.archipelago.contract.study.StoreOutcome;
import org.archipelago.contract.study.StudyCommand.HoldStudy;
import org.archipelago.contract.study.StudyCommand.StoreInstances;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyPolicy;
import org.archipelago.domain.patient.PatientHistory;
import org.archipelago.domain.patient.PatientReader;
import org.archipelago.domain.study.StudyContents;
import org.archipelago.domain.study.StudyReader;
import org.archipelago.domain.study.StudySnapshot;
import org.axonframework.commandhandling.gateway.CommandGateway;
import org.axonframework.config.Configuration;
import org.axonframework.config.Configurer;
import org.axonframework.config.DefaultConfigurer;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventsourcing.eventstore.DomainEventStream;
import org.axonframework.eventsourcing.eventstore.inmemory.InMemoryEventStorageEngine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ArchiveAggregatesTest {
    private static final int INSTANCES = 5000;
    private static final int WINDOW = 500;

    private final CountingEngine engine = new CountingEngine();
    private Configuration node = started(8);
    private final List<Configuration> all = new ArrayList<>();

    @BeforeEach
    void remember() {
        all.add(node);
    }

    @AfterEach
    void stop() {
        all.forEach(Configuration::shutdown);
    }

    @Test
    void storedInstances_areReadBackFromTheLog() {
        assertThat(send(store(ct(1), ct(2)))).containsExactly(StoreOutcome.STORED, StoreOutcome.STORED);
        StudyReader reader = new StudyReader(node.eventStore());
        StudyContents contents = reader.read(STUDY);
        assertThat(contents.instances()).hasSize(2);
        assertThat(reader.readOn(STUDY, contents)).isSameAs(contents);
        send(store(ct(3)));
        assertThat(reader.readOn(STUDY, contents).instances()).hasSize(3);
        assertThat(reader.read(OTHER_STUDY).exists()).isFalse();
    }

    @Test
    void commandForNothing_isRefusedWithNotFound() {
        assertThatThrownBy(() -> gateway().sendAndWait(new HoldStudy(STUDY, "court order", STEWARD)))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.NOT_FOUND));
    }

    @Test
    void mergesThatWouldFormACycle_areRefusedFromTheLog() {
        gateway().sendAndWait(new RegisterPatient(ANNA, new PatientIdentifier("17", "NORTH"), ctHeader(1)));
        gateway().sendAndWait(new RegisterPatient(BERT, new PatientIdentifier("18", "NORTH"), AttributeSet.EMPTY));
        gateway().sendAndWait(new MergePatient(ANNA, BERT, STEWARD, "same person"));
        assertThatThrownBy(() -> gateway().sendAndWait(new MergePatient(BERT, ANNA, STEWARD, "same person")))
                .isInstanceOf(ArchiveException.class);
        assertThat(new PatientReader(node.eventStore()).mergedInto(ANNA)).contains(BERT);
    }

    @Test
    void patientRecord_isReadOnceUntilItGrows_andNotRememberedWithoutItsKey() {
        gateway().sendAndWait(new RegisterPatient(ANNA, new PatientIdentifier("17", "NORTH"), ctHeader(1)));
        gateway().sendAndWait(new RegisterPatient(BERT, new PatientIdentifier("18", "NORTH"), AttributeSet.EMPTY));
        AtomicBoolean readable = new AtomicBoolean(true);
        PatientReader reader = new PatientReader(node.eventStore(), _ -> readable.get(), 1);
        PatientHistory before = reader.history(ANNA);
        long reads = engine.reads.get();
        assertThat(reader.history(ANNA)).isSameAs(before);
        reader.correctionsFor(ANNA);
        assertThat(engine.reads.get()).isEqualTo(reads);

        gateway().sendAndWait(new MergePatient(ANNA, BERT, STEWARD, "same person"));
        assertThat(reader.history(ANNA).events()).isEqualTo(before.events() + 1);
        assertThat(reader.mergedInto(ANNA)).contains(BERT);

        readable.set(false);
        reads = engine.reads.get();
        assertThat(reader.history(ANNA)).isEqualTo(new PatientReader(node.eventStore()).history(ANNA));
        reader.history(ANNA);
        assertThat(engine.reads.get()).isEqualTo(reads + 3);
    }

    /** Both windows run side by side, command by command, so that whatever else the machine does slows both alike. */
    @Test
    void lastInstancesOfALargeStudy_costNoMoreThanTheFirst() {
        StudyCopyId warm = fill(1, 0, 2000);
        assertThat(new StudyReader(node.eventStore()).read(warm).instances()).hasSize(2000);
        fill(2, 0, INSTANCES - WINDOW);
        long reads = engine.reads.get();
        long[] firstNanos = new long[WINDOW];
        long[] lastNanos = new long[WINDOW];
        long[] firstBytes = new long[1];
        long[] lastBytes = new long[1];
        for (int i = 0; i < WINDOW; i++) {
            firstNanos[i] = measured(3, i, firstBytes);
            lastNanos[i] = measured(2, INSTANCES - WINDOW + i, lastBytes);
        }
        double time = (double) median(lastNanos) / median(firstNanos);
        double bytes = (double) lastBytes[0] / firstBytes[0];
        System.out.printf(
                "last %d of %d against first: time x%.2f (%d us), log bytes x%.2f (%d bytes an instance)%n",
                WINDOW, INSTANCES, time, median(lastNanos) / 1000, bytes, lastBytes[0] / WINDOW);
        assertThat(bytes).isLessThanOrEqualTo(1.2);
        assertThat(time).isLessThanOrEqualTo(1.2);
        // One look for the new study's first command and two for its snapshots' making; a cached study is never read.
        assertThat(engine.reads.get() - reads).isLessThanOrEqualTo(8);
    }

    @Test
    void snapshots_growWithTheStudyAndCostAConstantPerEvent() {
        fill(1, 0, INSTANCES);
        long events = engine.eventBytes.get();
        assertThat(engine.snapshotAtEvents).hasSize(5).first().isEqualTo((long) GrowingSnapshotTrigger.FIRST_EVENTS);
        for (int i = 1; i < engine.snapshotAtEvents.size(); i++) {
            assertThat(engine.snapshotAtEvents.get(i)).isEqualTo(2 * engine.snapshotAtEvents.get(i - 1));
        }
        System.out.printf(
                "snapshots of a study of %d instances: %d bytes over its life, %d the last; events %d%n",
                INSTANCES, engine.snapshotBytes.get(), engine.lastSnapshotBytes.get(), events);
        assertThat(engine.snapshotBytes.get()).isLessThan(2 * events);
    }

    @Test
    void studyReadFromItsSnapshot_decidesAsBefore() {
        StudyCopyId study = fill(1, 0, 1000);
        restart();
        engine.eventsRead.set(0);
        StoreInstances sent = command(1, 700);
        StoreInstances again = new StoreInstances(
                sent.study(),
                sent.studyInstanceUid(),
                sent.patient(),
                sent.pixelKey(),
                sent.instances().stream().map(Samples::again).toList(),
                sent.heldElsewhere(),
                sent.source());
        assertThat(send(again)).containsExactly(StoreOutcome.RETRANSMITTED);
        assertThat(send(command(1, 1000))).containsExactly(StoreOutcome.STORED);
        assertThat(engine.eventsRead.get()).isLessThan(500);
        assertThat(new StudyReader(node.eventStore()).read(study).instances()).hasSize(1001);
    }

    @Test
    void refusedAppend_leavesNoTraceInTheCache() {
        send(store(ct(1)));
        engine.failNextAppend = true;
        assertThatThrownBy(() -> send(store(ct(2)))).isInstanceOf(IllegalStateException.class);
        assertThat(send(store(ct(2)))).containsExactly(StoreOutcome.STORED);
    }

    @Test
    void largeBatch_isSplitIntoEventsWithinTheBound() {
        IncomingInstance[] batch = new IncomingInstance[2000];
        Arrays.setAll(batch, i -> ct(i + 1));
        List<StoreOutcome> outcomes = send(store(batch));
        assertThat(outcomes).hasSize(2000).containsOnly(StoreOutcome.STORED);
        assertThat(engine.largestEventBytes.get()).isBetween(50_000L, 192L * 1024);
        StudyContents contents = new StudyReader(node.eventStore()).read(STUDY);
        assertThat(contents.instances()).hasSize(2000);
        assertThat(contents.instances().stream()
                        .map(StudyContents.Instance::uid)
                        .toList())
                .startsWith(sop(1), sop(2))
                .endsWith(sop(2000));
    }

    private StudyCopyId fill(int study, int from, int to) {
        for (int i = from; i < to; i++) {
            send(command(study, i));
        }
        return command(study, 0).study();
    }

    private long measured(int study, int number, long[] bytes) {
        StoreInstances command = command(study, number);
        long before = engine.eventBytes.get();
        long start = System.nanoTime();
        List<StoreOutcome> outcomes = gateway().sendAndWait(command);
        long nanos = System.nanoTime() - start;
        bytes[0] += engine.eventBytes.get() - before;
        assertThat(outcomes).containsExactly(StoreOutcome.STORED);
        return nanos - engine.measuringNanos.getAndSet(0);
    }

    private static StoreInstances command(int study, int number) {
        StudyInstanceUid uid = new StudyInstanceUid("2.25.77." + study);
        return new StoreInstances(
                NAMES.study(uid),
                uid,
                Optional.of(ANNA),
                PIXEL_KEY,
                List.of(ct(study * 100_000 + number)),
                java.util.Map.of(),
                SCANNER);
    }

    private List<StoreOutcome> send(StoreInstances command) {
        return gateway().sendAndWait(command);
    }

    private CommandGateway gateway() {
        return node.commandGateway();
    }

    private void restart() {
        node = started(8);
        all.add(node);
    }

    private Configuration started(int cachedStudies) {
        Configurer configurer = DefaultConfigurer.defaultConfiguration(false).configureEmbeddedEventStore(_ -> engine);
        ArchiveAggregates.configure(
                configurer,
                new ArchiveAggregates.Settings(
                        new TestClock(),
                        new StudyPolicy(Duration.ofMinutes(10), LIMITS),
                        (study, current, incoming) -> Result.CONTENT_DIFFERS,
                        cachedStudies,
                        100_000,
                        Runnable::run));
        return configurer.start();
    }

    private static long median(long[] values) {
        long[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** Counts what is read and written; the time that counting takes is known and no part of a measurement. */
    private static final class CountingEngine extends InMemoryEventStorageEngine {
        final AtomicLong reads = new AtomicLong();
        final AtomicLong eventsRead = new AtomicLong();
        final AtomicLong eventBytes = new AtomicLong();
        final AtomicLong largestEventBytes = new AtomicLong();
        final AtomicLong snapshotBytes = new AtomicLong();
        final AtomicLong lastSnapshotBytes = new AtomicLong();
        final AtomicLong measuringNanos = new AtomicLong();
        final List<Long> snapshotAtEvents = new ArrayList<>();
        boolean failNextAppend;

        @Override
        public void appendEvents(List<? extends EventMessage<?>> events) {
            if (failNextAppend) {
                failNextAppend = false;
                throw new IllegalStateException("the disk is full");
            }
            uncounted(() -> events.forEach(event -> {
                eventBytes.addAndGet(RecordBytes.deflated(event.getPayload()));
                largestEventBytes.accumulateAndGet(RecordBytes.plain(event.getPayload()).length, Math::max);
            }));
            super.appendEvents(events);
        }

        @Override
        public DomainEventStream readEvents(String aggregateIdentifier, long firstSequenceNumber) {
            reads.incrementAndGet();
            List<DomainEventMessage<?>> found = new ArrayList<>();
            Consumer<DomainEventMessage<?>> add = found::add;
            super.readEvents(aggregateIdentifier, firstSequenceNumber).forEachRemaining(add);
            eventsRead.addAndGet(found.size());
            return DomainEventStream.of(found);
        }

        /** As the log does it: without reading events. */
        @Override
        public Optional<Long> lastSequenceNumberFor(String aggregateIdentifier) {
            return super.readEvents(aggregateIdentifier, 0)
                    .asStream()
                    .map(DomainEventMessage::getSequenceNumber)
                    .reduce((_, later) -> later);
        }

        @Override
        public void storeSnapshot(DomainEventMessage<?> snapshot) {
            uncounted(() -> {
                assertThat(snapshot.getPayload()).isInstanceOf(StudySnapshot.class);
                lastSnapshotBytes.set(RecordBytes.deflated(snapshot.getPayload()));
                snapshotBytes.addAndGet(lastSnapshotBytes.get());
                snapshotAtEvents.add(snapshot.getSequenceNumber() + 1);
            });
            super.storeSnapshot(snapshot);
        }

        private void uncounted(Runnable measurement) {
            long start = System.nanoTime();
            measurement.run();
            measuringNanos.addAndGet(System.nanoTime() - start);
        }
    }
}
