package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Sends every file of the real data and compares what becomes of each with the committed table. {@code
 * -Darchipelago.outcomes.write=true} writes the table anew in place of comparing with it.
 */
final class DataTable {
    private static final boolean WRITE = Boolean.getBoolean("archipelago.outcomes.write");
    private static final Duration LONGEST = Duration.ofSeconds(20);
    /** Of a C-ECHO beside, with its association; what else the machine does is in it. */
    private static final double LONGEST_ECHO_MS = 5_000;

    private static final double USUAL_ECHO_MS = 1_000;

    private final NodeProcess node;
    private final String channel;
    private final Map<String, String> outcomes = new LinkedHashMap<>();
    private final Map<String, String> kinds = new LinkedHashMap<>();
    private final Map<String, String> warnings = new LinkedHashMap<>();

    DataTable(NodeProcess node, String channel) {
        this.node = node;
        this.channel = channel;
    }

    /**
     * @param refused empty when it was acknowledged, else how it was refused
     * @param warning the status with which it was acknowledged, if that was a warning
     */
    record Answer(String refused, String warning) {
        static final Answer SUCCESS = new Answer("", "");

        static Answer refused(String how) {
            return new Answer(how, "");
        }
    }

    /** Sends one file. */
    interface Sender {
        Answer send(DicomFile file) throws IOException;
    }

    /** One after the other; none may take long, whatever is in it, nor hold up another peer. */
    void send(List<DicomFile> files, Sender sender) throws IOException, InterruptedException {
        try (GoodPeer beside = GoodPeer.echoing(node)) {
            sendEach(files, sender);
            beside.requireServed();
            assertThat(beside.count()).isPositive();
            assertThat(beside.milliseconds(1)).as("longest C-ECHO").isLessThan(LONGEST_ECHO_MS);
            assertThat(beside.milliseconds(0.99)).as("99 of 100 C-ECHO").isLessThan(USUAL_ECHO_MS);
        }
    }

    private void sendEach(List<DicomFile> files, Sender sender) throws IOException {
        IngestCounters counters = new IngestCounters(node);
        ConflictHistory conflicts = new ConflictHistory(node);
        Set<String> seen = new HashSet<>();
        for (DicomFile file : files) {
            long began = System.nanoTime();
            Answer answer = sender.send(file);
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .as(file.name())
                    .isLessThan(LONGEST);
            boolean kept = answer.refused().isEmpty();
            outcomes.put(file.name(), kept ? counters.outcome() : answer.refused());
            warnings.put(file.name(), answer.warning());
            // Nothing can conflict with what nothing came before.
            boolean again = seen.contains(file.studyInstance()) || seen.contains(file.sopInstance());
            kinds.put(file.name(), kept && again ? conflicts.openedSince(file.studyInstance()) : "");
            if (kept) {
                seen.add(file.studyInstance());
                seen.add(file.sopInstance());
            }
        }
    }

    /**
     * The outcomes of this channel and, where they are the same as the raw sender's, the conflicts. What is a conflict on
     * this channel alone differs in its content from what came before.
     */
    void compare() throws IOException {
        if (WRITE) {
            write();
        }
        ExpectedOutcomes expected = ExpectedOutcomes.read();
        assertThat(outcomes).isEqualTo(expected.column(channel));
        Map<String, String> raw = expected.column("raw");
        Map<String, String> expectedKinds = expected.column("conflict");
        outcomes.forEach((file, outcome) -> {
            if (outcome.equals(raw.get(file))) {
                assertThat(kinds.get(file)).as("conflict of " + file).isEqualTo(expectedKinds.get(file));
            } else if (outcome.equals("conflict")) {
                assertThat(kinds.get(file)).as("conflict of " + file).isEqualTo("different content");
            }
        });
        if (channel.equals("raw")) {
            assertThat(warnings).isEqualTo(expected.column("warning"));
        }
    }

    private void write() throws IOException {
        ExpectedOutcomes table = ExpectedOutcomes.read();
        outcomes.forEach((file, outcome) -> table.put(file, channel, outcome));
        if (channel.equals("raw")) {
            kinds.forEach((file, kind) -> table.put(file, "conflict", kind));
            warnings.forEach((file, warning) -> table.put(file, "warning", warning));
        }
        table.write();
    }

    /** What the node must hold by the committed table. */
    Holdings holdings(List<DicomFile> files) throws IOException {
        return Holdings.of(files, ExpectedOutcomes.read().column(channel));
    }
}
