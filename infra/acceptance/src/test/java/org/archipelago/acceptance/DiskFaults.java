package org.archipelago.acceptance;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.archipelago.acceptance.DiskControl.Fault;
import org.archipelago.acceptance.StoreAttempt.Outcome;

/**
 * A disk that fails at the N-th call of an ingest, for every N, in every way; for {@code infra/faults/run disk}. Each trial
 * sends a few objects of all kinds, ends the fault, and looks whether what was acknowledged is there, then and after the next
 * start, whether the rest was refused properly, and whether the node serves again by itself. Then the same at the N-th call of
 * a start after a kill: the node comes up, or ends and says so, and the next start has everything.
 */
final class DiskFaults {
    private static final int LARGE_BYTES = 2_200_000;
    /** Of the log: its reopenings and their pauses; of blobs: a second between attempts. */
    private static final Duration RESUME_LIMIT = Duration.ofSeconds(20);

    /** Above the log's five reopenings and their pauses, after which the process gives up. */
    private static final Duration OUTLASTING = Duration.ofSeconds(12);

    private static final int GAVE_UP = 70;
    private static final int CREATING = DiskControl.OPEN | DiskControl.RENAME | DiskControl.ALLOCATE;

    /** A way of failing. */
    private enum Way {
        FULL(new Fault(CREATING | DiskControl.WRITE, DiskControl.ENOSPC, false, false)),
        BROKEN(new Fault(
                CREATING | DiskControl.WRITE | DiskControl.TRUNCATE | DiskControl.RANGE,
                DiskControl.EIO,
                false,
                false)),
        SYNC_FAILS(new Fault(DiskControl.SYNC, DiskControl.EIO, false, true)),
        SYNC_IS_FULL(new Fault(DiskControl.SYNC, DiskControl.ENOSPC, false, true)),
        /** No error at all: whoever writes has to go on. */
        SHORT(new Fault(DiskControl.WRITE, DiskControl.NO_ERROR, true, false)),
        /** As it is when the disk fills up in the middle of a write. */
        SHORT_THEN_FULL(new Fault(DiskControl.WRITE, DiskControl.ENOSPC, true, false));

        private final Fault fault;

        Way(Fault fault) {
            this.fault = fault;
        }

        boolean isFull() {
            return fault.error() == DiskControl.ENOSPC;
        }

        boolean isOfOneCall() {
            return this == SHORT;
        }
    }

    private final NodeProcess node;
    private final DiskControl disk;
    private final Path found;
    private final Map<String, DicomFile> acknowledged = new HashMap<>();
    private int startsRefused;
    private int tried;
    private int falseSuccesses;
    private int notResumed;
    private int wrongStatus;
    private int hangs;
    private int gaveUp;

    private DiskFaults(NodeProcess node, DiskControl disk, Path found) {
        this.node = node;
        this.disk = disk;
        this.found = found;
    }

    /** Arguments: an empty directory, disk.c compiled, seed, of how many calls one is tried, file for what was found. */
    public static void main(String[] args) throws Exception {
        Path home = Path.of(args[0]);
        long seed = Long.parseLong(args[2]);
        int every = Integer.parseInt(args[3]);
        Path aotCache = home.resolve("node.aot");
        NodeProcess.rehearse(aotCache);
        try (NodeProcess node = NodeProcess.configured(home, URI.create("http://127.0.0.1:9"))) {
            DiskControl disk = new DiskControl(Path.of(args[1]), home.resolve("control"));
            disk.standBefore(node);
            node.useAotCache(aotCache);
            node.exec();
            node.awaitReady();
            DiskFaults faults = new DiskFaults(node, disk, Path.of(args[4]));
            faults.sweep(seed, every);
            faults.results();
        }
    }

    private void sweep(long seed, int every) throws IOException {
        Map<Way, Long> calls = new HashMap<>();
        for (Way way : Way.values()) {
            calls.put(way, callsOf(way, seed));
            for (boolean lasting : way.isOfOneCall() ? List.of(false) : List.of(false, true)) {
                for (long call = 1 + Math.floorMod(seed, every); call <= calls.get(way); call += every) {
                    trial(way, lasting, call, seed);
                }
            }
        }
        report("calls of one ingest: " + calls);
        for (Way way : Way.values()) {
            long startCalls = callsOfStart(way);
            report("calls of a start, " + way + ": " + startCalls);
            for (boolean lasting : way.isOfOneCall() ? List.of(false) : List.of(false, true)) {
                for (long call = 1 + Math.floorMod(seed, every); call <= startCalls; call += every) {
                    startTrial(way, lasting, call, seed);
                }
            }
        }
        requireAll("at the end");
    }

    /** How many calls of this kind the objects take of a node that has just started. */
    private long callsOf(Way way, long seed) {
        restart(true);
        disk.set(way.fault, 0, 0);
        send("count/" + seed + "/" + way).forEach(this::keep);
        return disk.calls();
    }

    private long callsOfStart(Way way) {
        node.kill();
        disk.set(way.fault, 0, 0);
        node.exec();
        node.awaitReady();
        return disk.calls();
    }

    private void startTrial(Way way, boolean lasting, long call, long seed) {
        String what = "start, %s%s at call %d (seed %d)".formatted(way, lasting ? " from then on" : "", call, seed);
        String kind = way + "/" + lasting + call;
        List<StoreAttempt> attempts =
                send("start" + seed + kind); // so that the log, the keys and a segment have a tail
        attempts.forEach(this::keep);
        resume(attempts, true, "before " + what);
        Map<String, DicomFile> now =
                attempts.stream().map(StoreAttempt::object).collect(Collectors.toMap(DicomFile::sopInstance, o -> o));
        node.kill();
        disk.set(way.fault, call, lasting ? Long.MAX_VALUE : call);
        node.exec();
        OptionalInt exit = awaitReadyOrExit(what);
        if (disk.injected() > 0) {
            tried++;
        }
        String where = what + ", last " + disk.failed();
        disk.end();
        if (exit.isPresent() && exit.getAsInt() == 0) {
            wrongStatus++;
            report("STATUS: ended with 0: " + where);
        }
        startsRefused += exit.isPresent() ? 1 : 0;
        if (!node.isAlive()) {
            try {
                restart(false);
            } catch (AssertionError e) {
                notResumed++;
                throw new AssertionError("does not start any more: " + where, e);
            }
        }
        requireThere(now, where);
    }

    /** What it ended with; empty when it is ready. */
    private OptionalInt awaitReadyOrExit(String what) {
        try {
            node.awaitReady();
            return OptionalInt.empty();
        } catch (AssertionError e) {
            OptionalInt exit = node.exitedWithin(Duration.ZERO);
            if (exit.isEmpty()) {
                hangs++;
                report("HANG: " + what);
                node.kill();
            }
            return exit;
        }
    }

    private void trial(Way way, boolean lasting, long call, long seed) throws IOException {
        String what = "%s%s at call %d (seed %d)".formatted(way, lasting ? " from then on" : "", call, seed);
        long last = lasting ? Long.MAX_VALUE : way == Way.SHORT_THEN_FULL ? call + 1 : call;
        disk.set(way.fault, call, last);
        List<StoreAttempt> attempts = send(seed + "/" + way + lasting + call);
        long injected = disk.injected();
        String where = disk.failed();
        if (lasting && (way == Way.SYNC_FAILS || where.contains("/data/log/"))) {
            node.exitedWithin(OUTLASTING);
        }
        disk.end();
        if (injected > 0) {
            tried++;
        }
        attempts.forEach(this::keep);
        attempts.forEach(attempt -> judge(attempt, way, lasting, what + ", last " + where));
        resume(attempts, lasting, what + ", last " + where);
        Map<String, DicomFile> now = attempts.stream()
                .map(StoreAttempt::object)
                .filter(object -> acknowledged.containsKey(object.sopInstance()))
                .collect(Collectors.toMap(DicomFile::sopInstance, object -> object));
        requireThere(now, what + ", last " + where + ", before the next start");
        if (injected > 0) {
            restart(call % 2 == 0);
            requireThere(now, what + ", last " + where);
        }
    }

    /** Two small ones of a study one by one, a large one, two studies by STOW-RS, and one study more. */
    private List<StoreAttempt> send(String seed) {
        List<DicomFile> small = Samples.many("disk" + seed, 4);
        DicomFile other = Samples.many("disk other" + seed, 1).getFirst();
        List<StoreAttempt> attempts = new ArrayList<>();
        attempts.add(StoreAttempt.store(node, small.get(0)));
        attempts.add(StoreAttempt.store(node, small.get(1)));
        attempts.add(StoreAttempt.store(node, Samples.large("disk" + seed, LARGE_BYTES)));
        attempts.addAll(StoreAttempt.stow(node, small.subList(2, 4)));
        attempts.add(StoreAttempt.store(node, other));
        return attempts;
    }

    private void keep(StoreAttempt attempt) {
        if (attempt.isAcknowledged()) {
            acknowledged.put(attempt.object().sopInstance(), attempt.object());
        }
    }

    private void judge(StoreAttempt attempt, Way way, boolean lasting, String what) {
        switch (attempt.outcome()) {
            case ACKNOWLEDGED -> {}
            case HUNG -> {
                hangs++;
                report("HANG: " + what + ": " + attempt);
            }
            case REFUSED -> {
                if (!attempt.isRefusedAsIsProper(way.isFull())) {
                    wrongStatus++;
                    report("STATUS: " + what + ": " + attempt);
                }
            }
            case GONE -> {
                // A log that cannot be reopened ends the process; nothing else may break a connection.
                OptionalInt exit = node.exitedWithin(Duration.ofSeconds(70));
                if (!lasting || exit.isEmpty() || exit.getAsInt() != GAVE_UP) {
                    wrongStatus++;
                    report("GONE: " + what + ": " + attempt + ", exit " + exit);
                }
            }
        }
    }

    /** The disk works again: what was refused is sent again until it is taken. */
    private void resume(List<StoreAttempt> attempts, boolean lasting, String what) {
        if (exited()) {
            resumeByExit(lasting, what);
        }
        long began = System.nanoTime();
        for (StoreAttempt attempt : attempts) {
            StoreAttempt again = attempt;
            while (!again.isAcknowledged()) {
                if (exited()) {
                    resumeByExit(lasting, what);
                } else if (System.nanoTime() - began > RESUME_LIMIT.toNanos()) {
                    notResumed++;
                    report("NOT RESUMED: " + what + ": " + again);
                    restart(false);
                    began = System.nanoTime();
                }
                again = StoreAttempt.store(node, attempt.object());
                if (again.outcome() == Outcome.HUNG) {
                    hangs++;
                    report("HANG after the fault: " + what + ": " + again);
                }
                pause();
            }
            keep(again);
        }
    }

    private boolean exited() {
        return !node.isAlive();
    }

    /** After a fault that lasted the node may still be on its way out when the disk works again. */
    private void resumeByExit(boolean lasting, String what) {
        OptionalInt exit = node.exitedWithin(Duration.ZERO);
        if (!lasting || exit.orElse(0) != GAVE_UP) {
            notResumed++;
            report("ENDED with " + exit + ": " + what);
        }
        gaveUp++;
        restart(false);
    }

    private void restart(boolean gently) {
        if (node.isAlive()) {
            if (gently) {
                node.stop();
            } else {
                node.kill();
            }
        }
        node.exec();
        node.awaitReady();
    }

    private void requireAll(String when) {
        requireThere(acknowledged, when);
    }

    private void requireThere(Map<String, DicomFile> expected, String when) {
        Map<String, List<DicomFile>> studies =
                expected.values().stream().collect(Collectors.groupingBy(DicomFile::studyInstance));
        studies.forEach((study, objects) -> {
            Map<String, String> back = retrieved(study);
            objects.forEach(object -> {
                if (!object.sha256().equals(back.get(object.sopInstance()))) {
                    falseSuccesses++;
                    report("FALSE SUCCESS: " + when + ": " + object.sopInstance() + " comes back as "
                            + back.get(object.sopInstance()));
                }
            });
        });
    }

    private Map<String, String> retrieved(String study) {
        try {
            return new DicomWeb(node)
                    .retrieve("/studies/" + study).stream()
                            .collect(Collectors.toMap(DicomFile::sopInstance, DicomFile::sha256));
        } catch (AssertionError | java.io.UncheckedIOException e) {
            report(String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
            return Map.of();
        }
    }

    private void report(String line) {
        System.err.println(line);
        try {
            Files.writeString(found, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void results() {
        System.out.printf(
                "%d objects acknowledged; after %d faults the process gave up and was started again; %d starts ended with a fault%n",
                acknowledged.size(), gaveUp, startsRefused);
        Map<String, Integer> counts = Map.of(
                "false_successes", falseSuccesses,
                "not_resumed", notResumed,
                "wrong_status", wrongStatus,
                "hangs", hangs);
        System.out.printf("disk_faults_tried %d%n", tried);
        counts.entrySet().stream()
                .sorted(Map.Entry.comparingByKey(Comparator.naturalOrder()))
                .forEach(count -> System.out.printf("disk_%s %d%n", count.getKey(), count.getValue()));
    }
}
