package org.archipelago.eventstore.rocksdb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent.InstancesStored;
import org.archipelago.eventstore.LogListener;
import org.archipelago.eventstore.Records;
import org.archipelago.eventstore.SampleEvents;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.axon.LogStorageEngine;
import org.axonframework.eventhandling.GenericDomainEventMessage;

/** By hand: appends of one CT instance each through Axon's interface, synced, and a replay. Argument: a directory. */
final class Throughput {
    private static final long SECONDS = 6;

    private Throughput() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        for (int writers : new int[] {1, 16, 64, 1, 16, 64}) {
            Path place = Files.createTempDirectory(Path.of(arguments[0]), "throughput")
                    .resolve("log");
            measure(place, writers);
        }
    }

    private static void measure(Path place, int writers) throws IOException, InterruptedException {
        LongAdder commits = new LongAdder();
        LongAdder commitNanos = new LongAdder();
        LongAdder bytes = new LongAdder();
        LogListener listener = new LogListener() {
            @Override
            public void committed(int appends, int records, long recordBytes, long nanos) {
                commits.increment();
                commitNanos.add(nanos);
                bytes.add(recordBytes);
            }
        };
        Records records = new Records();
        RocksEventLog log = RocksEventLog.create(
                place,
                Records.SITE,
                new Incarnation(UUID.randomUUID()),
                RocksEventLogOptions.standard(listener, () -> {}));
        LogStorageEngine engine = new LogStorageEngine(log, records.sealing, _ -> List.of(), List.of());
        long end = System.nanoTime() + SECONDS * 1_000_000_000L;
        List<Thread> threads = new ArrayList<>();
        for (int writer = 0; writer < writers; writer++) {
            SampleEvents sample = new SampleEvents(writer);
            StreamId stream = Records.stream("w" + writer);
            InstancesStored event = sample.instancesStored(new StudyCopyId(stream), "CT", 1);
            threads.add(Thread.startVirtualThread(() -> {
                for (long revision = 0; System.nanoTime() < end; revision++) {
                    engine.appendEvents(new GenericDomainEventMessage<>("Study", stream.value(), revision, event));
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        long total = log.head().value() + 1;
        long started = System.nanoTime();
        long replayed = total;
        engine.readEvents(null, false).forEach(e -> e.getPayload());
        double replaySeconds = (System.nanoTime() - started) / 1e9;
        long read = 0;
        long startedRaw = System.nanoTime();
        for (long next = 0; next < total; ) {
            List<StoredRecord> chunk = log.read(new LocalPosition(next), 512);
            next += chunk.size();
            read += chunk.size();
        }
        double rawSeconds = (System.nanoTime() - startedRaw) / 1e9;
        System.out.printf(
                "%2d writers: %6d appends/s, %5.1f a commit, commit %5.0f us, %d bytes a record, %d on disk; "
                        + "replay %6.0f events/s opened, %6.0f raw%n",
                writers,
                total / SECONDS,
                (double) total / commits.sum(),
                commitNanos.sum() / 1e3 / commits.sum(),
                bytes.sum() / total,
                log.size().diskBytes() / total,
                replayed / replaySeconds,
                read / rawSeconds);
        log.close();
    }
}
