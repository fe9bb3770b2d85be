package org.archipelago.node.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.archipelago.testing.Mutations;

/**
 * Gives each target the inputs of one seed after the other. What fails is saved as {@code TARGET-SEED.bin}, with why beside it;
 * {@link #again} repeats a seed.
 */
public final class Fuzzing {
    /** Of processor time: a busy machine is no hang. */
    private static final long HANG_NANOS = 1_000_000_000L;

    private static final long STUCK_MS = 60_000;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final List<FuzzTarget> targets;
    private final Path saved;

    /** @param read inputs that were taken in spite of their mutation */
    public record Report(long inputs, long read, List<String> crashes, List<String> hangs) {}

    /** @param saved made when something is saved there */
    public Fuzzing(List<FuzzTarget> targets, Path saved) {
        this.targets = targets;
        this.saved = saved;
    }

    /** By turns, each target for a part of the time. @param firstSeed of each target's inputs */
    public Report run(long firstSeed, long nanos) {
        Counts counts = new Counts();
        for (FuzzTarget target : targets) {
            List<byte[]> corpus = target.corpus();
            long end = System.nanoTime() + nanos / targets.size();
            Thread worker = Thread.ofPlatform()
                    .daemon()
                    .name("fuzz-" + target.name())
                    .start(() -> {
                        for (long seed = firstSeed; System.nanoTime() < end; seed++) {
                            once(target, corpus, seed, counts);
                        }
                    });
            await(worker, target, nanos / targets.size() / 1_000_000 + STUCK_MS, counts);
        }
        return new Report(counts.inputs, counts.read, List.copyOf(counts.crashes), List.copyOf(counts.hangs));
    }

    /** One input again, as {@link #run} gave it. */
    public Report again(String targetName, long seed) {
        Counts counts = new Counts();
        targets.stream()
                .filter(target -> target.name().equals(targetName))
                .forEach(target -> once(target, target.corpus(), seed, counts));
        return new Report(counts.inputs, counts.read, List.copyOf(counts.crashes), List.copyOf(counts.hangs));
    }

    private static final class Counts {
        private volatile long inputs;
        private volatile long read;
        private volatile long seed;
        private final List<String> crashes = new ArrayList<>();
        private final List<String> hangs = new ArrayList<>();
    }

    private void once(FuzzTarget target, List<byte[]> corpus, long seed, Counts counts) {
        counts.seed = seed;
        byte[] input = new Mutations(seed).of(corpus);
        byte[] sent = input.clone();
        long before = THREADS.getCurrentThreadCpuTime();
        try {
            counts.read += target.take(input) ? 1 : 0;
        } catch (Exception | Error e) {
            counts.crashes.add(save(
                    target,
                    seed,
                    sent,
                    e.toString() + "\n"
                            + String.join(
                                    "\n",
                                    Arrays.stream(e.getStackTrace())
                                            .limit(20)
                                            .map(String::valueOf)
                                            .toList())));
        }
        long nanos = THREADS.getCurrentThreadCpuTime() - before;
        if (nanos > HANG_NANOS) {
            counts.hangs.add(save(target, seed, sent, nanos / 1_000_000 + " ms"));
        }
        counts.inputs++;
    }

    private void await(Thread worker, FuzzTarget target, long mostMs, Counts counts) {
        try {
            worker.join(mostMs);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (worker.isAlive()) {
            byte[] input = new Mutations(counts.seed).of(target.corpus());
            counts.hangs.add(save(target, counts.seed, input, "no end"));
        }
    }

    private String save(FuzzTarget target, long seed, byte[] input, String why) {
        try {
            Files.createDirectories(saved);
            String name = target.name() + "-" + seed;
            Files.write(saved.resolve(name + ".bin"), input);
            Files.writeString(saved.resolve(name + ".txt"), why + "\n");
            return name + ": " + why;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
