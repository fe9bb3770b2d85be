package org.archipelago.acceptance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * From the acknowledged C-STORE to the object being found, at half of the highest rate; for infra/bench/run found, which starts
 * the node. Ends with an error when something was refused or not found.
 */
final class FoundBench {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TITLE = "BENCH";
    private static final int STUDY_SIZE = 100;
    private static final int SENDERS = 4;
    private static final int SAMPLES_PER_SECOND = 5; // each asks many times, and every query is recorded
    private static final int GOAL_MS = 250;
    private static final Duration GIVE_UP = Duration.ofSeconds(30);
    private static final long POLL_MS = 10;
    private static final String COUNT = "00201208";

    /** How the sampled object is looked for. */
    private enum Way {
        /** Its study, by Patient ID, counts it: from the index. */
        QIDO_STUDY,
        /** Itself, by its UIDs: from the log and the header files. */
        QIDO_INSTANCE,
        /** As QIDO_STUDY, by C-FIND. */
        C_FIND,
        /** By one query at once, with the position of the STOW-RS response as its least. */
        OWN_WRITE
    }

    private final int dicomPort;
    private final String web;
    private final String run = Long.toString(System.currentTimeMillis());
    private final HttpClient http = HttpClient.newHttpClient();
    private final AtomicLong studies = new AtomicLong();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private FoundBench(int dicomPort, int httpPort) {
        this.dicomPort = dicomPort;
        this.web = "http://127.0.0.1:" + httpPort + "/dicom-web";
    }

    /**
     * Arguments: DICOM port, HTTP port, objects to warm up with, seconds at the highest rate, seconds at half of it, ids of
     * the processes measured.
     */
    public static void main(String[] args) throws Exception {
        FoundBench bench = new FoundBench(Integer.parseInt(args[0]), Integer.parseInt(args[1]));
        int warmObjects = Integer.parseInt(args[2]);
        int highSeconds = Integer.parseInt(args[3]);
        int halfSeconds = Integer.parseInt(args[4]);
        Sent warm = bench.send(Load.count(warmObjects, 50));
        System.out.printf("warm-up: %d objects, %.0f objects/s%n", warmObjects, warm.rate());
        Sent high = bench.send(Load.highest(highSeconds));
        System.out.printf("highest rate, %d senders, %d s: %.0f objects/s%n", SENDERS, highSeconds, high.rate());
        CpuShare cpu = CpuShare.of(Arrays.stream(args).skip(5).mapToLong(Long::parseLong));
        Sent half = bench.send(Load.paced(high.rate() / 2, halfSeconds));
        bench.threads.close();
        report(high, half, cpu);
    }

    /**
     * @param untilNanos when it ends, from its start; or after so many objects
     * @param intervalNanos between two objects of one sender; 0: the next after the response to the last
     * @param every one object in so many is looked for; 0: none
     */
    private record Load(long untilNanos, long objects, long intervalNanos, int every) {
        static Load count(int objects, int every) {
            return new Load(Long.MAX_VALUE, objects, 0, every);
        }

        static Load highest(int seconds) {
            return new Load(TimeUnit.SECONDS.toNanos(seconds), Long.MAX_VALUE, 0, 0);
        }

        static Load paced(double rate, int seconds) {
            return new Load(
                    TimeUnit.SECONDS.toNanos(seconds), Long.MAX_VALUE, (long) (SENDERS * 1e9 / rate), Math.max(1, (int)
                            (rate / SAMPLES_PER_SECOND)));
        }
    }

    /** @param wanted objects per second that were to be sent; 0: as many as went */
    private record Sent(double rate, double wanted, List<Double> storeMs, Map<Way, List<Double>> foundMs) {}

    private Sent send(Load load) throws Exception {
        AtomicLong left = new AtomicLong(load.objects());
        AtomicLong sent = new AtomicLong();
        AtomicLong sampled = new AtomicLong();
        List<Double> stored = Collections.synchronizedList(new ArrayList<>());
        Map<Way, List<Double>> found = new EnumMap<>(Way.class);
        for (Way way : Way.values()) {
            found.put(way, Collections.synchronizedList(new ArrayList<>()));
        }
        List<Future<?>> looking = Collections.synchronizedList(new ArrayList<>());
        long began = System.nanoTime();
        List<Future<?>> senders = new ArrayList<>();
        for (int sender = 0; sender < SENDERS; sender++) {
            long offset = load.intervalNanos() * sender / SENDERS;
            senders.add(threads.submit((Callable<@Nullable Void>) () -> {
                long number = 0;
                while (left.get() > 0 && System.nanoTime() - began < load.untilNanos()) {
                    long of = studies.incrementAndGet();
                    String patient = "P" + run + "N" + of;
                    String study = "2.25." + run + of;
                    DicomFile first = CtImage.of(study, patient, 1);
                    try (RawStoreScu scu = new RawStoreScu(dicomPort, "SENDER", TITLE, List.of(first))) {
                        for (int k = 1; k <= STUDY_SIZE && left.getAndDecrement() > 0; k++) {
                            long due = began + offset + number++ * load.intervalNanos();
                            if (due - began >= load.untilNanos() || System.nanoTime() - began >= load.untilNanos()) {
                                return null;
                            }
                            DicomFile image = k == 1 ? first : CtImage.of(study, patient, k);
                            waitUntil(due);
                            long from = System.nanoTime();
                            RawStoreScu.Response response = scu.store(image);
                            long acknowledged = System.nanoTime();
                            if (response.status() != 0) {
                                throw new IOException("refused with " + response.hex());
                            }
                            stored.add((acknowledged - from) / 1e6);
                            if (load.every() > 0 && sent.incrementAndGet() % load.every() == 0) {
                                Way way = Way.values()[(int) (sampled.getAndIncrement() % Way.values().length)];
                                int atLeast = k;
                                looking.add(threads.submit((Callable<@Nullable Void>) () -> {
                                    found.get(way).add(look(way, image, patient, atLeast, acknowledged));
                                    return null;
                                }));
                            }
                        }
                    }
                }
                return null;
            }));
        }
        for (Future<?> sender : senders) {
            sender.get();
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        for (Future<?> look : List.copyOf(looking)) {
            look.get();
        }
        double wanted = load.intervalNanos() == 0 ? 0 : SENDERS * 1e9 / load.intervalNanos();
        return new Sent(stored.size() / seconds, wanted, stored, found);
    }

    /** Milliseconds from the acknowledgement to the end of the answer that has it. */
    private double look(Way way, DicomFile image, String patient, int atLeast, long acknowledged) throws Exception {
        return switch (way) {
            case QIDO_STUDY -> poll(acknowledged, () -> counted(patient, -1) >= atLeast);
            case QIDO_INSTANCE ->
                poll(
                        acknowledged,
                        () -> query(
                                                "/studies/" + image.studyInstance() + "/instances?SOPInstanceUID="
                                                        + image.sopInstance(),
                                                -1)
                                        .size()
                                == 1);
            case C_FIND -> {
                try (RawFindScu scu = new RawFindScu(dicomPort, "ASKER", TITLE)) {
                    yield poll(
                            acknowledged,
                            () -> scu.studiesOfPatient(patient).stream().anyMatch(match -> count(match) >= atLeast));
                }
            }
            case OWN_WRITE -> ownWrite();
        };
    }

    private double ownWrite() throws Exception {
        long of = studies.incrementAndGet();
        String patient = "P" + run + "N" + of;
        DicomFile image = CtImage.of("2.25." + run + of, patient, 1);
        String boundary = "found-bench-" + of;
        HttpResponse<byte[]> response = http.send(
                HttpRequest.newBuilder(URI.create(web + "/studies"))
                        .header("Content-Type", "multipart/related; type=\"application/dicom\"; boundary=" + boundary)
                        .header("Accept", "application/dicom+json")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(Multipart.request(boundary, image.part10())))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        long acknowledged = System.nanoTime();
        long position = response.headers()
                .firstValueAsLong("Archipelago-Position")
                .orElseThrow(() -> new IOException("STOW-RS answered " + response.statusCode()));
        return poll(acknowledged, () -> {
            try {
                if (counted(patient, position) != 1) {
                    throw new IOException("own write not found with its position as the least");
                }
                return true;
            } catch (NotYetException e) {
                return false;
            }
        });
    }

    /** Instances that the patient's only study counts. */
    private int counted(String patient, long minimum) throws Exception {
        int count = 0;
        for (JsonNode match : query("/studies?includefield=" + COUNT + "&PatientID=" + patient, minimum)) {
            count += match.path(COUNT).path("Value").path(0).asInt();
        }
        return count;
    }

    private JsonNode query(String pathAndQuery, long minimum) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(web + pathAndQuery)).header("Accept", "application/dicom+json");
        if (minimum >= 0) {
            request.header("Archipelago-Minimum-Position", Long.toString(minimum));
        }
        HttpResponse<byte[]> response = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        return switch (response.statusCode()) {
            case 200 -> JSON.readTree(response.body());
            case 204 -> JSON.createArrayNode();
            case 503 -> throw new NotYetException();
            default -> throw new IOException("a query was answered with " + response.statusCode());
        };
    }

    /** The index had not reached the least position within the time that the node waits for it. */
    private static final class NotYetException extends IOException {}

    /** Number of Study Related Instances of an identifier in Implicit VR, whose elements are all short and flat. */
    private static int count(byte[] identifier) {
        ByteBuffer buffer = ByteBuffer.wrap(identifier).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.remaining() >= 8) {
            int tag = (buffer.getShort() & 0xFFFF) << 16 | buffer.getShort() & 0xFFFF;
            byte[] value = new byte[buffer.getInt()];
            buffer.get(value);
            if (tag == 0x00201208) {
                return Integer.parseInt(new String(value, StandardCharsets.US_ASCII).strip());
            }
        }
        return 0;
    }

    private static double poll(long acknowledged, Callable<Boolean> isFound) throws Exception {
        while (!isFound.call()) {
            if (System.nanoTime() - acknowledged > GIVE_UP.toNanos()) {
                throw new IOException("an acknowledged object was not found within " + GIVE_UP);
            }
            Thread.sleep(POLL_MS);
        }
        return (System.nanoTime() - acknowledged) / 1e6;
    }

    private static void waitUntil(long due) throws InterruptedException {
        long ahead = due - System.nanoTime();
        if (ahead > 0) {
            TimeUnit.NANOSECONDS.sleep(ahead);
        }
    }

    private static void report(Sent high, Sent half, CpuShare cpu) {
        System.out.printf(
                "half of it: %.0f objects/s wanted, %.0f sent; C-STORE p50 %.1f ms, p99 %.1f ms%n",
                half.wanted(), half.rate(), percentile(half.storeMs(), 50), percentile(half.storeMs(), 99));
        System.out.println(cpu);
        System.out.printf("%-14s %8s %10s %10s %10s%n", "found by", "samples", "p50 ms", "p99 ms", "worst ms");
        half.foundMs()
                .forEach((way, ms) -> System.out.printf(
                        "%-14s %8d %10.0f %10.0f %10.0f%n",
                        name(way), ms.size(), percentile(ms, 50), percentile(ms, 99), percentile(ms, 100)));
        boolean onSchedule = half.rate() > half.wanted() * 0.97;
        System.out.printf("RESULT ingest_highest=%.0f objects/s goal=- met=-%n", high.rate());
        System.out.printf(
                "RESULT ingest_half=%.0f objects/s goal=%.0f met=%s%n",
                half.rate(), half.wanted(), onSchedule ? "yes" : "no");
        half.foundMs().forEach((way, ms) -> {
            double p99 = percentile(ms, 99);
            System.out.printf(
                    "RESULT found_%s_p99=%.0f ms goal=%d met=%s%n",
                    name(way), p99, GOAL_MS, onSchedule && p99 <= GOAL_MS ? "yes" : "no");
        });
    }

    private static String name(Way way) {
        return way.name().toLowerCase(java.util.Locale.ROOT);
    }

    /** Nearest rank. */
    private static double percentile(List<Double> values, int percent) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.isEmpty()
                ? Double.NaN
                : sorted.get(Math.max(0, (int) Math.ceil(sorted.size() * percent / 100.0) - 1));
    }
}
