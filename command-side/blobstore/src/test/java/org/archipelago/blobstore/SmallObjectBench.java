package org.archipelago.blobstore;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Objects of 530 KB, durable one by one: a file each against segments with a group sync, by number of writers, interleaved.
 * {@code java ... SmallObjectBench DIR [objects] [rounds]}. Prints Markdown.
 */
final class SmallObjectBench {
    private static final int OBJECT_BYTES = 530 * 1024;

    private SmallObjectBench() {}

    private record Variant(String name, BlobStoreOptions options) {}

    public static void main(String[] args) throws Exception {
        Path directory = Path.of(args[0]);
        int objects = args.length > 1 ? Integer.parseInt(args[1]) : 2_000;
        String only = args.length > 3 ? args[3] : "";
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 3;
        BlobStoreOptions base = BlobStoreOptions.DEFAULT.withCompaction(0.5, 1 << 20, Duration.ZERO);
        List<Variant> variants = List.of(
                new Variant("own file, buffered", base.withSmallBlobBytes(0).withDirectIo(false)),
                new Variant("own file, direct", base.withSmallBlobBytes(0)),
                new Variant("segment, buffered", base.withDirectIo(false)),
                new Variant("segment, direct", base));
        variants = variants.stream().filter(v -> v.name().contains(only)).toList();
        System.out.println(
                "| variant | writers | objects/s (each round) | MB/s (median) | syncs/object | p50 ms | p99 ms | CPU ms/object |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        run(directory, variants.getLast(), 4, objects);
        for (int writers : new int[] {1, 4, 16}) {
            List<List<Result>> results = new ArrayList<>();
            variants.forEach(_ -> results.add(new ArrayList<>()));
            for (int round = 0; round < rounds; round++) {
                for (int i = 0; i < variants.size(); i++) {
                    results.get(i).add(run(directory, variants.get(i), writers, objects));
                }
            }
            for (int i = 0; i < variants.size(); i++) {
                print(variants.get(i).name(), writers, results.get(i));
            }
        }
    }

    private record Result(double perSecond, double syncsPerObject, double p50Ms, double p99Ms, double cpuMs) {}

    private static void print(String name, int writers, List<Result> results) {
        List<Result> sorted = results.stream()
                .sorted(java.util.Comparator.comparingDouble(Result::perSecond))
                .toList();
        Result median = sorted.get(sorted.size() / 2);
        String each = String.join(
                ", ", results.stream().map(r -> "%.0f".formatted(r.perSecond())).toList());
        System.out.printf(
                "| %s | %d | %s | %.0f | %.2f | %.1f | %.1f | %.2f |%n",
                name,
                writers,
                each,
                median.perSecond() * OBJECT_BYTES / 1e6,
                median.syncsPerObject(),
                median.p50Ms(),
                median.p99Ms(),
                median.cpuMs());
    }

    private static long cpuNanos() {
        return java.lang.management.ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                .getProcessCpuTime();
    }

    private static Result run(Path parent, Variant variant, int writers, int objects) throws Exception {
        Path directory = Files.createTempDirectory(parent, "bench");
        LongAdder syncs = new LongAdder();
        BlobStoreListener listener = new BlobStoreListener() {
            @Override
            public void segmentSynced(int records, long bytes, long writeNanos, long syncNanos) {
                syncs.increment();
            }

            @Override
            public void ownFileStored(long bytes) {
                syncs.add(3);
            }
        };
        byte[] bytes = new byte[OBJECT_BYTES];
        new Random(1).nextBytes(bytes);
        long[] nanos = new long[objects];
        try (FilesystemBlobStore store = FilesystemBlobStore.open(
                directory, variant.options(), listener, Clock.systemUTC(), new SecureRandom())) {
            AtomicInteger next = new AtomicInteger();
            List<Thread> threads = new ArrayList<>();
            long cpuBefore = cpuNanos();
            long start = System.nanoTime();
            for (int i = 0; i < writers; i++) {
                threads.add(Thread.ofPlatform().start(() -> {
                    for (int n = next.getAndIncrement(); n < objects; n = next.getAndIncrement()) {
                        long began = System.nanoTime();
                        try (BlobWriter writer = store.begin()) {
                            for (int at = 0; at < bytes.length; at += 65536) {
                                writer.write(ByteBuffer.wrap(bytes, at, Math.min(65536, bytes.length - at)));
                            }
                            writer.commit();
                        } catch (java.io.IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                        nanos[n] = System.nanoTime() - began;
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            java.util.Arrays.sort(nanos);
            return new Result(
                    objects / seconds,
                    (double) syncs.sum() / objects,
                    nanos[objects / 2] / 1e6,
                    nanos[objects * 99 / 100] / 1e6,
                    (cpuNanos() - cpuBefore) / 1e6 / objects);
        } finally {
            try (var paths = Files.walk(directory)) {
                for (Path path :
                        paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
