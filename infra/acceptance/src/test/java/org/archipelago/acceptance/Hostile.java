package org.archipelago.acceptance;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Every attack on one node of 256 MiB, one after the other, beside a good peer; for {@code infra/faults/run hostile}. Prints a
 * line for each and the closing lines. Ends with 1 when one was not refused, or the node or the good peer suffered.
 */
final class Hostile {
    private static final long MIB = 1 << 20;
    private static final long MOST_MS = 60_000;

    private Hostile() {}

    /** @param heapGrowth by which what is reachable grew while the attack went on, for each of its connections */
    private record Result(
            String attack, boolean refused, String outcome, long ms, long heapGrowth, long residentGrowth) {}

    /** Arguments: an empty directory, the port of an Elasticsearch, and names of attacks; none: all of them. */
    public static void main(String[] args) throws Exception {
        List<String> wanted = List.of(args).subList(2, args.length);
        List<Attack> attacks = Attack.all().stream()
                .filter(attack -> wanted.isEmpty() || wanted.contains(attack.name()))
                .toList();
        try (NodeProcess node = node(Path.of(args[0]), URI.create("http://127.0.0.1:" + args[1]))) {
            node.start();
            List<Result> results = new ArrayList<>();
            try (HostileMemory memory = HostileMemory.of(node);
                    GoodPeer good = new GoodPeer(node)) {
                for (Attack attack : attacks) {
                    results.add(carriedOut(attack, node, memory));
                    if (!node.isAlive()) {
                        break;
                    }
                }
                report(results, good, node);
            }
        }
    }

    /** Of 256 MiB, and so impatient that silence is part of an attack. */
    static NodeProcess node(Path home, URI elasticsearch) throws IOException {
        NodeProcess node = NodeProcess.configured(home, elasticsearch).jvm("-Xmx256m", "-XX:+ExitOnOutOfMemoryError");
        String yaml = Files.readString(node.configuration())
                .replace("\n  remotes:", "\n  artimTimeoutMs: 3000\n  readTimeoutMs: 3000\n  remotes:")
                .replace("\nhttp: { ", "\nhttp: { idleTimeoutMs: 3000, ");
        Files.writeString(node.configuration(), yaml);
        return node;
    }

    private static Result carriedOut(Attack attack, NodeProcess node, HostileMemory memory) throws Exception {
        long heapBefore = memory.heap();
        long residentBefore = memory.resident();
        HostileMemory.Watch watch = memory.watch();
        long before = System.nanoTime();
        boolean refused = true;
        String outcome;
        try {
            outcome = attack.deed().on(node);
        } catch (AssertionError | Exception e) {
            refused = false;
            outcome = String.valueOf(e);
        }
        long ms = (System.nanoTime() - before) / 1_000_000;
        watch.close();
        if (ms > MOST_MS) {
            refused = false;
            outcome += ", after " + ms + " ms";
        }
        if (!node.isAlive()) {
            refused = false;
            outcome = "the node ended: " + outcome;
        }
        Result result = new Result(
                attack.name(),
                refused,
                outcome,
                ms,
                Math.max(0, watch.mostHeap() - heapBefore) / attack.connections(),
                Math.max(0, watch.mostResident() - residentBefore));
        System.out.printf(
                "%-45s %-12s %6d ms %6.1f MB heap %6.1f MB resident  %s%n",
                result.attack,
                refused ? "refused" : "NOT REFUSED",
                ms,
                megabytes(result.heapGrowth),
                megabytes(result.residentGrowth),
                outcome.lines().findFirst().orElse(""));
        return result;
    }

    private static void report(List<Result> results, GoodPeer good, NodeProcess node) {
        long notRefused = results.stream().filter(result -> !result.refused).count();
        Result hungriest = results.stream()
                .max(Comparator.comparingLong(Result::heapGrowth))
                .orElseThrow();
        System.out.printf(
                "%d requests of the good peer, median %.1f ms, longest %.1f ms; most heap for %s%n",
                good.count(), good.milliseconds(0.5), good.milliseconds(1), hungriest.attack);
        System.out.println("hostile attacks " + results.size());
        System.out.println("hostile not_refused " + notRefused);
        System.out.printf("hostile heap_growth_worst %.1f%n", megabytes(hungriest.heapGrowth));
        System.out.printf(
                "hostile resident_growth_worst %.1f%n",
                megabytes(
                        results.stream().mapToLong(Result::residentGrowth).max().orElse(0)));
        System.out.println("hostile slowest "
                + results.stream().mapToLong(Result::ms).max().orElse(0));
        System.out.printf("hostile good_peer_p99 %.1f%n", good.milliseconds(0.99));
        System.out.println("hostile node_alive " + (node.isAlive() ? 1 : 0));
        if (!node.isAlive()) {
            System.err.println(node.log());
        }
        good.requireServed();
    }

    private static double megabytes(long bytes) {
        return (double) bytes / MIB;
    }
}
