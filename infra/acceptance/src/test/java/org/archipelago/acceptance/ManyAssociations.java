package org.archipelago.acceptance;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An association for each image, as old modalities open them: one after another, and several at once. For {@code
 * infra/faults/run associations}.
 */
final class ManyAssociations {
    static final int SENDERS = 8;

    /** What is loaded and filled by the first ones is not growth. */
    static final int WARM = 300;

    static final double MOST_MORE_HEAP_MIB = 8;
    static final int MOST_MORE_THREADS = 4;
    static final int MOST_MORE_FILES = 8;
    private static final int INSTANCES_OF_A_STUDY = 100;
    private static final Duration QUIET_WITHIN = Duration.ofMinutes(2);

    private final NodeProcess node;
    private final Map<String, Map<String, String>> digests = new TreeMap<>();
    private int images;

    ManyAssociations(NodeProcess node) {
        this.node = node;
    }

    /** With caches that are full at once, so that their filling is not taken for what associations leave behind. */
    static NodeProcess configured(Path home, URI elasticsearch) {
        return NodeProcess.configured(home, elasticsearch)
                .configure("headers: { cacheBytes: 1048576, recentBytes: 1048576 }\ningest: { cachedStudies: 2 }");
    }

    /** Arguments: an empty directory, the address of an Elasticsearch, associations, of which half are one after another. */
    public static void main(String[] args) throws Exception {
        int count = Integer.parseInt(args[2]);
        try (NodeProcess node =
                configured(Path.of(args[0]), URI.create(args[1])).start()) {
            ManyAssociations associations = new ManyAssociations(node);
            associations.send(WARM, SENDERS);
            ProcessState before = associations.quietState();
            System.out.println("before: " + before);
            double alone = associations.send(count / 2, 1);
            double together = associations.send(count - count / 2, SENDERS);
            ProcessState after = associations.quietState();
            System.out.println("after: " + after);
            int lost = WARM + count - associations.found();
            System.out.printf("one after another %.1f per second, %d at once %.1f%n", alone, SENDERS, together);
            result("lost", lost, "objects", 0);
            result("heap_more", after.heapMib() - before.heapMib(), "MiB", MOST_MORE_HEAP_MIB);
            result("threads_more", after.threads() - before.threads(), "threads", MOST_MORE_THREADS);
            result("files_more", after.files() - before.files(), "files", MOST_MORE_FILES);
            node.stop();
        }
    }

    private static void result(String name, double value, String unit, double most) {
        System.out.printf(
                "RESULT associations_%s=%.1f %s goal=%.0f met=%s%n",
                name, value, unit, most, value <= most ? "yes" : "no");
    }

    /** Each in an association of its own; an error unless every one is stored. @return associations per second */
    double send(int count, int senders) throws Exception {
        int end = images + count;
        AtomicInteger next = new AtomicInteger(images);
        long began = System.nanoTime();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < senders; i++) {
                running.add(threads.submit(() -> {
                    for (int image = next.getAndIncrement(); image < end; image = next.getAndIncrement()) {
                        send(image);
                    }
                    return null;
                }));
            }
            for (Future<?> each : running) {
                each.get();
            }
        }
        images = end;
        return count * (double) TimeUnit.SECONDS.toNanos(1) / (System.nanoTime() - began);
    }

    private void send(int image) throws IOException {
        DicomFile object = SmallObject.of("2.25.9" + (1000 + image / INSTANCES_OF_A_STUDY), image + 1);
        try (RawStoreScu scu = new RawStoreScu(node.dicomPort(), "OLD", NodeProcess.TITLE, List.of(object))) {
            RawStoreScu.Response response = scu.store(object);
            if (response.status() != 0) {
                throw new IOException("association " + image + " was answered with " + response.hex());
            }
        }
        synchronized (digests) {
            digests.computeIfAbsent(object.studyInstance(), _ -> new HashMap<>())
                    .put(object.sopInstance(), object.sha256());
        }
    }

    /** Once the node is done with what came: every study is found with all its instances. */
    ProcessState quietState() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + QUIET_WITHIN.toNanos();
        while (!isAllIndexed()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not found within " + QUIET_WITHIN + "\n" + node.log());
            }
            Thread.sleep(200);
        }
        return ProcessState.of(node.pid());
    }

    private boolean isAllIndexed() {
        DicomWeb web = new DicomWeb(node);
        return digests.entrySet().stream()
                .allMatch(study -> matched(web.search("/studies?StudyInstanceUID=" + study.getKey()))
                        == study.getValue().size());
    }

    /** Number of Study Related Instances (0020,1208) of the one match. */
    private static int matched(JsonNode studies) {
        return studies.size() == 1
                ? studies.path(0).path("00201208").path("Value").path(0).asInt()
                : 0;
    }

    /** How many of the images come back as they were sent and are found by a search for instances. */
    int found() {
        DicomWeb web = new DicomWeb(node);
        int found = 0;
        for (Map.Entry<String, Map<String, String>> study : digests.entrySet()) {
            String path = "/studies/" + study.getKey();
            Map<String, String> left = new HashMap<>(study.getValue());
            Map<String, String> returned = new HashMap<>();
            web.retrieve(path).forEach(file -> returned.put(file.sopInstance(), file.sha256()));
            for (JsonNode match : web.search(path + "/instances?limit=" + INSTANCES_OF_A_STUDY)) {
                String uid = DicomWeb.value(match, "00080018");
                String sent = left.remove(uid);
                found += sent != null && sent.equals(returned.get(uid)) ? 1 : 0;
            }
        }
        return found;
    }
}
