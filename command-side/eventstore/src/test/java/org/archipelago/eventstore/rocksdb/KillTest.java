package org.archipelago.eventstore.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.eventstore.Records;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.VerificationListener;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

class KillTest {
    @TempDir
    Path directory;

    @RepeatedTest(2)
    void killedWriter_leavesEveryAcknowledgedRecord() throws Exception {
        Path place = directory.resolve("log");
        Process child = ChildProcess.start(directory, KilledWriter.class, Map.of(), place.toString());
        List<String> acknowledged = new ArrayList<>();
        int enough = 300 + new Random().nextInt(700);
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                acknowledged.add(line);
                if (acknowledged.size() == enough) {
                    child.destroyForcibly();
                }
            }
        } catch (java.io.IOException e) {
            assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(enough); // the pipe of a killed process may break
        }
        child.waitFor();
        assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(enough);
        String last = acknowledged.getLast();
        if (last.split(" ").length < 3 || last.split(" ")[2].length() < 36) {
            acknowledged.removeLast(); // cut in its middle
        }
        Records records = new Records();
        for (int writer = 0; writer < KilledWriter.WRITERS; writer++) {
            records.key(Records.stream("w" + writer));
        }
        try (RocksEventLog log = RocksEventLog.open(place, TestLogs.options())) {
            for (String line : acknowledged) {
                String[] words = line.split(" ");
                StoredRecord stored = log.readStream(
                                Records.stream(words[0]), new Revision(Long.parseLong(words[1])), 1)
                        .getFirst();
                assertThat(stored.record().header().id()).isEqualTo(RecordId.parse(words[2]));
                assertThat(records.reason(stored)).contains(words[0] + "#" + words[1]);
            }
            assertThat(log.verify(records.contents(), VerificationListener.SILENT)
                            .problems())
                    .isEmpty();
        }
    }
}
