package org.archipelago.query.search;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.quarantine.QuarantineReason;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.query.cluster.SearchCluster;

/** Lists for stewards and auditors. Thread-safe; every method throws ArchiveException SEARCH_UNAVAILABLE without an index. */
public final class Listings {
    private static final List<String> STATE = List.of("state");

    private final Hits hits;

    public Listings(SearchCluster cluster) {
        this.hits = new Hits(cluster);
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
            String sopInstanceUid,
            String sopClassUid,
            QuarantineReason reason,
            String source,
            long lengthBytes,
            Instant quarantinedAt) {}

    /** Of one study copy, newest first. */
    public List<Access> accesses(StudyCopyId study, int most) {
        return hits
                .page(
                        "access",
                        List.of(Clauses.single("term", "study", study.stream().value())),
                        Map.of("beganAt", "desc"),
                        null,
                        STATE,
                        0,
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
    public List<Quarantined> quarantined(int most) {
        return hits.page("quarantine", List.of(), Map.of("at", "desc"), null, STATE, 0, most).stream()
                .map(hit -> quarantined(hit.path("state")))
                .toList();
    }

    private static Quarantined quarantined(JsonNode state) {
        return new Quarantined(
                state.path("sopInstance").asText(),
                state.path("sopClass").asText(),
                QuarantineReason.valueOf(state.path("reason").asText()),
                state.path("source").asText(),
                state.path("bytes").asLong(),
                Instant.parse(state.path("at").asText()));
    }

    /** Study copies to which something has come since they last settled. */
    public List<StudyCopyId> unsettled(int most) {
        return hits
                .page(
                        "studies",
                        List.of(Clauses.single("term", "settled", "false")),
                        Map.of("position", "asc"),
                        null,
                        List.of("kind"),
                        0,
                        most)
                .stream()
                .map(hit -> new StudyCopyId(new StreamId(hit.path("_id").asText())))
                .toList();
    }
}
