package org.archipelago.acceptance;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What became of the objects that a node acknowledged, from its metrics. */
final class IngestCounters {
    private static final Pattern LINE = Pattern.compile(
            "^archipelago_ingested_objects_total\\{[^}]*outcome=\"([A-Za-z_]+)\"[^}]*} ([0-9.Ee+]+)$",
            Pattern.MULTILINE);

    private final NodeProcess node;
    private Map<String, Double> before;

    IngestCounters(NodeProcess node) {
        this.node = node;
        this.before = read();
    }

    /** The outcome of the one object that was acknowledged since the last call, in words. */
    String outcome() {
        Map<String, Double> now = read();
        StringBuilder grown = new StringBuilder();
        now.forEach((outcome, count) -> {
            for (double i = before.getOrDefault(outcome, 0.0); i < count; i++) {
                grown.append(grown.isEmpty() ? "" : ", ").append(outcome);
            }
        });
        before = now;
        return grown.isEmpty() ? "acknowledged without a count" : grown.toString();
    }

    private Map<String, Double> read() {
        String text = new String(node.get(node.http("/actuator/prometheus")).body(), StandardCharsets.UTF_8);
        Map<String, Double> counts = new TreeMap<>();
        Matcher matcher = LINE.matcher(text);
        while (matcher.find()) {
            counts.merge(
                    matcher.group(1).toLowerCase(java.util.Locale.ROOT).replace('_', ' '),
                    Double.valueOf(matcher.group(2)),
                    Double::sum);
        }
        return counts;
    }
}
