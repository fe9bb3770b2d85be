package org.archipelago.federation.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.federation.TestLog;
import org.archipelago.federation.identity.SiteIdentity;

/** By hand: what following a log and signing it cost. Arguments: a directory, and how many records. */
final class CheckpointCost {
    private static final int SIGNED = 1_000;

    private CheckpointCost() {}

    public static void main(String[] arguments) throws IOException {
        Path place = Files.createTempDirectory(Path.of(arguments[0]), "checkpoints");
        int records = Integer.parseInt(arguments[1]);
        SiteIdentity identity = SiteIdentity.create(place.resolve("identity"), TestLog.SITE, new SecureRandom());
        try (TestLog log = TestLog.create(place.resolve("log"))) {
            long started = System.nanoTime();
            log.append(records);
            report("append, 512 at once", records, started);
            read(log, records);
            read(log, records);
            try (Checkpoints checkpoints =
                    Checkpoints.open(place.resolve("first"), log.log, identity, Duration.ofSeconds(1))) {
                started = System.nanoTime();
                checkpoints.advance();
                report("follow, cold", records, started);
            }
            try (Checkpoints checkpoints =
                    Checkpoints.open(place.resolve("second"), log.log, identity, Duration.ofSeconds(1))) {
                started = System.nanoTime();
                checkpoints.advance();
                report("follow, warm", records, started);
                started = System.nanoTime();
                checkpoints.recompute();
                report("recompute", records, started);
                sign(log, checkpoints);
            }
        }
    }

    private static void read(TestLog log, int records) {
        long started = System.nanoTime();
        for (long next = 0; next < records; ) {
            for (StoredRecord record : new ArrayList<>(log.log.read(new LocalPosition(next), 256))) {
                next = record.local().value() + 1;
            }
        }
        report("read the log only", records, started);
    }

    private static void sign(TestLog log, Checkpoints checkpoints) {
        long[] nanos = new long[SIGNED];
        for (int i = 0; i < SIGNED; i++) {
            log.append(1);
            long started = System.nanoTime();
            checkpoints.advance();
            nanos[i] = System.nanoTime() - started;
        }
        Arrays.sort(nanos);
        System.out.printf(
                "one checkpoint: p50 %.0f us, p99 %.0f us%n", nanos[SIGNED / 2] / 1e3, nanos[SIGNED * 99 / 100] / 1e3);
    }

    private static void report(String what, int records, long started) {
        double seconds = (System.nanoTime() - started) / 1e9;
        System.out.printf("%s: %,.0f records/s, %.2f us each%n", what, records / seconds, 1e6 * seconds / records);
    }
}
