package org.archipelago.node;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.archipelago.contract.ArchiveException;
import org.archipelago.node.cli.Progress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Long work of a running node, one of each kind at a time, whose progress is asked for. Ended ones are remembered until
 * the node stops, the latest {@value #MAX_REMEMBERED}. Thread-safe.
 */
final class Jobs implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Jobs.class);
    private static final int MAX_REMEMBERED = 100;
    private static final Duration ENDING = Duration.ofSeconds(60);

    private final Clock clock;
    private final Map<String, Job> jobs = new LinkedHashMap<>(16, 0.75f, false) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Job> eldest) {
            return size() > MAX_REMEMBERED && eldest.getValue().state() != State.RUNNING;
        }
    };
    private boolean closed;

    Jobs(Clock clock) {
        this.clock = clock;
    }

    /** How a job is. */
    enum State {
        RUNNING,
        DONE,
        FAILED,
        CANCELLED
    }

    /** What a job does, telling how far it is; its result becomes JSON. Progress throws when the job is to end. */
    interface Work {
        Object run(Progress progress) throws Exception;
    }

    /**
     * What is known of a job.
     *
     * @param total below zero while unknown
     * @param result once it is DONE
     * @param failure once it has FAILED
     */
    public record Report(
            String id,
            String kind,
            String state,
            long done,
            long total,
            Instant startedAt,
            double perSecond,
            @Nullable Object result,
            @Nullable String failure) {}

    /** Starts this work, or answers with the job of this kind that is under way. */
    synchronized Report start(String kind, Work work) {
        if (closed) {
            throw new ArchiveException(org.archipelago.contract.ArchiveError.SHUTTING_DOWN, kind);
        }
        for (Job job : jobs.values()) {
            if (job.kind.equals(kind) && job.state() == State.RUNNING) {
                return job.report();
            }
        }
        Job job = new Job(UUID.randomUUID().toString(), kind, clock.instant());
        jobs.put(job.id, job);
        Thread.ofPlatform().daemon().name("job-" + kind).start(() -> job.run(work));
        return job.report();
    }

    synchronized Optional<Report> find(String id) {
        return Optional.ofNullable(jobs.get(id)).map(Job::report);
    }

    synchronized List<Report> list() {
        return jobs.values().stream().map(Job::report).toList();
    }

    /** Ends it at its next step. Whether there is such a job. */
    synchronized boolean cancel(String id) {
        Job job = jobs.get(id);
        if (job != null) {
            job.cancelled = true;
        }
        return job != null;
    }

    /** Nothing of any job runs any more on return: what it reads may be closed. Never interrupts, which would close the files that it reads. */
    @Override
    public void close() {
        List<Job> running;
        synchronized (this) {
            closed = true;
            running = new ArrayList<>(jobs.values());
        }
        running.forEach(job -> job.cancelled = true);
        running.forEach(Job::awaitEnd);
    }

    private static final class Job implements Progress {
        private final String id;
        private final String kind;
        private final Instant startedAt;
        private final long startedNanos = System.nanoTime();
        private final AtomicLong done = new AtomicLong();
        private final CountDownLatch ended = new CountDownLatch(1);
        private volatile long total = -1;
        private volatile boolean cancelled;
        private volatile State state = State.RUNNING;
        private volatile long endedNanos;
        private volatile @Nullable Object result;
        private volatile @Nullable String failure;

        Job(String id, String kind, Instant startedAt) {
            this.id = id;
            this.kind = kind;
            this.startedAt = startedAt;
        }

        private void run(Work work) {
            State how = State.FAILED;
            try {
                result = work.run(this);
                how = State.DONE;
            } catch (CancellationException e) {
                how = State.CANCELLED;
            } catch (ArchiveException e) {
                failure = e.getMessage();
            } catch (Exception e) {
                LOG.error("{} failed", kind, e);
                failure = "It failed unexpectedly; the node's log says why.";
            } finally {
                endedNanos = System.nanoTime();
                state = how;
                ended.countDown();
            }
        }

        State state() {
            return state;
        }

        @Override
        public void total(long items) {
            total = items;
            stopIfCancelled();
        }

        @Override
        public void advance(long items) {
            done.addAndGet(items);
            stopIfCancelled();
        }

        private void stopIfCancelled() {
            if (cancelled) {
                throw new CancellationException(kind);
            }
        }

        Report report() {
            State now = state;
            long nanos = Math.max(1, (now == State.RUNNING ? System.nanoTime() : endedNanos) - startedNanos);
            long count = done.get();
            return new Report(
                    id,
                    kind,
                    now.name().toLowerCase(java.util.Locale.ROOT),
                    count,
                    total,
                    startedAt,
                    count * 1e9 / nanos,
                    result,
                    failure);
        }

        void awaitEnd() {
            try {
                if (!ended.await(ENDING.toSeconds(), TimeUnit.SECONDS)) {
                    LOG.error("{} did not end within {}", kind, ENDING);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
