package org.archipelago.acceptance;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** Which conflicts the history of a study tells of. */
final class ConflictHistory {
    /** What the history says of each kind (ConflictKind), and how the table calls it. */
    private static final Map<String, String> KINDS = Map.of(
            "arrived again with other content", "different content",
            "its pixels cannot be compared", "not comparable",
            "arrived again in another series", "different series",
            "is also in another study", "different study",
            "of two patients", "two patients");

    private final NodeProcess node;
    private final Map<String, Integer> known = new HashMap<>();

    ConflictHistory(NodeProcess node) {
        this.node = node;
    }

    /** The kinds of the conflicts that the study's history did not have at the last call; empty when there are none. */
    String openedSince(String study) {
        if (study.isEmpty()) {
            return "";
        }
        JsonNode history = DicomWeb.json(node.get(node.http("/api/studies/" + study + "/history")), study);
        Set<String> kinds = new LinkedHashSet<>();
        int count = 0;
        for (JsonNode entry : history) {
            if (entry.path("event").asText().contains("ConflictOpened")) {
                count++;
                if (count > known.getOrDefault(study, 0)) {
                    kinds.add(kind(entry.path("summary").asText()));
                }
            }
        }
        known.put(study, count);
        return String.join(", ", kinds);
    }

    private static String kind(String summary) {
        return KINDS.entrySet().stream()
                .filter(kind -> summary.contains(kind.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElseThrow(() -> new AssertionError("a conflict of no known kind: " + summary));
    }
}
