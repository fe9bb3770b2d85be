package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.archipelago.node.cli.phantom.Phantoms;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the kernel saw: the blob's sync and then the log's sync returned before each C-STORE success left. */
class SyncTraceIT {
    @TempDir
    Path home;

    @Test
    void everySuccess_leftAfterBothSyncs() throws Exception {
        Path output = home.resolve("strace.out");
        List<DicomFile> objects = new ArrayList<>(Samples.facts(new Phantoms("trace").ct(20)));
        objects.addAll(Samples.facts(new Phantoms("trace").ultrasound(10)));
        try (NodeProcess node = NodeProcess.configured(
                        home, SharedElasticsearch.get().url())
                .under("strace", "-f", "--seccomp-bpf", "-yy", "-x", "-tt", "-s", "512", "-o", output.toString())) {
            node.under("-e", "trace=fsync,fdatasync,msync,write,writev,sendto,sendmsg")
                    .start();
            Samples.storeAll(node, objects);
            node.stop();
            SyncTrace trace = new SyncTrace(
                    node.data().resolve("blobs").toString(),
                    node.data().resolve("log").toString());
            trace.read(Files.readAllLines(output, StandardCharsets.ISO_8859_1));
            assertThat(trace.violations()).as(node::log).isEmpty();
            assertThat(trace.successes()).isEqualTo(objects.size());
            assertThat(trace.syncedLogs()).isNotEmpty();
        }
    }
}
