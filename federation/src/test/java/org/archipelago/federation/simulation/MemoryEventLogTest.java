package org.archipelago.federation.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.LogListener;
import org.archipelago.eventstore.PendingRecord;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.eventstore.rocksdb.RocksEventLog;
import org.archipelago.eventstore.rocksdb.RocksEventLogOptions;
import org.axonframework.modelling.command.ConcurrencyException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The simulated log and the embedded engine, asked the same at random. */
class MemoryEventLogTest {
    private static final SiteId SITE = new SiteId(new UUID(1, 1));
    private static final List<SiteId> OTHERS = List.of(new SiteId(new UUID(2, 2)), new SiteId(new UUID(3, 3)), SITE);

    @Test
    void simulatedLog_answersAsTheEngineDoes(@TempDir Path directory) {
        long seed = Long.getLong("archipelago.seed", System.nanoTime());
        SimRandom random = new SimRandom(seed);
        EventLog simulated = new MemoryEventLog(SITE, MemoryEventLog.Disk.SOUND);
        try (EventLog engine = RocksEventLog.create(
                directory.resolve("log"),
                SITE,
                new Incarnation(new UUID(0, 1)),
                RocksEventLogOptions.standard(LogListener.NONE, () -> {}))) {
            List<LogRecord> made = new ArrayList<>();
            for (int step = 0; step < 400; step++) {
                String as = "seed " + seed + " step " + step;
                SiteId origin = random.one(OTHERS);
                List<LogRecord> records = records(random, engine, origin, made);
                OriginPosition first = new OriginPosition(
                        engine.originHead(origin).value() + 1 + (random.chance(0.3) ? random.below(5) - 3 : 0));
                switch (random.below(4)) {
                    case 0 -> {
                        List<PendingRecord> pending = records.stream()
                                .map(record -> new PendingRecord(record, List.of()))
                                .toList();
                        assertThat(outcome(simulated.append(pending)))
                                .as(as)
                                .isEqualTo(outcome(engine.append(pending)));
                    }
                    case 1 -> {
                        OriginPosition place = new OriginPosition(Math.max(0, first.value() - random.below(4)));
                        byte[] body =
                                made.isEmpty() ? new byte[3] : random.one(made).body();
                        assertThat(outcome(simulated.fillBody(origin, place, body)))
                                .as(as)
                                .isEqualTo(outcome(engine.fillBody(origin, place, body)));
                    }
                    default ->
                        assertThat(outcome(simulated.appendReplica(origin, first, records)))
                                .as(as)
                                .isEqualTo(outcome(engine.appendReplica(origin, first, records)));
                }
            }
            assertThat(engine.head().value()).as("seed " + seed).isGreaterThan(50);
            assertThat(simulated.read(new LocalPosition(0), 10_000))
                    .isEqualTo(engine.read(new LocalPosition(0), 10_000));
            for (SiteId origin : OTHERS) {
                assertThat(simulated.readOrigin(origin, new OriginPosition(2), 9))
                        .isEqualTo(engine.readOrigin(origin, new OriginPosition(2), 9));
                assertThat(simulated.originHead(origin)).isEqualTo(engine.originHead(origin));
            }
        }
    }

    /** Mostly what would follow, and sometimes what was there before, is withheld, or is out of place. */
    private static List<LogRecord> records(SimRandom random, EventLog log, SiteId origin, List<LogRecord> made) {
        List<LogRecord> records = new ArrayList<>();
        StreamId stream = new StreamId(origin + "/study/s" + random.below(3));
        long revision =
                log.streamHead(stream).map(head -> head.revision().value() + 1).orElse(0L);
        int count = 1 + random.below(3);
        for (int i = 0; i < count; i++) {
            long wrong = random.chance(0.05) ? 1 : 0;
            LogRecord record = random.chance(0.1) && !made.isEmpty()
                    ? random.one(made)
                    : SimRecords.next(random, stream, revision + i + wrong);
            made.add(record);
            records.add(random.chance(0.3) && !origin.equals(SITE) ? LogRecord.withheld(record.headerBytes()) : record);
        }
        return records;
    }

    private static String outcome(CompletableFuture<?> future) {
        try {
            return String.valueOf(future.join());
        } catch (CompletionException e) {
            // Of several reasons to refuse, each may name another one.
            assertThat(e.getCause()).isInstanceOfAny(ArchiveException.class, ConcurrencyException.class);
            return "refused";
        }
    }
}
