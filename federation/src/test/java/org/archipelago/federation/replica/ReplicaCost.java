package org.archipelago.federation.replica;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.LogListener;
import org.archipelago.eventstore.RecordCursor;
import org.archipelago.eventstore.rocksdb.RocksEventLog;
import org.archipelago.eventstore.rocksdb.RocksEventLogOptions;
import org.archipelago.federation.TestLog;
import org.archipelago.federation.checkpoint.Checkpoints;
import org.archipelago.federation.identity.SiteIdentity;

/** What it costs to take in a log, beside reading it: {@code ReplicaCost DIRECTORY RECORDS}. By hand, on an idle machine. */
public final class ReplicaCost {
    private ReplicaCost() {}

    public static void main(String[] arguments) throws IOException {
        Path directory = Files.createTempDirectory(Path.of(arguments[0]), "replica");
        int records = Integer.parseInt(arguments[1]);
        SecureRandom random = new SecureRandom();
        SiteId here = new SiteId(UUID.randomUUID());
        SiteIdentity originIdentity = SiteIdentity.create(directory.resolve("origin-keys"), TestLog.SITE, random);
        SiteIdentity identity = SiteIdentity.create(directory.resolve("keys"), here, random);
        try (TestLog origin = TestLog.create(directory.resolve("origin"));
                RocksEventLog log = RocksEventLog.create(
                        directory.resolve("log"),
                        here,
                        new Incarnation(UUID.randomUUID()),
                        RocksEventLogOptions.standard(LogListener.NONE, () -> {}))) {
            for (int written = 0; written < records; written += 500) {
                origin.append(500);
            }
            try (Checkpoints checkpoints = Checkpoints.open(
                            directory.resolve("own"), origin.log, originIdentity, Duration.ofSeconds(1));
                    Replica replica = Replica.open(
                            directory.resolve("replica"),
                            log,
                            originIdentity.verifierKey(),
                            new Replica.Witness(identity.signer(), List::of, Clock.systemUTC()),
                            new RefusalJournal(directory.resolve("refusals"), Clock.systemUTC()))) {
                checkpoints.advance();
                ScriptedLink link = new ScriptedLink(
                        new LogLinkService(origin.log, checkpoints, Map::of, LogLinkService.BodyPolicy.ALL));
                long started = System.nanoTime();
                while (replica.pull(link, Duration.ZERO)) {}
                print("taken in", replica.size(), started);
                started = System.nanoTime();
                print("read", read(origin.log), started);
            }
        }
    }

    private static long read(EventLog log) {
        RecordCursor cursor = new RecordCursor(log, EventLog.BEFORE_FIRST);
        long read = 0;
        while (cursor.next().isPresent()) {
            read++;
        }
        return read;
    }

    private static void print(String what, long records, long startedNanos) {
        double seconds = (System.nanoTime() - startedNanos) / 1e9;
        System.out.printf("%s %d records in %.2f s, %.0f/s%n", what, records, seconds, records / seconds);
    }
}
