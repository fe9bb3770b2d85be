package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** kill -9 at random moments: what was acknowledged is there and readable, every time. */
class KillIT {
    private static final int KILLS = 20;
    private static final int OBJECTS_PER_SENDER = 400;
    private static final Duration FIRST_SUCCESS_GOAL = Duration.ofSeconds(5);

    @TempDir
    Path home;

    @Test
    void killedAtRandomMoments_losesNothingAcknowledged() throws Exception {
        long seed = Long.getLong("archipelago.seed", System.nanoTime());
        System.out.println("kill seed " + seed + " (-Darchipelago.seed repeats it)");
        Random random = new Random(seed);
        Map<String, DicomFile> acknowledged = new ConcurrentHashMap<>();
        List<Duration> starts = new ArrayList<>();
        try (NodeProcess node =
                NodeProcess.configured(home, SharedElasticsearch.get().url())) {
            node.start();
            for (int round = 0; round < KILLS; round++) {
                int senders = 1 + random.nextInt(8);
                int afterMs = 20 + random.nextInt(1500);
                Map<String, DicomFile> now = sendUntilKilled(node, seed + "/" + round, senders, afterMs);
                acknowledged.putAll(now);
                starts.add(startToFirstSuccess(node, seed + "/first" + round, acknowledged));
                node.awaitReady();
                assertAllThere(node, now, "round " + round + ", seed " + seed);
            }
            assertThat(acknowledged).as("objects acknowledged").hasSizeGreaterThan(KILLS * 3);
            assertAllThere(node, acknowledged, "the end, seed " + seed);
        }
        report(starts, acknowledged.size());
    }

    private static Map<String, DicomFile> sendUntilKilled(NodeProcess node, String seed, int senders, int afterMs)
            throws Exception {
        Map<String, DicomFile> acknowledged = new ConcurrentHashMap<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> running = new ArrayList<>();
            for (int sender = 0; sender < senders; sender++) {
                List<DicomFile> objects = Samples.many(seed + "/" + sender + "/", OBJECTS_PER_SENDER);
                running.add(threads.submit(() -> sendAll(node, objects, acknowledged)));
            }
            TimeUnit.MILLISECONDS.sleep(afterMs);
            node.kill();
            for (Future<Boolean> sender : running) {
                sender.get(90, TimeUnit.SECONDS);
            }
        }
        return acknowledged;
    }

    /** False when the node went away, which is what this is about. */
    private static boolean sendAll(NodeProcess node, List<DicomFile> objects, Map<String, DicomFile> acknowledged) {
        try (RawStoreScu scu = new RawStoreScu(node.dicomPort(), "SENDER", NodeProcess.TITLE, objects)) {
            for (DicomFile object : objects) {
                if (scu.store(object).isSuccess()) {
                    acknowledged.put(object.sopInstance(), object);
                }
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static Duration startToFirstSuccess(NodeProcess node, String seed, Map<String, DicomFile> acknowledged)
            throws Exception {
        List<DicomFile> one = Samples.many(seed, 1);
        long began = System.nanoTime();
        node.exec();
        while (!sendAll(node, one, acknowledged)) {
            assertThat(node.isAlive()).as(node::log).isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .as(node::log)
                    .isLessThan(Duration.ofSeconds(60));
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return Duration.ofNanos(System.nanoTime() - began);
    }

    private static void assertAllThere(NodeProcess node, Map<String, DicomFile> acknowledged, String when) {
        DicomWeb web = new DicomWeb(node);
        Map<String, List<DicomFile>> studies =
                acknowledged.values().stream().collect(Collectors.groupingBy(DicomFile::studyInstance));
        studies.forEach((study, objects) -> {
            Map<String, String> back = web.retrieve("/studies/" + study).stream()
                    .collect(Collectors.toMap(DicomFile::sopInstance, DicomFile::sha256));
            for (DicomFile object : objects) {
                assertThat(back).as(when).containsEntry(object.sopInstance(), object.sha256());
            }
        });
    }

    private static void report(List<Duration> starts, int objects) {
        List<Duration> sorted = starts.stream().sorted().toList();
        Duration median = sorted.get(sorted.size() / 2);
        System.out.printf(
                "%d kills, %d objects acknowledged and found; exec to first C-STORE success: median %d ms, worst %d ms (goal %d ms)%n",
                starts.size(), objects, median.toMillis(), sorted.getLast().toMillis(), FIRST_SUCCESS_GOAL.toMillis());
    }
}
