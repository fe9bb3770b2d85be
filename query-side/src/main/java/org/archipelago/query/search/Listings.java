package org.archipelago.query.search;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.quarantine.QuarantineId;
import org.archipelago.contract.quarantine.QuarantineReason;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.query.cluster.SearchCluster;
import org.archipelago.query.projection.Projections;
import org.archipelago.query.projection.Reading;

/** Lists for stewards and auditors. Thread-safe; every method throws ArchiveException SEARCH_UNAVAILABLE without an index. */
public final class Listings {
    private static final List<String> STATE = List.of("state");

    private static final LocalPosition AT_ONCE = new LocalPosition(-1);

    private final SearchCluster cluster;
    private final Projections projections;

    public Listings(SearchCluster cluster, Projections projections) {
        this.cluster = cluster;
        this.projections = projections;
    }

    private List<JsonNode> page(
            Reading opened,
            String index,
            List<JsonNode> filters,
            Map<String, String> order,
            List<String> source,
            int offset,
            int most) {
        try (Reading reading = opened) {
            Hits hits = new Hits(cluster, reading);
            if (offset + most <= Hits.WINDOW) {
                return hits.page(index, filters, order, null, source, offset, most);
            }
            List<JsonNode> found = new ArrayList<>();
            int[] toSkip = {offset};
            hits.walk(index, filters, order, source, (Hits.Visitor<RuntimeException>) hit -> {
                if (toSkip[0]-- <= 0) {
                    found.add(hit);
                }
                return found.size() < most;
            });
            return found;
        }
    }

    private Reading catalogue() {
        return projections.catalogue(AT_ONCE, Duration.ZERO);
    }

    /** Of that moment, and among equal ones the last written first: pages neither repeat nor skip. */
    private static Map<String, String> newestFirst(String moment) {
        Map<String, String> order = new LinkedHashMap<>();
        order.put(moment, "desc");
        order.put("position", "desc");
        return order;
    }

    /** @param outcome empty while it goes on, or for ever after a crash: then the counts are unknown */
    public record Access(
            Instant beganAt,
            AccessKind kind,
            String who,
            String from,
            String purpose,
            String what,
            Optional<AccessOutcome> outcome,
            long objects,
            long bytes) {}

    /** An object that belongs to no study. */
    public record Quarantined(
            QuarantineId quarantine,
            String sopInstanceUid,
            String sopClassUid,
            QuarantineReason reason,
            String source,
            long lengthBytes,
            Instant quarantinedAt) {}

    /** Of one study copy, newest first. */
    public List<Access> accesses(StudyCopyId study, int offset, int most) {
        return page(
                        projections.history(AT_ONCE, Duration.ZERO),
                        "access",
                        List.of(Clauses.single("term", "study", study.stream().value())),
                        newestFirst("beganAt"),
                        STATE,
                        offset,
                        most)
                .stream()
                .map(hit -> access(hit.path("state")))
                .toList();
    }

    private static Access access(JsonNode state) {
        return new Access(
                Instant.parse(state.path("beganAt").asText()),
                AccessKind.valueOf(state.path("access").asText()),
                state.path("who").asText(),
                state.path("from").asText(),
                state.path("purpose").asText(),
                state.path("what").asText(),
                Optional.of(state.path("outcome").asText())
                        .filter(text -> !text.isEmpty())
                        .map(AccessOutcome::valueOf),
                state.path("objects").asLong(),
                state.path("bytes").asLong());
    }

    /** Newest first. */
    public List<Quarantined> quarantined(int offset, int most) {
        return page(catalogue(), "quarantine", List.of(), newestFirst("at"), STATE, offset, most).stream()
                .map(hit -> quarantined(hit.path("state")))
                .toList();
    }

    private static Quarantined quarantined(JsonNode state) {
        return new Quarantined(
                new QuarantineId(new StreamId(state.path("quarantine").asText())),
                state.path("sopInstance").asText(),
                state.path("sopClass").asText(),
                QuarantineReason.valueOf(state.path("reason").asText()),
                state.path("source").asText(),
                state.path("bytes").asLong(),
                Instant.parse(state.path("at").asText()));
    }

    /** Study copies to which something has come since they last settled. */
    public List<StudyCopyId> unsettled(int most) {
        return page(
                        catalogue(),
                        "studies",
                        List.of(Clauses.single("term", "settled", "false")),
                        Map.of("position", "asc"),
                        List.of("kind"),
                        0,
                        most)
                .stream()
                .map(hit -> new StudyCopyId(new StreamId(hit.path("_id").asText())))
                .toList();
    }
}
