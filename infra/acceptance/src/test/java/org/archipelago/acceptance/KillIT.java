package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.archipelago.node.cli.phantom.Phantoms;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** kill -9 at random moments: what was acknowledged is there and readable, every time. */
class KillIT {
    private static final int KILLS = 20;
    private static final int STUDY_SIZE = 20;
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
        Map<String, List<DicomFile>> first = new HashMap<>();
        for (int sender = 0; sender < senders; sender++) {
            String own = seed + "/" + sender + "/";
            first.put(own, Samples.facts(new Phantoms(own).ct(STUDY_SIZE)));
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            first.forEach((own, study) -> running.add(threads.submit(() -> sendOn(node, own, study, acknowledged))));
            TimeUnit.MILLISECONDS.sleep(afterMs);
            node.kill();
            for (Future<?> sender : running) {
                sender.get(90, TimeUnit.SECONDS);
            }
        }
        return acknowledged;
    }

    /** One study after the other on one association, until the node goes away. */
    private static void sendOn(
            NodeProcess node, String seed, List<DicomFile> first, Map<String, DicomFile> acknowledged) {
        List<DicomFile> study = first;
        try (RawStoreScu scu = new RawStoreScu(node.dicomPort(), "SENDER", NodeProcess.TITLE, study)) {
            for (int next = 1; ; next++) {
                send(scu, study, acknowledged);
                study = Samples.facts(new Phantoms(seed + next).ct(STUDY_SIZE));
            }
        } catch (IOException e) {
            // killed: what this is about
        }
    }

    private static void send(RawStoreScu scu, List<DicomFile> objects, Map<String, DicomFile> acknowledged)
            throws IOException {
        for (DicomFile object : objects) {
            RawStoreScu.Response response = scu.store(object);
            if (!response.isSuccess()) {
                throw new AssertionError("refused with " + response.hex() + " " + response.comment());
            }
            acknowledged.put(object.sopInstance(), object);
        }
    }

    private static Duration startToFirstSuccess(NodeProcess node, String seed, Map<String, DicomFile> acknowledged)
            throws Exception {
        List<DicomFile> one = Samples.many(seed, 1);
        long began = System.nanoTime();
        node.exec();
        while (!sent(node, one, acknowledged)) {
            assertThat(node.isAlive()).as(node::log).isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .as(node::log)
                    .isLessThan(Duration.ofSeconds(60));
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return Duration.ofNanos(System.nanoTime() - began);
    }

    /** False while nobody listens. */
    private static boolean sent(NodeProcess node, List<DicomFile> objects, Map<String, DicomFile> acknowledged) {
        try (RawStoreScu scu = new RawStoreScu(node.dicomPort(), "SENDER", NodeProcess.TITLE, objects)) {
            send(scu, objects, acknowledged);
            return true;
        } catch (IOException e) {
            return false;
        }
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
