package org.archipelago.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The committed table of what becomes of every file of the real data in an empty node, in the order of README.tsv, for
 * each channel. A row that is not {@code stored} everywhere cites the rule for it.
 */
final class ExpectedOutcomes {
    static final List<String> CHANNELS = List.of("raw", "storescu", "stow");
    static final String CANNOT_SEND = "cannot send";
    private static final String HEADING = "file\traw\tstorescu\tstow\trule";

    private final Map<String, Map<String, String>> rows = new LinkedHashMap<>();

    static Path file() {
        return Checkout.resource("expected-outcomes.tsv");
    }

    static ExpectedOutcomes read() throws IOException {
        ExpectedOutcomes table = new ExpectedOutcomes();
        List<String> lines = Files.readAllLines(file());
        for (String line : lines.subList(1, lines.size())) {
            String[] columns = line.split("\t", -1);
            for (int i = 0; i < CHANNELS.size(); i++) {
                table.put(columns[0], CHANNELS.get(i), columns[i + 1]);
            }
            if (!table.rows.get(columns[0]).values().stream().allMatch("stored"::equals) && columns[4].isBlank()) {
                throw new AssertionError(columns[0] + " is not stored everywhere, and its row cites no rule");
            }
        }
        return table;
    }

    void put(String file, String channel, String outcome) {
        rows.computeIfAbsent(file, _ -> new LinkedHashMap<>()).put(channel, outcome);
    }

    Map<String, String> channel(String channel) {
        Map<String, String> outcomes = new LinkedHashMap<>();
        rows.forEach((file, row) -> {
            if (row.get(channel) instanceof String outcome) {
                outcomes.put(file, outcome);
            }
        });
        return outcomes;
    }

    /** Writes the rows with the rule for each outcome; a person reads the difference before committing it. */
    void write() throws IOException {
        List<String> lines = new ArrayList<>(List.of(HEADING));
        rows.forEach((file, row) -> {
            List<String> outcomes = CHANNELS.stream()
                    .map(channel -> row.getOrDefault(channel, ""))
                    .toList();
            List<String> rules = outcomes.stream()
                    .filter(outcome -> !outcome.equals("stored"))
                    .map(ExpectedOutcomes::rule)
                    .distinct()
                    .toList();
            lines.add(file + "\t" + String.join("\t", outcomes) + "\t" + String.join("; ", rules));
        });
        Files.write(file(), lines);
    }

    private static String rule(String outcome) {
        return switch (outcome) {
            case "retransmitted" -> "architecture 3: equal digest and transfer syntax";
            case "other rendition" -> "architecture 3: only the encoding differs";
            case "newer version" -> "architecture 3: same source and series, within the correction window";
            case "conflict" -> "architecture 3: same SOP Instance UID, other content or pixels that cannot be compared";
            case "quarantined" -> "architecture 3: no Study Instance UID, or no patient object";
            case CANNOT_SEND -> "DCMTK 3.6.7 cannot read the file or propose its transfer syntax";
            default ->
                outcome.contains("C000H")
                        ? "PS3.4 Table B.2-1 C000H: not a readable data set or file, or an invalid UID"
                        : "PS3.4 Table B.2-1: " + outcome;
        };
    }
}
