package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Objects larger than all memory that the node may take for its objects; infra/bench/run large does it with 4 GiB. */
class LargeObjectIT {
    private static final int HEAP_MIB = 128;
    private static final int FRAMES = 36;

    @TempDir
    Path home;

    private NodeProcess node;
    private LargeObjectTransfer transfer;

    @BeforeEach
    void start() {
        node = NodeProcess.configured(home, SharedElasticsearch.get().url())
                .configure("blobs: { bufferBytes: 33554432 }")
                .jvm("-Xmx" + HEAP_MIB + "m", "-XX:+ExitOnOutOfMemoryError")
                .start();
        transfer = new LargeObjectTransfer(node.dicomPort(), NodeProcess.TITLE, node.dicomWeb(""));
    }

    @AfterEach
    void stop() {
        node.close();
    }

    @Test
    void objectLargerThanTheHeap_comesBackAsItWas() throws Exception {
        LargeObject stored = LargeObject.ofFrames("stored", FRAMES);
        LargeObject posted = LargeObject.ofFrames("posted", FRAMES);
        assertThat(stored.length()).isGreaterThan(2L * HEAP_MIB << 20);
        transfer.store(stored);
        assertThat(transfer.sha256OfRetrieved(stored)).as(node::log).isEqualTo(stored.sha256());
        transfer.stow(posted);
        assertThat(transfer.sha256OfRetrieved(posted)).as(node::log).isEqualTo(posted.sha256());
        LargeObject fragments = LargeObject.ofFragments("fragments", FRAMES);
        transfer.store(fragments);
        assertThat(transfer.sha256OfRetrieved(fragments)).as(node::log).isEqualTo(fragments.sha256());
        assertThat(transfer.sha256OfGot(fragments)).as(node::log).isEqualTo(fragments.sha256());
        System.out.println("peak resident " + LargeObjectTransfer.peakResidentMib(node.pid()) + " MiB with a heap of "
                + HEAP_MIB + " MiB and objects of " + (stored.length() >> 20) + " MiB");
    }
}
