package org.archipelago.node.dimse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.association.RawStorageSender;
import org.archipelago.node.association.RawStorageSender.Kind;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Old modalities open an association for each image. */
@Timeout(120)
class ManyAssociationsTest {
    private static final int ASSOCIATIONS = 5_000;
    private static final int SENDERS = 8;
    private static final Duration BUDGET = Duration.ofSeconds(40);

    @TempDir
    Path directory;

    @Test
    void fiveThousandAssociationsOfOneImage_allSucceedInBoundedTime() throws Exception {
        AtomicInteger next = new AtomicInteger();
        try (TestNode node = TestNode.start(directory)) {
            long before = System.nanoTime();
            try (ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<Integer>> sent = new ArrayList<>();
                for (int i = 0; i < SENDERS; i++) {
                    sent.add(senders.submit(() -> {
                        int count = 0;
                        for (int image = next.getAndIncrement(); image < ASSOCIATIONS; image = next.getAndIncrement()) {
                            store(node, "1.2." + image);
                            count++;
                        }
                        return count;
                    }));
                }
                int total = 0;
                for (Future<Integer> each : sent) {
                    total += each.get();
                }
                assertThat(total).isEqualTo(ASSOCIATIONS);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(BUDGET);
            assertThat(node.archive.kept).hasSize(ASSOCIATIONS);
            Awaitility.await()
                    .untilAsserted(
                            () -> assertThat(node.server.openConnections()).isZero());
        }
    }

    private static void store(TestNode node, String instance) throws IOException {
        Kind kind = new Kind(new SopClassUid(DimseServerTest.CT), new TransferSyntaxUid(TestScu.EXPLICIT));
        try (RawStorageSender sender = RawStorageSender.open(
                TestNode.HOST, node.port(), TestNode.SCU, TestNode.NODE, List.of(kind), TestNode.LIMITS)) {
            assertThat(sender.send(
                                    kind.sopClass(),
                                    new SopInstanceUid(instance),
                                    kind.transferSyntax(),
                                    out -> out.write(new byte[2048]))
                            .status())
                    .isZero();
        }
    }
}
