package org.archipelago.eventstore.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.eventstore.Records;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.VerificationListener;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Syncs that really fail, in another process under a preloaded library. */
class FailingSyncTest {
    @TempDir
    Path directory;

    private Path library = Path.of("");

    @BeforeEach
    void compile() throws Exception {
        library = directory.resolve("failsync.so");
        Path source = directory.resolve("failsync.c");
        try (InputStream in = FailingSyncTest.class.getResourceAsStream("failsync.c")) {
            Files.copy(in, source);
        }
        Assumptions.assumeTrue(compiled(source), "NOT SHOWN: no C compiler to make syncs fail with");
    }

    private boolean compiled(Path source) throws InterruptedException {
        try {
            return new ProcessBuilder("gcc", "-shared", "-fPIC", "-o", library.toString(), source.toString(), "-ldl")
                            .inheritIO()
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException _) {
            return false;
        }
    }

    private Map<String, String> run(boolean heals) throws Exception {
        Path failing = directory.resolve("failing");
        Process child = ChildProcess.start(
                directory,
                FailingSyncChild.class,
                Map.of("LD_PRELOAD", library.toString(), "FAILSYNC", failing.toString()),
                directory.resolve("log").toString(),
                failing.toString(),
                Boolean.toString(heals));
        Map<String, String> said = new HashMap<>();
        String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        for (String line : output.lines().toList()) {
            int space = line.lastIndexOf(' ');
            said.put(space < 0 ? line : line.substring(0, space), line.substring(space + 1));
        }
        assertThat(child.waitFor()).isZero();
        assertThat(said).containsKey("end");
        return said;
    }

    @Test
    void failedSync_isRefusedAndTheLogReopened() throws Exception {
        Map<String, String> said = run(true);
        assertThat(said).containsEntry("acknowledged", "10");
        assertThat(said).containsEntry("failing append", "LOG_UNAVAILABLE");
        assertThat(said).containsEntry("reopened", "true");
        assertThat(said).containsEntry("sound", "true");
        assertThat(said.get("head")).isIn("9", "10");
        assertThat(said).containsEntry("commits", "10");
        assertThat(said).containsEntry("next append", "succeeded");
        assertAcknowledgedAreThere();
    }

    @Test
    void syncThatGoesOnFailing_endsInTheFatalCallback() throws Exception {
        Map<String, String> said = run(false);
        assertThat(said).containsEntry("failing append", "LOG_UNAVAILABLE");
        assertThat(said).containsEntry("fatal", "true");
        assertThat(said).containsEntry("append", "LOG_UNAVAILABLE");
        assertThat(said).containsEntry("read", "LOG_UNAVAILABLE");
        assertThat(said).containsEntry("closed", "true");
        assertThat(said).containsEntry("commits", "10");
        assertAcknowledgedAreThere();
    }

    private void assertAcknowledgedAreThere() {
        Records records = new Records();
        records.key(Records.stream("a"));
        records.key(Records.stream("b"));
        try (RocksEventLog log = RocksEventLog.open(directory.resolve("log"), TestLogs.options())) {
            List<StoredRecord> stored = log.read(new LocalPosition(0), 10);
            for (int i = 0; i < 10; i++) {
                assertThat(records.reason(stored.get(i))).contains("acknowledged " + i);
            }
            assertThat(log.verify(records.contents(), VerificationListener.SILENT)
                            .problems())
                    .isEmpty();
        }
    }
}
