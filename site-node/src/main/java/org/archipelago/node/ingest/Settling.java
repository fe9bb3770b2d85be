package org.archipelago.node.ingest;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.study.StudyCopyId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Settles a study when nothing has arrived for the quiet time of the AE that sent last. Thread-safe. */
public final class Settling {
    private static final Logger LOG = LoggerFactory.getLogger(Settling.class);

    static final int AT_ONCE = 500;
    /** The log commits what several ask at once together. */
    private static final int THREADS = 16;

    private static final Duration TRY_AGAIN = Duration.ofSeconds(10);

    private final Map<StudyCopyId, Instant> due = new ConcurrentHashMap<>();
    private final Consumer<StudyCopyId> settle;
    private final Clock clock;

    /** @param settle records that the study settled, of several studies at once; does nothing when it has */
    public Settling(Consumer<StudyCopyId> settle, Clock clock) {
        this.settle = settle;
        this.clock = clock;
    }

    public void arrived(StudyCopyId study, Duration quietTime) {
        due.put(study, clock.instant().plus(quietTime));
    }

    /** How many studies wait to settle. */
    public int waiting() {
        return due.size();
    }

    /**
     * Settles what has been due longest, not more than {@link #AT_ONCE}, so that whoever calls this has other things to do as well. A study
     * that cannot be settled now is tried again some seconds later, unless it is refused for good. To be called now and then, by one thread.
     */
    public void settleDue() {
        Instant now = clock.instant();
        List<Map.Entry<StudyCopyId, Instant>> ready = new ArrayList<>();
        due.forEach((study, at) -> {
            if (!at.isAfter(now)) {
                ready.add(Map.entry(study, at));
            }
        });
        if (ready.isEmpty()) {
            return;
        }
        ready.sort(Map.Entry.comparingByValue());
        ThreadFactory threads = Thread.ofVirtual().name("settling").factory();
        try (ExecutorService together = Executors.newFixedThreadPool(THREADS, threads)) {
            ready.stream()
                    .limit(AT_ONCE)
                    .forEach(entry -> together.execute(() -> settle(entry.getKey(), entry.getValue())));
        }
    }

    private void settle(StudyCopyId study, Instant at) {
        try {
            settle.accept(study);
            due.remove(study, at);
        } catch (ArchiveException e) {
            boolean forGood = e.error().retry() == ArchiveError.Retry.USELESS;
            if (forGood) {
                due.remove(study, at);
            } else {
                due.replace(study, at, clock.instant().plus(TRY_AGAIN));
            }
            LOG.warn("a study could not be settled and {}", forGood ? "is given up" : "is tried again", e);
        } catch (RuntimeException e) {
            due.replace(study, at, clock.instant().plus(TRY_AGAIN));
            LOG.warn("a study could not be settled and is tried again", e);
        }
    }
}
