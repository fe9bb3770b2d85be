package org.archipelago.query.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.query.cluster.SearchCluster;
import org.archipelago.query.cluster.SearchClusterSettings;
import org.archipelago.query.testing.MemoryLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Elasticsearch takes connections and never answers. */
class SilentElasticsearchTest {
    private static final Duration AT_ONCE = Duration.ofSeconds(1);

    @Test
    void statusAndSearchAndClosing_doNotWaitForIt(@TempDir Path folder) throws Exception {
        AtomicInteger connections = new AtomicInteger();
        MemoryLog log = new MemoryLog();
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofPlatform().daemon().start(() -> accept(silent, connections));
            URI uri = URI.create("http://127.0.0.1:" + silent.getLocalPort());
            try (SearchCluster cluster = new SearchCluster(SearchClusterSettings.local(uri, "silent"));
                    DeadLetters letters = new DeadLetters(folder.resolve("letters"), Clock.systemUTC())) {
                Projections projections = new Projections(cluster, log, log, letters, "site", Clock.systemUTC());
                projections.start();
                await().until(() -> connections.get() >= 2);
                long start = System.nanoTime();
                assertThat(projections.status()).hasSize(2).allMatch(ProjectionStatus::rebuilding);
                assertThatThrownBy(() -> projections.catalogue(new LocalPosition(-1), AT_ONCE))
                        .isInstanceOfSatisfying(
                                ArchiveException.class,
                                e -> assertThat(e.error()).isEqualTo(ArchiveError.SEARCH_UNAVAILABLE));
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(AT_ONCE);
                start = System.nanoTime();
                projections.close();
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
            }
        }
    }

    private static void accept(ServerSocket silent, AtomicInteger connections) {
        java.util.List<Socket> open = new java.util.ArrayList<>();
        try {
            while (true) {
                open.add(silent.accept());
                connections.incrementAndGet();
            }
        } catch (java.io.IOException e) {
            // the test is over
        }
    }
}
