package org.archipelago.federation.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.LogListener;
import org.archipelago.eventstore.PendingRecord;
import org.archipelago.eventstore.rocksdb.RocksEventLog;
import org.archipelago.eventstore.rocksdb.RocksEventLogOptions;
import org.archipelago.federation.TestLog;
import org.archipelago.federation.checkpoint.Checkpoints;
import org.archipelago.federation.checkpoint.SignedCheckpoint;
import org.archipelago.federation.identity.SiteIdentity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes with real logs and threads, in one process. */
class ReplicationTest {
    @TempDir
    Path temp;

    private final List<Node> nodes = new ArrayList<>();

    private static final class Node implements AutoCloseable {
        final SiteIdentity identity;
        final RocksEventLog log;
        final Checkpoints checkpoints;
        final RefusalJournal refusals;
        final Map<SiteId, Replica> replicas = new LinkedHashMap<>();
        final LogLinkService service;

        Node(Path directory, int number) throws IOException {
            SiteId site = new SiteId(new UUID(number, number));
            identity = SiteIdentity.create(directory.resolve("keys"), site, new SecureRandom());
            log = RocksEventLog.create(
                    directory.resolve("log"),
                    site,
                    new Incarnation(UUID.randomUUID()),
                    RocksEventLogOptions.standard(LogListener.NONE, () -> {}));
            checkpoints = Checkpoints.open(directory.resolve("own"), log, identity, Duration.ofMillis(20));
            refusals = new RefusalJournal(directory.resolve("refusals"), Clock.systemUTC());
            service = new LogLinkService(log, checkpoints, () -> replicas, LogLinkService.BodyPolicy.ALL);
            checkpoints.start();
        }

        void know(Path directory, Node other) throws IOException {
            Replica replica = Replica.open(
                    directory.resolve("replica-" + other.identity.site()),
                    log,
                    other.identity.verifierKey(),
                    new Replica.Witness(
                            identity.signer(), () -> List.of(other.identity.cosignerKey()), Clock.systemUTC()),
                    refusals);
            replicas.put(replica.origin(), replica);
        }

        void write(int records) {
            StreamId stream = new StreamId(identity.site() + "/study/" + UUID.randomUUID());
            for (int i = 0; i < records; i++) {
                log.append(List.of(new PendingRecord(TestLog.record(stream, i), List.of())))
                        .join();
            }
        }

        @Override
        public void close() {
            checkpoints.close();
            replicas.values().forEach(Replica::close);
            log.close();
        }
    }

    @BeforeEach
    void open() throws IOException {
        for (int i = 0; i < 3; i++) {
            nodes.add(new Node(temp.resolve("site-" + i), i + 1));
        }
        for (int i = 0; i < 3; i++) {
            for (Node other : nodes) {
                if (other != nodes.get(i)) {
                    nodes.get(i).know(temp.resolve("site-" + i), other);
                }
            }
        }
    }

    @AfterEach
    void close() {
        nodes.forEach(Node::close);
    }

    private Replication replication(int node, int... peers) {
        List<ScriptedLink> links = new ArrayList<>();
        for (int peer : peers) {
            links.add(new ScriptedLink(nodes.get(peer).service, nodes.get(peer).identity.site()));
        }
        Replication replication = new Replication(() -> nodes.get(node).replicas, links);
        replication.start();
        return replication;
    }

    private void assertSame(int here, int origin) {
        SiteId site = nodes.get(origin).identity.site();
        assertThat(nodes.get(here).replicas.get(site).complete().map(SignedCheckpoint::checkpoint))
                .isPresent()
                .isEqualTo(nodes.get(origin).checkpoints.latest().map(SignedCheckpoint::checkpoint));
        assertThat(nodes.get(here).log.originHead(site)).isEqualTo(nodes.get(origin).log.originHead(site));
    }

    @Test
    void whatIsWrittenAnywhere_comesEverywhereAlsoWithoutALinkToItsOrigin() {
        nodes.getFirst().write(50);
        // The first and the last never meet.
        try (Replication first = replication(0, 1);
                Replication middle = replication(1, 0, 2);
                Replication last = replication(2, 1)) {
            nodes.get(1).write(30);
            nodes.get(2).write(20);
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                for (int here = 0; here < 3; here++) {
                    for (int origin = 0; origin < 3; origin++) {
                        if (here != origin) {
                            assertSame(here, origin);
                        }
                    }
                }
            });
            assertThat(List.of(first, middle, last)).hasSize(3);
        }
        nodes.forEach(node -> assertThat(node.refusals.count()).isZero());
    }

    @Test
    void recordThatIsWrittenWhileAPeerWaits_comesToIt() {
        nodes.getFirst().write(1);
        try (Replication replication = replication(1, 0)) {
            await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertSame(1, 0));
            nodes.getFirst().write(1);
            await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertSame(1, 0));
            assertThat(replication).isNotNull();
        }
    }
}
