package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.archipelago.acceptance.KillSenders.Kind;
import org.archipelago.acceptance.KillSenders.Known;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM while objects arrive: who is being served is answered, who is not is told, and nothing acknowledged is lost. */
class ShutdownIT {
    /** 128 and the number of the signal, as a shell says of a process that it ended. */
    private static final int TERMINATED = 143;

    /** The defaults of http.shutdownTimeoutMs and dicom.shutdownTimeoutMs, one after the other. */
    private static final Duration GRACE = Duration.ofSeconds(30);

    private static final Duration SHORT_GRACE = Duration.ofSeconds(2);

    /** Beside the grace: the stop is recorded, log and blobs are closed. */
    private static final Duration CLOSING = Duration.ofSeconds(20);

    private static final int LARGE_BYTES = 1_500_000;
    private static final int SENDERS = 4;

    @TempDir
    Path home;

    private NodeProcess node;

    @BeforeEach
    void configure() {
        node = NodeProcess.configured(home, SharedElasticsearch.get().url());
    }

    @Test
    void objectsInFlight_areAnsweredAndFoundAfterTheRestart() throws Exception {
        DicomFile half = Samples.large("half", LARGE_BYTES);
        try (NodeProcess running = node.start();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            KillSenders senders = new KillSenders(running, "stop");
            List<Future<?>> busy = new ArrayList<>();
            for (int i = 0; i < SENDERS; i++) {
                int number = i;
                busy.add(threads.submit(() -> senders.sendUntilGone(Kind.OWN_STUDY, number)));
            }
            RawStoreScu idle = scu(half);
            RawStoreScu slow = scu(half);
            Half dataset = new Half(half.dataset());
            Future<RawStoreScu.Response> answer = threads.submit(() -> slow.store(half, dataset.stream()));
            dataset.awaitSent();
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> senders.acknowledged().size() >= 5 * SENDERS);

            long began = System.nanoTime();
            running.terminate();
            assertThat(idle.awaitEnding()).isEqualTo(RawAssociation.Ending.ABORTED);
            await().until(() -> !Ports.answers(running.dicomPort()));
            assertThat(answer).as("half of it has not been sent").isNotDone();
            dataset.letGo();
            assertThat(answer.get(60, TimeUnit.SECONDS).hex()).isEqualTo("0000H");
            assertThat(slow.awaitEnding()).isEqualTo(RawAssociation.Ending.ABORTED);
            assertThat(running.awaitEnd(GRACE.plus(CLOSING))).isEqualTo(TERMINATED);
            assertThat(since(began)).as("with all served").isLessThan(GRACE);
            for (Future<?> sender : busy) {
                sender.get(60, TimeUnit.SECONDS);
            }

            assertThat(running.log()).doesNotContain("level=ERROR");
            running.start();
            Map<String, Known> acknowledged = new HashMap<>(senders.acknowledged());
            acknowledged.put(half.sopInstance(), Known.of(half));
            assertAllThere(running, acknowledged);
        }
    }

    @Test
    void objectThatDoesNotEnd_holdsUpTheStopForTheConfiguredTimeOnly() throws Exception {
        node.thatWaitsForAssociations(SHORT_GRACE);
        DicomFile half = Samples.large("endless", LARGE_BYTES);
        try (NodeProcess running = node.start();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            RawStoreScu slow = scu(half);
            Half dataset = new Half(half.dataset());
            Future<RawStoreScu.Response> answer = threads.submit(() -> slow.store(half, dataset.stream()));
            dataset.awaitSent();
            long began = System.nanoTime();
            running.terminate();
            assertThat(slow.awaitEnding()).isEqualTo(RawAssociation.Ending.ABORTED);
            assertThat(since(began)).isGreaterThanOrEqualTo(SHORT_GRACE);
            assertThat(running.awaitEnd(SHORT_GRACE.plus(CLOSING))).isEqualTo(TERMINATED);
            dataset.letGo();
            assertThat(answer).failsWithin(Duration.ofSeconds(60));
        }
    }

    private RawStoreScu scu(DicomFile object) throws IOException {
        return new RawStoreScu(node.dicomPort(), "SENDER", NodeProcess.TITLE, List.of(object));
    }

    private static Duration since(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos);
    }

    /** A data set of which the second half is held back. */
    private static final class Half {
        private final byte[] dataset;
        private final CountDownLatch sent = new CountDownLatch(1);
        private final CountDownLatch held = new CountDownLatch(1);

        Half(byte[] dataset) {
            this.dataset = dataset;
        }

        InputStream stream() {
            int middle = dataset.length / 2;
            InputStream second = new ByteArrayInputStream(dataset, middle, dataset.length - middle) {
                @Override
                public synchronized int read(byte[] bytes, int offset, int length) {
                    sent.countDown();
                    await(held);
                    return super.read(bytes, offset, length);
                }
            };
            return new SequenceInputStream(new ByteArrayInputStream(dataset, 0, middle), second);
        }

        /** Until all of the first half but what a PDU still lacks is with the node. */
        void awaitSent() {
            await(sent);
        }

        void letGo() {
            held.countDown();
        }

        private static void await(CountDownLatch latch) {
            try {
                assertThat(latch.await(120, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
    }

    private static void assertAllThere(NodeProcess running, Map<String, Known> acknowledged) {
        acknowledged.values().stream()
                .map(Known::study)
                .distinct()
                .forEach(study -> assertThat(new DicomWeb(running)
                                .retrieve("/studies/" + study).stream()
                                        .collect(Collectors.toMap(DicomFile::sopInstance, DicomFile::sha256)))
                        .containsAllEntriesOf(acknowledged.entrySet().stream()
                                .filter(known -> known.getValue().study().equals(study))
                                .collect(Collectors.toMap(
                                        Map.Entry::getKey,
                                        known -> known.getValue().sha256()))));
    }
}
