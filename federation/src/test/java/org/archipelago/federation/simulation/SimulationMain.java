package org.archipelago.federation.simulation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Runs seeds from one up to another, and says which of them violate what the design promises. */
public final class SimulationMain {
    private SimulationMain() {}

    public static void main(String[] arguments) throws IOException {
        long first = Long.parseLong(arguments[0]);
        long last = Long.parseLong(arguments[1]);
        Map<String, Long> counts = new TreeMap<>();
        long violations = 0;
        for (long seed = first; seed <= last; seed++) {
            try {
                once(seed).forEach((what, times) -> counts.merge(what, (long) times, Long::sum));
            } catch (Throwable e) {
                violations++;
                System.out.println("violation seed " + seed + ": " + e);
                if (first == last) {
                    e.printStackTrace(System.out);
                }
            }
        }
        counts.forEach((what, times) -> System.out.println("count " + what.replace(' ', '_') + " " + times));
        System.out.println("seeds " + (last - first + 1));
        System.out.println("violations " + violations);
        if (violations > 0) {
            System.exit(1);
        }
    }

    static Map<String, Integer> once(long seed) throws IOException {
        Path memory = Path.of("/dev/shm");
        Path directory = Files.isWritable(memory)
                ? Files.createTempDirectory(memory, "archipelago-sim")
                : Files.createTempDirectory("archipelago-sim");
        try {
            return new Simulation(directory, seed).run();
        } finally {
            delete(directory);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
