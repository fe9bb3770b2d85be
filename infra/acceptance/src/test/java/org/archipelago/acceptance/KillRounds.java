package org.archipelago.acceptance;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.archipelago.acceptance.KillSenders.Kind;
import org.archipelago.acceptance.KillSenders.Known;

/**
 * kill -9 at random moments, one after the other on one archive: what was acknowledged is there and readable, every time; the
 * rest is whole or absent, and can be sent again. Fails with an {@link AssertionError} that names the round's seed.
 */
final class KillRounds {
    private static final int MIN_MS = 20;
    private static final int MOST_MS = 1500;
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    /** Of the senders of a round, from a place that differs from round to round. */
    private static final List<Kind> KINDS = List.of(
            Kind.SHARED_STUDY,
            Kind.STOW,
            Kind.LARGE,
            Kind.SHARED_STUDY,
            Kind.OWN_STUDY,
            Kind.LARGE,
            Kind.STOW,
            Kind.OWN_STUDY);

    private final NodeProcess node;
    private final int maxSenders;
    private final Map<String, Known> acknowledged = new HashMap<>();
    private final Map<Kind, Integer> acknowledgedOfKind = new HashMap<>();

    /**
     * @param acknowledged before the kill
     * @param open under way at the kill
     * @param toFirstSuccess from exec of the JVM to its first C-STORE success
     */
    record Round(int senders, int killedAfterMs, int acknowledged, int open, Duration toFirstSuccess) {}

    /** @param node runs */
    KillRounds(NodeProcess node, int maxSenders) {
        this.node = node;
        this.maxSenders = maxSenders;
    }

    /** @param seed decides all that is random in it but the machine's own timing, and the objects' UIDs */
    Round run(long seed) throws Exception {
        Random random = new Random(seed * SPREAD); // neighbouring seeds begin alike
        KillSenders senders = new KillSenders(node, "kill" + seed);
        int count = 1 + random.nextInt(maxSenders);
        int afterMs = MIN_MS + random.nextInt(MOST_MS);
        sendUntilKilled(senders, random.nextInt(KINDS.size()), count, afterMs);
        int open = senders.open().size();
        Duration toFirstSuccess = startToFirstSuccess("first" + seed);
        node.awaitReady();
        String when = "seed " + seed;
        requireWholeOrAbsent(senders, when);
        Map<String, Known> now = resent(senders);
        requireAllThere(now, when);
        acknowledged.putAll(now);
        senders.acknowledgedOfKind().forEach((kind, many) -> acknowledgedOfKind.merge(kind, many, Integer::sum));
        return new Round(count, afterMs, senders.acknowledged().size(), open, toFirstSuccess);
    }

    /** Looks for everything that was ever acknowledged. */
    void requireAll() {
        requireAllThere(acknowledged, "the end");
    }

    int objects() {
        return acknowledged.size();
    }

    /** Before a kill. */
    Map<Kind, Integer> acknowledgedOfKind() {
        return acknowledgedOfKind;
    }

    private void sendUntilKilled(KillSenders senders, int firstKind, int count, int afterMs) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int sender = 0; sender < count; sender++) {
                Kind kind = KINDS.get((firstKind + sender) % KINDS.size());
                int number = sender;
                running.add(threads.submit(() -> senders.sendUntilGone(kind, number)));
            }
            TimeUnit.MILLISECONDS.sleep(afterMs);
            node.kill();
            for (Future<?> sender : running) {
                sender.get(90, TimeUnit.SECONDS);
            }
        }
    }

    private Duration startToFirstSuccess(String seed) throws Exception {
        DicomFile one = Samples.many(seed, 1).getFirst();
        long began = System.nanoTime();
        node.exec();
        while (!sent(one)) {
            require(node.isAlive(), "the node has ended\n" + node.log());
            require(System.nanoTime() - began < 60_000_000_000L, "no success within 60 s\n" + node.log());
            TimeUnit.MILLISECONDS.sleep(20);
        }
        acknowledged.put(one.sopInstance(), Known.of(one));
        return Duration.ofNanos(System.nanoTime() - began);
    }

    /** False while nobody listens. */
    private boolean sent(DicomFile object) {
        try {
            Samples.storeAll(node, List.of(object));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Whatever was acknowledged is there; nothing else is but what was sent, as it was sent: looked for in each study of which
     * anything was begun to be sent.
     */
    private void requireWholeOrAbsent(KillSenders senders, String when) {
        Map<String, String> sent = digests(senders.acknowledged());
        Map<String, Map<String, String>> studies = byStudy(senders.acknowledged());
        senders.open().forEach((instance, object) -> {
            sent.put(instance, object.sha256());
            studies.computeIfAbsent(object.studyInstance(), _ -> new HashMap<>());
        });
        studies.forEach((study, expected) -> {
            Map<String, String> back = retrieved(study);
            requireContains(back, expected, when + ": acknowledged and lost");
            requireContains(sent, back, when + ": never sent like this");
        });
    }

    /** Sends again what was on its way at the kill. All that the node must have now. */
    private Map<String, Known> resent(KillSenders senders) throws IOException {
        List<DicomFile> open = List.copyOf(senders.open().values());
        if (!open.isEmpty()) {
            Samples.storeAll(node, open);
        }
        Map<String, Known> all = new HashMap<>(senders.acknowledged());
        open.forEach(object -> all.put(object.sopInstance(), Known.of(object)));
        return all;
    }

    private void requireAllThere(Map<String, Known> expected, String when) {
        byStudy(expected).forEach((study, objects) -> requireContains(retrieved(study), objects, when + ": not there"));
    }

    private static void requireContains(Map<String, String> all, Map<String, String> some, String what) {
        some.forEach((instance, digest) ->
                require(digest.equals(all.get(instance)), what + ": " + instance + " as " + all.get(instance)));
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    /** Digests by SOP Instance UID, of each study. */
    private static Map<String, Map<String, String>> byStudy(Map<String, Known> objects) {
        Map<String, Map<String, String>> studies = new HashMap<>();
        objects.forEach((instance, known) ->
                studies.computeIfAbsent(known.study(), _ -> new HashMap<>()).put(instance, known.sha256()));
        return studies;
    }

    private static Map<String, String> digests(Map<String, Known> objects) {
        Map<String, String> digests = new HashMap<>();
        objects.forEach((instance, known) -> digests.put(instance, known.sha256()));
        return digests;
    }

    /** Of a study that is not there: nothing. */
    private Map<String, String> retrieved(String study) {
        return new DicomWeb(node)
                .retrieveIfThere("/studies/" + study).stream()
                        .collect(Collectors.toMap(DicomFile::sopInstance, DicomFile::sha256));
    }
}
