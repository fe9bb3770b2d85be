package org.archipelago.acceptance;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyEvent.InstancesStored;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.GenericDomainEventMessage;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.eventsourcing.eventstore.EventStorageEngine;

/**
 * Appends and replays of the node's log beside Axon's JDBC engine on PostgreSQL, the same events to both; for infra/bench/run
 * log, which starts PostgreSQL. Ends with an error when one has not exactly what was appended to it.
 */
final class LogBench {
    private static final int STUDY_SIZE = 500;
    private static final double REPLAY_GOAL = 1.5;
    private static final String REPLAY = "replay";
    private static final String SCAN = "scan";

    private static final List<Load> LOADS = List.of(
            new Load("append_1", 1, 1, 1, 2),
            new Load("append_16", 16, 1, 4, 4),
            new Load("append_64", 64, 1, 8, 7),
            new Load("append_batch100", 1, 100, 5, 7));

    /**
     * @param batch events in one append
     * @param times so many times the events of the first load
     * @param goal so many times the rate of PostgreSQL
     */
    private record Load(String name, int writers, int batch, int times, double goal) {}

    /** Events per second of each round. */
    private record Rates(List<Double> own, List<Double> postgres) {
        Rates() {
            this(new ArrayList<>(), new ArrayList<>());
        }

        double ratio() {
            return median(own) / median(postgres);
        }
    }

    /** What a handler of all events ends with; does not depend on their order. */
    private record Fold(long events, long sum) {
        static final Fold EMPTY = new Fold(0, 0);

        Fold with(InstancesStored event) {
            StoredObject object = event.instances().getFirst().object();
            return new Fold(
                    events + 1,
                    sum + object.digest().first() + object.blob().id().digest().first());
        }
    }

    private final OwnLog own;
    private final PostgresLog postgres;
    private final int events;
    private final Map<String, Rates> rates = new LinkedHashMap<>();
    private long studies;
    private Fold appended = Fold.EMPTY;

    private LogBench(OwnLog own, PostgresLog postgres, int events) {
        this.own = own;
        this.postgres = postgres;
        this.events = events;
    }

    /** Arguments: an empty directory, JDBC URL, process id of PostgreSQL, rounds, rounds to warm up, events of one writer. */
    public static void main(String[] args) throws Exception {
        int rounds = Integer.parseInt(args[3]);
        int warmRounds = Integer.parseInt(args[4]);
        int mostWriters = LOADS.stream().mapToInt(Load::writers).max().orElseThrow();
        try (OwnLog own = new OwnLog(Path.of(args[0]));
                PostgresLog postgres = new PostgresLog(args[1], mostWriters)) {
            LogBench bench = new LogBench(own, postgres, Integer.parseInt(args[5]));
            bench.append(warmRounds, "warm-up");
            bench.replay(1, "warm-up");
            bench.rates.clear();
            CpuShare cpu = CpuShare.of(LongStream.of(Long.parseLong(args[2])));
            bench.append(rounds, "round");
            bench.replay(rounds, "round");
            bench.report(cpu);
        }
    }

    private void append(int rounds, String title) throws Exception {
        for (int round = 1; round <= rounds; round++) {
            for (Load load : LOADS) {
                List<List<CtStudyEvents>> work = work(load);
                Rates of = rates.computeIfAbsent(load.name(), _ -> new Rates());
                // Who is first changes: each leaves the disk something to do for the other.
                if (round % 2 == 1) {
                    of.own().add(append(own, load, work));
                }
                of.postgres().add(append(postgres, load, work));
                if (round % 2 == 0) {
                    of.own().add(append(own, load, work));
                }
                progress(title + " " + round, load.name());
            }
        }
    }

    /** New studies for each writer. */
    private List<List<CtStudyEvents>> work(Load load) {
        List<List<CtStudyEvents>> work = new ArrayList<>();
        int each = Math.max(load.batch(), events * load.times() / load.writers());
        for (int writer = 0; writer < load.writers(); writer++) {
            List<CtStudyEvents> own = new ArrayList<>();
            for (int left = each; left > 0; left -= STUDY_SIZE) {
                CtStudyEvents study = CtStudyEvents.invented(this.own.names(), studies++, Math.min(left, STUDY_SIZE));
                study.events().forEach(event -> appended = appended.with(event));
                own.add(study);
            }
            work.add(own);
        }
        return work;
    }

    private static double append(BenchedLog log, Load load, List<List<CtStudyEvents>> work) throws Exception {
        long before = log.count();
        long began = System.nanoTime();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> writers = new ArrayList<>();
            for (List<CtStudyEvents> own : work) {
                writers.add(threads.submit(() -> own.forEach(study -> write(log.engine(), load.batch(), study))));
            }
            for (Future<?> writer : writers) {
                writer.get();
            }
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        long events = work.stream()
                .flatMap(List::stream)
                .mapToLong(study -> study.events().size())
                .sum();
        requireSame(before + events, log.count(), log);
        return events / seconds;
    }

    private static void write(EventStorageEngine engine, int batch, CtStudyEvents study) {
        List<InstancesStored> events = study.events();
        String stream = study.study().stream().value();
        for (int from = 0; from < events.size(); from += batch) {
            List<DomainEventMessage<?>> messages = new ArrayList<>(batch);
            for (int at = from; at < Math.min(from + batch, events.size()); at++) {
                messages.add(new GenericDomainEventMessage<>("study", stream, at, events.get(at)));
            }
            engine.appendEvents(messages);
        }
    }

    private void replay(int rounds, String title) throws Exception {
        for (int round = 1; round <= rounds; round++) {
            Rates replays = rates.computeIfAbsent(REPLAY, _ -> new Rates());
            replays.own().add(replay(own));
            replays.postgres().add(replay(postgres));
            progress(title + " " + round, REPLAY);
            Rates scans = rates.computeIfAbsent(SCAN, _ -> new Rates());
            scans.own().add(scan(own));
            scans.postgres().add(scan(postgres));
            progress(title + " " + round, SCAN);
        }
    }

    private double replay(BenchedLog log) {
        Fold[] fold = {Fold.EMPTY};
        long began = System.nanoTime();
        try (Stream<? extends TrackedEventMessage<?>> all = log.engine().readEvents(null, false)) {
            all.forEach(event -> fold[0] = fold[0].with((InstancesStored) event.getPayload()));
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        requireSame(appended, fold[0], log);
        return appended.events() / seconds;
    }

    private double scan(BenchedLog log) throws Exception {
        long began = System.nanoTime();
        long read = log.scan();
        double seconds = (System.nanoTime() - began) / 1e9;
        requireSame(appended.events(), read, log);
        return read / seconds;
    }

    private static void requireSame(Object expected, Object found, BenchedLog log) {
        if (!expected.equals(found)) {
            throw new IllegalStateException(
                    log.getClass().getSimpleName() + " has " + found + " where " + expected + " were appended");
        }
    }

    private void progress(String when, String name) {
        Rates of = rates.get(name);
        System.err.printf(
                "%-10s %-16s archipelago %8.0f/s   postgresql %8.0f/s%n",
                when, name, of.own().getLast(), of.postgres().getLast());
    }

    private void report(CpuShare cpu) {
        System.out.printf("%d events; %s%n", appended.events(), cpu);
        System.out.printf("%-16s %14s %14s %8s%n", "events/s", "archipelago", "postgresql", "ratio");
        rates.forEach((name, of) -> System.out.printf(
                "%-16s %14.0f %14.0f %8.2f%n", name, median(of.own()), median(of.postgres()), of.ratio()));
        LOADS.forEach(load -> result(load.name(), load.goal()));
        result(REPLAY, REPLAY_GOAL);
        rates.forEach((name, of) -> {
            System.out.printf("RESULT log_%s_archipelago=%.0f events/s goal=- met=-%n", name, median(of.own()));
            System.out.printf("RESULT log_%s_postgresql=%.0f events/s goal=- met=-%n", name, median(of.postgres()));
        });
    }

    private void result(String name, double goal) {
        double ratio = rates.get(name).ratio();
        System.out.printf(
                Locale.ROOT,
                "RESULT log_%s=%.2f ratio goal=%.1f met=%s%n",
                name,
                ratio,
                goal,
                ratio >= goal ? "yes" : "no");
    }

    private static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
