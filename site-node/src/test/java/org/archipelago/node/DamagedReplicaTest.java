package org.archipelago.node;

import static org.archipelago.node.NetworkOfNodes.SOON;
import static org.archipelago.node.NetworkOfNodes.store;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.node.cli.NodeAddress;
import org.archipelago.node.dicom.phantom.Phantoms;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/** Whole nodes on loopback, one of which has a damaged record of the other's. */
class DamagedReplicaTest {
    @TempDir
    Path folder;

    private NetworkOfNodes network;

    @BeforeEach
    void prepare() {
        network = new NetworkOfNodes(folder);
    }

    @AfterEach
    void stop() {
        network.close();
    }

    @Test
    void siteWithADamagedRecordOfAnother_startsAndSaysSo_andFollowsTheRest() throws Exception {
        NodeAddress north = network.node("north", "copies: { wanted: 1 }");
        NodeAddress harbor = network.node("harbor", "copies: { wanted: 1 }");
        network.introduce(north, harbor);
        store(
                north,
                new Phantoms(1, LocalDate.of(2026, 1, 15))
                        .headCt(1, 2)
                        .objects()
                        .get()
                        .toList());
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(network.fact(harbor, "peer north"))
                        .isEqualTo("answers, " + network.fact(north, "recordsSigned") + " records here, 0 behind"));
        long at = 3;
        long local = network.running(harbor)
                .archive()
                .log()
                .atOrigin(network.site(north), new OriginPosition(at))
                .orElseThrow()
                .local()
                .value();
        network.stop(harbor);
        damage(harbor.data().resolve("log"), local);
        Path tree = harbor.data()
                .resolve("replicas")
                .resolve(network.site(north).toString())
                .resolve("tree");
        try (Stream<Path> paths = Files.walk(tree)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }

        network.start(harbor);
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(network.fact(harbor, "peer north")).contains("damaged at " + at));
        NodeAddress valley = network.node("valley", "copies: { wanted: 1 }");
        network.introduce(harbor, valley);
        store(
                valley,
                new Phantoms(2, LocalDate.of(2026, 1, 15))
                        .headCt(2, 1)
                        .objects()
                        .get()
                        .toList());
        store(
                harbor,
                new Phantoms(3, LocalDate.of(2026, 1, 15))
                        .headCt(3, 1)
                        .objects()
                        .get()
                        .toList());
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(network.fact(harbor, "signing")).isEqualTo("yes");
            assertThat(network.fact(harbor, "peer valley"))
                    .isEqualTo("answers, " + network.fact(valley, "recordsSigned") + " records here, 0 behind");
        });
    }

    private static void damage(Path log, long position) throws RocksDBException {
        List<ColumnFamilyDescriptor> families = new ArrayList<>();
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        try (Options names = new Options()) {
            for (byte[] name : RocksDB.listColumnFamilies(names, log.toString())) {
                families.add(new ColumnFamilyDescriptor(name));
            }
        }
        try (RocksDB store = RocksDB.open(log.toString(), families, handles)) {
            byte[] key = ByteBuffer.allocate(Long.BYTES).putLong(position).array();
            for (ColumnFamilyHandle handle : handles) {
                if (new String(handle.getName()).equals("records")) {
                    byte[] value = store.get(handle, key);
                    value[60] ^= 1;
                    store.put(handle, key, value);
                }
            }
        }
    }
}
