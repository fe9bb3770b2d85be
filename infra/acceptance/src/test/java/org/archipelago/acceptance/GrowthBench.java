package org.archipelago.acceptance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * One archive while it is small and after it has grown, every study by C-STORE; for {@code infra/bench/run growth}: exact
 * searches, durable ingest, resident memory after a full garbage collection, and a restart.
 */
final class GrowthBench {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DICOM_JSON = "application/dicom+json";
    private static final int CT_IMAGES = 500;
    private static final long FOUND_WITHIN_NS = TimeUnit.MINUTES.toNanos(30);

    private final NodeProcess node;
    private final BenchHttp http = new BenchHttp();
    private final Random random = new Random(1);
    private final int instances;
    private final int rounds;
    private final int queries;
    private int ctStudies;

    /**
     * @param perSecond of CT images by one sender
     * @param logBytes of the event log and its index, for each instance that it ever stored
     */
    private record State(double queryMs, double perSecond, double residentMib, double restartMs, double logBytes) {}

    private GrowthBench(NodeProcess node, int instances, int rounds, int queries) {
        this.node = node;
        this.instances = instances;
        this.rounds = rounds;
        this.queries = queries;
    }

    /** Arguments: an empty directory, address of Elasticsearch, studies few, many, instances of each, rounds, queries. */
    public static void main(String[] args) throws Exception {
        Path home = Path.of(args[0]);
        Path aotCache = home.resolve("node.aot");
        NodeProcess.rehearse(aotCache);
        long few = Long.parseLong(args[2]);
        long many = Long.parseLong(args[3]);
        try (NodeProcess node = NodeProcess.configured(home, URI.create(args[1]))) {
            node.useAotCache(aotCache);
            node.start();
            GrowthBench bench = new GrowthBench(
                    node, Integer.parseInt(args[4]), Integer.parseInt(args[5]), Integer.parseInt(args[6]));
            State atFew = bench.grown(0, few);
            State atMany = bench.grown(few, many);
            report(few, many, atFew, atMany);
        }
    }

    private State grown(long from, long to) throws Exception {
        double rate = new BenchLoad(node.dicomPort(), NodeProcess.TITLE, instances).send(from, to);
        long began = System.nanoTime();
        while (studies(to - 1) != 1) {
            if (System.nanoTime() - began > FOUND_WITHIN_NS) {
                throw new IllegalStateException("the last study was not found within 30 minutes");
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        System.out.printf(
                "studies %d to %d of %d instances: %.0f objects/s, the last found after %.1f s%n",
                from, to, instances, rate, (System.nanoTime() - began) / 1e9);
        double logBytes = (double) bytes(node.data().resolve("log")) / (to * instances + (long) ctStudies * CT_IMAGES);
        double restart = restarts();
        queryMs(to); // warm-up
        double query = queryMs(to);
        double perSecond = ingest();
        return new State(query, perSecond, residentMib(), restart, logBytes);
    }

    private int studies(long number) throws IOException, InterruptedException {
        BenchHttp.Answer answer = http.text(
                node.dicomWeb("/studies?PatientID=" + BenchLoad.patient(number) + "&limit=25")
                        .toString(),
                DICOM_JSON);
        return answer.status() == 200 ? JSON.readTree(answer.text()).size() : 0;
    }

    private double queryMs(long among) throws IOException, InterruptedException {
        double[] taken = new double[queries];
        for (int i = 0; i < queries; i++) {
            long study = random.nextLong(among);
            BenchHttp.Answer answer = http.text(
                    node.dicomWeb("/studies?PatientID=" + BenchLoad.patient(study) + "&limit=25")
                            .toString(),
                    DICOM_JSON);
            JsonNode rows = JSON.readTree(answer.text());
            if (rows.size() != 1
                    || !rows.path(0)
                            .path("0020000D")
                            .path("Value")
                            .path(0)
                            .asText()
                            .equals(BenchLoad.study(study))) {
                throw new IllegalStateException("a search answered " + answer.text());
            }
            taken[i] = answer.ms();
        }
        return BenchHttp.median(taken);
    }

    /** Of studies of CT images by one sender, the first one apart, by which the node warms up after its start. */
    private double ingest() throws IOException {
        double[] rates = new double[rounds];
        for (int round = -1; round < rounds; round++) {
            String study = "2.25.8" + (1_000_000L + ctStudies++);
            DicomFile first = CtImage.of(study, "GROWTH", 1);
            try (RawStoreScu scu = new RawStoreScu(node.dicomPort(), "SENDER", NodeProcess.TITLE, List.of(first))) {
                long began = System.nanoTime();
                for (int number = 1; number <= CT_IMAGES; number++) {
                    if (!scu.store(CtImage.of(study, "GROWTH", number)).isSuccess()) {
                        throw new IllegalStateException("a store was refused");
                    }
                }
                if (round >= 0) {
                    rates[round] = CT_IMAGES * 1e9 / (System.nanoTime() - began);
                }
            }
        }
        return BenchHttp.median(rates);
    }

    /** From exec to ready to store and to search. */
    private double restarts() {
        double[] taken = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            node.stop();
            long began = System.nanoTime();
            node.start();
            taken[round] = (System.nanoTime() - began) / 1e6;
        }
        return BenchHttp.median(taken);
    }

    private double residentMib() throws IOException, InterruptedException {
        for (int i = 0; i < 2; i++) { // references of the first free more in the second
            Program.of(
                            Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                    .toString(),
                            Long.toString(node.pid()),
                            "GC.run")
                    .run()
                    .succeeded();
            TimeUnit.SECONDS.sleep(1);
        }
        return Files.readAllLines(Path.of("/proc/" + node.pid() + "/status")).stream()
                        .filter(line -> line.startsWith("VmRSS:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                        .findFirst()
                        .orElseThrow()
                / 1024.0;
    }

    private static long bytes(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private static void report(long few, long many, State atFew, State atMany) {
        System.out.printf("%-34s %12d %12d   studies%n", "", few, many);
        row("exact QIDO, p50 ms", atFew.queryMs(), atMany.queryMs());
        row("durable ingest, CT images/s", atFew.perSecond(), atMany.perSecond());
        row("resident after a full GC, MiB", atFew.residentMib(), atMany.residentMib());
        row("restart until it searches, ms", atFew.restartMs(), atMany.restartMs());
        row("log on disk, bytes/instance", atFew.logBytes(), atMany.logBytes());
        result("qido", atMany.queryMs() / atFew.queryMs(), false, 1.5);
        result("ingest", atMany.perSecond() / atFew.perSecond(), true, 0.9);
        result("resident", atMany.residentMib() / atFew.residentMib(), false, 1.2);
        result("restart", atMany.restartMs() / atFew.restartMs(), false, 1.5);
    }

    private static void row(String name, double few, double many) {
        System.out.printf("%-34s %12.1f %12.1f%n", name, few, many);
    }

    private static void result(String name, double ratio, boolean least, double goal) {
        boolean met = least ? ratio >= goal : ratio <= goal;
        System.out.printf(
                Locale.ROOT, "RESULT growth_%s=%.2f ratio goal=%s met=%s%n", name, ratio, goal, met ? "yes" : "no");
    }
}
