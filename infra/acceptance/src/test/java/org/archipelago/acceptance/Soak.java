package org.archipelago.acceptance;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Ingest, search, retrieval and broken associations for as long as asked, in cycles, with a stop and a start now and then; for
 * {@code infra/faults/run soak}. After each cycle the node is let go quiet and looked at: live heap, threads, open files. Two
 * lives of the node must end as they began.
 */
final class Soak {
    private static final int SENDERS = 4;
    private static final int STUDIES_OF_CYCLE = 40;
    private static final int INSTANCES = 10;
    private static final int CYCLES_OF_A_LIFE = 12;
    /** What a young process still loads and fills is not growth: caches, pools, compiled code. */
    private static final int WARM_CYCLES = 4;

    private static final double MOST_HEAP = 1.2;
    private static final int MOST_MORE_THREADS = 4;
    private static final int MOST_MORE_FILES = 8;

    private final NodeProcess node;
    private final Random random;
    private final List<List<ProcessState>> lives = new ArrayList<>();
    private long studies;
    private long asked;

    private Soak(NodeProcess node, long seed) {
        this.node = node;
        this.random = new Random(seed);
    }

    /** Arguments: an empty directory, the address of an Elasticsearch, seconds, seed. */
    public static void main(String[] args) throws Exception {
        long seed = Long.parseLong(args[3]);
        try (NodeProcess node = NodeProcess.configured(Path.of(args[0]), URI.create(args[1]))) {
            node.jvm("-XX:+ExitOnOutOfMemoryError");
            new Soak(node, seed).run(Duration.ofSeconds(Long.parseLong(args[2])));
        }
    }

    private void run(Duration wanted) throws Exception {
        long end = System.nanoTime() + wanted.toNanos();
        while (System.nanoTime() < end || lives.isEmpty() || lives.getLast().size() <= WARM_CYCLES) {
            if (lives.isEmpty() || lives.getLast().size() == CYCLES_OF_A_LIFE) {
                if (!lives.isEmpty()) {
                    node.stop();
                }
                node.start();
                lives.add(new ArrayList<>());
            }
            cycle();
            ProcessState sample = ProcessState.of(node.pid());
            lives.getLast().add(sample);
            System.out.printf(
                    "life %d cycle %d: %.1f MiB of live heap, %d threads, %d open files; %d studies, %d requests%n",
                    lives.size(),
                    lives.getLast().size(),
                    sample.heapMib(),
                    sample.threads(),
                    sample.files(),
                    studies,
                    asked);
        }
        node.stop();
        report();
    }

    private void cycle() throws Exception {
        long first = studies;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int sender = 0; sender < SENDERS; sender++) {
                long from = first + (long) sender * STUDIES_OF_CYCLE / SENDERS;
                running.add(threads.submit(() -> {
                    send(from, from + STUDIES_OF_CYCLE / SENDERS);
                    return null;
                }));
            }
            for (int reader = 0; first > 0 && reader < 2; reader++) {
                long seed = random.nextLong();
                running.add(threads.submit(() -> {
                    read(new Random(seed), first);
                    return null;
                }));
            }
            for (Future<?> each : running) {
                each.get();
            }
        }
        studies = first + STUDIES_OF_CYCLE;
        breakOff(first);
    }

    private void send(long from, long to) throws IOException {
        for (long study = from; study < to; study++) {
            DicomFile one = CtImage.small(BenchLoad.study(study), BenchLoad.patient(study), 1);
            try (RawStoreScu scu = new RawStoreScu(node.dicomPort(), "SENDER", NodeProcess.TITLE, List.of(one))) {
                for (int number = 1; number <= INSTANCES; number++) {
                    require(
                            scu.store(CtImage.small(BenchLoad.study(study), BenchLoad.patient(study), number))
                                    .isSuccess(),
                            "a store was refused");
                }
            }
        }
    }

    private void read(Random which, long among) {
        DicomWeb web = new DicomWeb(node);
        for (int i = 0; i < STUDIES_OF_CYCLE; i++) {
            long study = which.nextLong(among);
            String uid = BenchLoad.study(study);
            require(web.search("/studies?PatientID=" + BenchLoad.patient(study)).size() <= 1, "one study, or not yet");
            require(web.search("/studies/" + uid + "/instances").size() == INSTANCES, "every instance is found");
            require(web.metadata("/studies/" + uid).size() == INSTANCES, "every instance has its metadata");
            require(web.retrieve("/studies/" + uid).size() == INSTANCES, "every instance is retrieved");
            asked += 4;
        }
    }

    /** Associations that end in the middle of an object. */
    private void breakOff(long study) throws IOException {
        for (int i = 0; i < 10; i++) {
            DicomFile one = CtImage.small(BenchLoad.study(study), BenchLoad.patient(study), 1);
            try (RawStoreScu scu = new RawStoreScu(node.dicomPort(), "BROKEN", NodeProcess.TITLE, List.of(one))) {
                scu.store(
                        one,
                        new java.io.SequenceInputStream(
                                new java.io.ByteArrayInputStream(one.dataset(), 0, one.dataset().length / 2),
                                java.io.InputStream.nullInputStream()) {
                            @Override
                            public int read(byte[] bytes, int offset, int length) throws IOException {
                                int read = super.read(bytes, offset, length);
                                if (read < 0) {
                                    throw new IOException("broken off");
                                }
                                return read;
                            }
                        });
            } catch (IOException e) {
                continue; // as it was meant
            }
            throw new AssertionError("half an object was taken");
        }
    }

    /** The last cycle of a life against the first after the warm ones. */
    private void report() {
        double heap = 0;
        int threads = 0;
        int files = 0;
        for (List<ProcessState> life : lives) {
            if (life.size() >= WARM_CYCLES + 2) {
                ProcessState early = life.get(WARM_CYCLES);
                ProcessState late = life.getLast();
                heap = Math.max(heap, late.heapMib() / early.heapMib());
                threads = Math.max(threads, late.threads() - early.threads());
                files = Math.max(files, late.files() - early.files());
            }
        }
        System.out.printf(
                "%d lives, %d studies of %d instances, %d requests, nothing lost%n",
                lives.size(), studies, INSTANCES, asked);
        result("heap_growth", heap, "ratio", MOST_HEAP);
        result("threads_growth", threads, "threads", MOST_MORE_THREADS);
        result("files_growth", files, "files", MOST_MORE_FILES);
    }

    private static void result(String name, double value, String unit, double most) {
        System.out.printf(
                "RESULT soak_%s=%.2f %s goal=%s met=%s%n", name, value, unit, most, value <= most ? "yes" : "no");
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("does not hold: " + what);
        }
    }
}
