package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Sends small objects one by one on one association, 10 a second, as a modality does; the first refusal ends it. */
final class SteadySender implements AutoCloseable {
    private static final long INTERVAL_MS = 100;
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);

    private final List<DicomFile> objects;
    private final List<DicomFile> acknowledged = new CopyOnWriteArrayList<>();
    private final RawStoreScu scu;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final ScheduledFuture<?> sending;

    private SteadySender(NodeProcess node, List<DicomFile> objects) throws IOException {
        this.objects = objects;
        this.scu = new RawStoreScu(node.dicomPort(), "SENDER", NodeProcess.TITLE, objects);
        this.sending = clock.scheduleAtFixedRate(this::sendNext, 0, INTERVAL_MS, TimeUnit.MILLISECONDS);
    }

    /** @param most objects that it sends; then it waits */
    static SteadySender to(NodeProcess node, String seed, int most) throws IOException {
        return new SteadySender(node, Samples.many(seed, most));
    }

    List<DicomFile> acknowledged() {
        return acknowledged;
    }

    /** Until so many more objects are acknowledged. */
    void awaitMore(int count) {
        int wanted = acknowledged.size() + count;
        assertThat(wanted).as("objects to send").isLessThanOrEqualTo(objects.size());
        await().atMost(LONGEST_WAIT).until(() -> sending.isDone() || acknowledged.size() >= wanted);
        if (sending.isDone()) {
            throw new AssertionError("ingest stopped", failure());
        }
    }

    /** Stops, when the object on its way is answered. @return what was acknowledged */
    List<DicomFile> end() throws InterruptedException {
        sending.cancel(false);
        clock.shutdown();
        assertThat(clock.awaitTermination(LONGEST_WAIT.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        return List.copyOf(acknowledged);
    }

    @Override
    public void close() throws IOException {
        clock.shutdownNow();
        scu.close();
    }

    private void sendNext() {
        if (acknowledged.size() == objects.size()) {
            return;
        }
        DicomFile object = objects.get(acknowledged.size());
        try {
            RawStoreScu.Response response = scu.store(object);
            if (response.status() != 0) {
                throw new AssertionError("refused with " + response.hex() + " " + response.comment());
            }
            acknowledged.add(object);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private Throwable failure() {
        try {
            sending.get();
            return new AssertionError("it ended by itself");
        } catch (ExecutionException e) {
            return e.getCause();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return e;
        }
    }
}
