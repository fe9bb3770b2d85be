package org.archipelago.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The committed table of what becomes of every file of the real data in an empty node, in the order of README.tsv, for
 * each channel. Beside the outcomes: the kind of the conflict that the file opened, and the warning that it was
 * acknowledged with. A row that is not {@code stored} everywhere, without either, cites the rule for it.
 */
final class ExpectedOutcomes {
    static final List<String> CHANNELS = List.of("raw", "storescu", "stow");
    static final String CANNOT_SEND = "cannot send";
    private static final List<String> COLUMNS = List.of("raw", "storescu", "stow", "conflict", "warning");
    private static final String HEADING = "file\t" + String.join("\t", COLUMNS) + "\trule";

    private final Map<String, Map<String, String>> rows = new LinkedHashMap<>();
    private final Map<String, String> rules = new LinkedHashMap<>();

    static Path file() {
        return Checkout.resource("expected-outcomes.tsv");
    }

    static ExpectedOutcomes read() throws IOException {
        ExpectedOutcomes table = new ExpectedOutcomes();
        List<String> lines = Files.readAllLines(file());
        if (!lines.getFirst().equals(HEADING)) {
            throw new AssertionError("the table has other columns: " + lines.getFirst());
        }
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split("\t", -1);
            for (int i = 0; i < COLUMNS.size(); i++) {
                table.put(cells[0], COLUMNS.get(i), cells[i + 1]);
            }
            table.rules.put(cells[0], cells[COLUMNS.size() + 1]);
        }
        return table;
    }

    void put(String file, String column, String value) {
        rows.computeIfAbsent(file, _ -> new LinkedHashMap<>()).put(column, value);
    }

    /** What is in one column, by file. */
    Map<String, String> column(String column) {
        Map<String, String> cells = new LinkedHashMap<>();
        rows.forEach((file, row) -> {
            if (row.get(column) instanceof String cell) {
                cells.put(file, cell);
            }
        });
        return cells;
    }

    /** The rules that a row cites, each {@code section: words}. */
    Map<String, String> rules() {
        return rules;
    }

    /** Whether the row says anything besides {@code stored}. */
    boolean isPlain(String file) {
        Map<String, String> row = rows.getOrDefault(file, Map.of());
        return COLUMNS.stream()
                .allMatch(column -> row.getOrDefault(column, "").equals(CHANNELS.contains(column) ? "stored" : ""));
    }

    /** Writes the rows with the rule for each outcome; a person reads the difference before committing it. */
    void write() throws IOException {
        Map<String, String> judgements = conflictJudgements();
        List<String> lines = new ArrayList<>(List.of(HEADING));
        rows.forEach((file, row) -> {
            List<String> cells =
                    COLUMNS.stream().map(column -> row.getOrDefault(column, "")).toList();
            Set<String> cited = new LinkedHashSet<>();
            for (String cell : cells) {
                if (!cell.isEmpty() && !cell.equals("stored")) {
                    cited.add(rule(cell));
                }
            }
            if (judgements.containsKey(file)) {
                cited.add("judged: " + judgements.get(file));
            }
            lines.add(file + "\t" + String.join("\t", cells) + "\t" + String.join("; ", cited));
        });
        Files.write(file(), lines);
    }

    /** What a person found when comparing each pair of files that conflict: why it is right, or is not. */
    static Map<String, String> conflictJudgements() throws IOException {
        Map<String, String> judgements = new LinkedHashMap<>();
        for (String line : Files.readAllLines(Checkout.resource("conflict-judgements.tsv"))) {
            if (!line.startsWith("#")) {
                String[] cells = line.split("\t", -1);
                judgements.put(cells[0], cells[1]);
            }
        }
        return judgements;
    }

    private static String rule(String cell) {
        return switch (cell) {
            case "retransmitted" -> "architecture 3: equal digest and transfer syntax";
            case "other rendition" -> "architecture 3: only the encoding differs";
            case "newer version" -> "architecture 3: attributes differ, same source and series, within the window";
            case "conflict" -> "architecture 3: anything else under the same SOP Instance UID";
            case "quarantined" -> "architecture 3: no Study Instance UID, or no patient object";
            case "different content" -> "architecture 3: pixels differ";
            case "not comparable" -> "architecture 3: undecodable pixels in a canonical comparison";
            case "different series" -> "architecture 3: one SOP Instance UID in two series";
            case "different study" -> "architecture 3: one SOP Instance UID in two studies";
            case "two patients" -> "architecture 3: one Study Instance UID with two patients";
            case "B007H" -> "PS3.4 Table B.2-1: data set does not match the announced class or instance";
            case CANNOT_SEND -> "DCMTK 3.6.7: cannot read the file or propose its transfer syntax";
            default ->
                cell.contains("C000H")
                        ? "PS3.4 Table B.2-1: C000H, not a readable data set or file, or an invalid UID"
                        : "PS3.4 Table B.2-1: " + cell;
        };
    }
}
