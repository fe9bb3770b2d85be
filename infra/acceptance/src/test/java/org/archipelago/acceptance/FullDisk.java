package org.archipelago.acceptance;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.archipelago.acceptance.StoreAttempt.Outcome;

/**
 * A small disk that is filled to the end, first by ingest and then by somebody else; for {@code infra/faults/run disk}. Ingest
 * stops at the low-water mark, reads go on, and once there is room so does ingest.
 */
final class FullDisk {
    private static final long RESERVE_BYTES = 16L << 20;
    private static final long LOW_WATER_BYTES = 24L << 20;
    /** Somebody else's, deleted in the end. */
    private static final int ROOM_BYTES = 64 << 20;

    private static final int OBJECT_BYTES = 2_500_000;
    private static final int MOST_OBJECTS = 200;
    private static final int REFUSALS = 5;
    /** The reserve is taken again first, and first looked for 30 s after the start. */
    private static final Duration RECOVERY_LIMIT = Duration.ofSeconds(60);

    private final NodeProcess node;
    private final List<DicomFile> acknowledged = new ArrayList<>();
    private int notRefused;
    private int readsFailed;
    private int lost;
    private int sent;

    private FullDisk(NodeProcess node) {
        this.node = node;
    }

    /** Arguments: a directory whose directory data is the small disk, empty; seed. */
    public static void main(String[] args) throws Exception {
        Path home = Path.of(args[0]);
        try (NodeProcess node = NodeProcess.configured(home, URI.create("http://127.0.0.1:9"))) {
            node.configure("log: { reserveBytes: %d }".formatted(RESERVE_BYTES))
                    .configure("blobs: { lowWaterMarkBytes: %d }".formatted(LOW_WATER_BYTES));
            Path room = node.data().resolve("of-another-program");
            fill(room, ROOM_BYTES);
            node.exec();
            node.awaitReady();
            new FullDisk(node).run(args[1], room);
        }
    }

    private void run(String seed, Path room) throws IOException {
        awaitReserve();
        fillByIngest(seed);
        long freeAtStop = free();
        requireRefused(seed, "low-water mark");
        readsFailed += unreadable();
        Path rest = node.data().resolve("rest-of-another-program");
        fill(rest, Integer.MAX_VALUE);
        requireRefused(seed, "no byte left");
        for (int round = 0; round < 3; round++) {
            readsFailed += unreadable();
        }
        Files.delete(rest);
        Files.delete(room);
        long recoveredMs = millisToRecovery(seed);
        node.kill();
        node.exec();
        node.awaitReady();
        lost = unreadable();
        System.out.printf(
                "%d objects on a disk of its own; %d MiB were free when ingest stopped; %d ms from room to the next success%n",
                acknowledged.size(), freeAtStop >> 20, recoveredMs);
        System.out.println("disk_full_not_refused " + notRefused);
        System.out.println("disk_full_reads_failed " + readsFailed);
        System.out.println("disk_full_lost " + lost);
        System.out.println("disk_full_not_recovered " + (recoveredMs < 0 ? 1 : 0));
    }

    private void awaitReserve() {
        long deadline = System.nanoTime() + RECOVERY_LIMIT.toNanos();
        while (size(node.data().resolve("log-reserve")) < RESERVE_BYTES) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("no reserve within " + RECOVERY_LIMIT + "\n" + node.log());
            }
            pause();
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0;
        }
    }

    private long free() throws IOException {
        return Files.getFileStore(node.data()).getUsableSpace();
    }

    private StoreAttempt attempt(String seed) {
        StoreAttempt attempt = StoreAttempt.store(node, Samples.large("full" + seed + sent++, OBJECT_BYTES));
        if (attempt.isAcknowledged()) {
            acknowledged.add(attempt.object());
        }
        return attempt;
    }

    private void fillByIngest(String seed) {
        while (attempt(seed).isAcknowledged()) {
            if (sent > MOST_OBJECTS) {
                throw new AssertionError("ingest goes on beyond the disk");
            }
        }
    }

    private void requireRefused(String seed, String when) {
        for (int i = 0; i < REFUSALS; i++) {
            StoreAttempt attempt = attempt(seed);
            if (attempt.outcome() != Outcome.REFUSED || !attempt.isRefusedAsIsProper(true)) {
                notRefused++;
                System.err.println("NOT REFUSED with A700H at " + when + ": " + attempt);
            }
        }
    }

    /** How many of the acknowledged do not come back as they were sent. */
    private int unreadable() {
        int failed = 0;
        for (DicomFile object : acknowledged) {
            try {
                List<DicomFile> back = new DicomWeb(node).retrieve("/studies/" + object.studyInstance());
                if (back.size() != 1 || !back.getFirst().sha256().equals(object.sha256())) {
                    failed++;
                }
            } catch (AssertionError | java.io.UncheckedIOException e) {
                failed++;
                System.err.println(
                        String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
            }
        }
        return failed;
    }

    private long millisToRecovery(String seed) {
        long began = System.nanoTime();
        while (!attempt(seed).isAcknowledged()) {
            if (System.nanoTime() - began > RECOVERY_LIMIT.toNanos()) {
                return -1;
            }
            pause();
        }
        return (System.nanoTime() - began) / 1_000_000;
    }

    /** With bytes until there are so many, or no room is left. */
    private static void fill(Path file, int bytes) throws IOException {
        byte[] chunk = new byte[1 << 16];
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int left = bytes; left > 0; left -= chunk.length) {
                out.write(chunk, 0, Math.min(left, chunk.length));
            }
        } catch (IOException e) {
            if (bytes != Integer.MAX_VALUE) {
                throw e;
            }
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(200);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
