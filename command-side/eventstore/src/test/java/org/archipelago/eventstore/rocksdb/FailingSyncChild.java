package org.archipelago.eventstore.rocksdb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.eventstore.LogListener;
import org.archipelago.eventstore.Records;
import org.archipelago.eventstore.VerificationListener;

/** Runs on a disk whose syncs fail while a file is there, and says what it saw. */
final class FailingSyncChild {
    private static final CountDownLatch STOPPED = new CountDownLatch(1);
    private static final CountDownLatch REOPENED = new CountDownLatch(1);
    private static final CountDownLatch FATAL = new CountDownLatch(1);
    private static final CountDownLatch SEEN = new CountDownLatch(1);
    private static final CountDownLatch CLOSED = new CountDownLatch(1);
    private static final AtomicReference<RocksEventLog> LOG = new AtomicReference<>();
    private static final AtomicInteger COMMITS = new AtomicInteger();

    private FailingSyncChild() {}

    public static void main(String[] arguments) throws Exception {
        Path place = Path.of(arguments[0]);
        Path failing = Path.of(arguments[1]);
        boolean heals = Boolean.parseBoolean(arguments[2]);
        LogListener listener = new LogListener() {
            @Override
            public void committed(int appends, int records, long bytes, long nanos) {
                COMMITS.incrementAndGet();
            }

            @Override
            public void stopped(Throwable cause) {
                STOPPED.countDown();
                if (heals) {
                    delete(failing);
                }
            }

            @Override
            public void reopened(int attempt) {
                REOPENED.countDown();
            }
        };
        RocksEventLogOptions options = new RocksEventLogOptions(
                3, Duration.ofMillis(20), 1000, 1000, listener, FailingSyncChild::closeAsANodeDoes);
        Records records = new Records();
        RocksEventLog log = RocksEventLog.create(place, Records.SITE, new Incarnation(UUID.randomUUID()), options);
        LOG.set(log);
        int acknowledged = 0;
        for (int i = 0; i < 10; i++) {
            log.append(List.of(records.pending("a", i, "acknowledged " + i))).join();
            acknowledged++;
        }
        System.out.println("acknowledged " + acknowledged);
        Files.createFile(failing);
        System.out.println("failing append " + outcome(log, records, "a", 10));
        STOPPED.await(10, TimeUnit.SECONDS);
        if (heals) {
            System.out.println("reopened " + REOPENED.await(20, TimeUnit.SECONDS));
            System.out.println("sound "
                    + log.verify(records.contents(), VerificationListener.SILENT)
                            .sound());
            System.out.println("head " + log.head());
            System.out.println("commits " + COMMITS.get());
            System.out.println("next append " + outcome(log, records, "b", 0));
        } else {
            System.out.println("fatal " + FATAL.await(20, TimeUnit.SECONDS));
            System.out.println("append " + outcome(log, records, "b", 0));
            System.out.println("read " + readOutcome(log));
            System.out.println("commits " + COMMITS.get());
            SEEN.countDown();
            System.out.println("closed " + CLOSED.await(20, TimeUnit.SECONDS));
        }
        System.out.println("end");
        Runtime.getRuntime().halt(0);
    }

    private static void closeAsANodeDoes() {
        FATAL.countDown();
        try {
            SEEN.await();
            LOG.get().close();
            CLOSED.countDown();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String outcome(RocksEventLog log, Records records, String stream, long revision) {
        try {
            log.append(List.of(records.pending(stream, revision, "later")))
                    .orTimeout(20, TimeUnit.SECONDS)
                    .join();
            return "succeeded";
        } catch (CompletionException e) {
            return e.getCause() instanceof ArchiveException refusal
                    ? refusal.error().name()
                    : e.toString();
        }
    }

    private static String readOutcome(RocksEventLog log) {
        try {
            return "served " + log.read(new LocalPosition(0), 10).size();
        } catch (ArchiveException e) {
            return e.error() == ArchiveError.LOG_UNAVAILABLE ? "LOG_UNAVAILABLE" : e.toString();
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
