package org.archipelago.query.search;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.quarantine.QuarantineId;
import org.archipelago.contract.quarantine.QuarantineReason;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.query.cluster.SearchCluster;
import org.archipelago.query.projection.Projections;
import org.archipelago.query.projection.Reading;

/** Lists for stewards and auditors. Thread-safe; every method throws ArchiveException SEARCH_UNAVAILABLE without an index. */
public final class Listings {
    private static final List<String> STATE = List.of("state");
    private static final int MAX_MERGED = 1_000;
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
            Hits hits = new Hits(cluster, reading, Scope.of(projections.site()));
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
        return accesses(Clauses.single("term", "study", study.stream().value()), offset, most);
    }

    /**
     * Those that were about a patient, newest first: of the record's studies when they begin, of what else it is in when
     * they end.
     *
     * @param records of the patient; see {@link #mergedWith}
     */
    public List<Access> accesses(Set<PatientRecordId> records, int offset, int most) {
        ObjectNode ofAny = SearchCluster.object();
        ArrayNode values = ofAny.putObject("terms").putArray("patients");
        records.forEach(record -> values.add(record.stream().value()));
        return accesses(ofAny, offset, most);
    }

    /**
     * These records, the one that they are merged into, and all others that are; the first {@value #MAX_MERGED} of them. A
     * merge shows here about a second later than in searches.
     */
    public Set<PatientRecordId> mergedWith(Set<PatientRecordId> records) {
        Set<PatientRecordId> all = new LinkedHashSet<>(records);
        Set<String> survivors = new LinkedHashSet<>();
        patients("record", all.stream().map(record -> record.stream().value()).toList())
                .forEach(hit -> survivors.add(hit.path("survivor").asText()));
        patients("survivor", survivors)
                .forEach(hit -> all.add(
                        new PatientRecordId(new StreamId(hit.path("record").asText()))));
        return all;
    }

    private List<JsonNode> patients(String field, Collection<String> values) {
        if (values.isEmpty()) {
            return List.of();
        }
        ObjectNode ofAny = SearchCluster.object();
        ArrayNode any = ofAny.putObject("terms").putArray(field);
        values.forEach(any::add);
        return page(
                catalogue(),
                "patients",
                List.of(ofAny),
                Map.of("record", "asc"),
                List.of("record", "survivor"),
                0,
                MAX_MERGED);
    }

    private List<Access> accesses(JsonNode filter, int offset, int most) {
        return page(
                        projections.history(AT_ONCE, Duration.ZERO),
                        "access",
                        List.of(filter),
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

    /** A study with open conflicts. */
    public record InConflict(StudyInstanceUid study, int openConflicts) {}

    /** Studies with open conflicts, the one that changed last first. */
    public List<InConflict> inConflict(int offset, int most) {
        ObjectNode open = SearchCluster.object();
        open.putObject("range").putObject("conflicts").put("gt", 0);
        return page(
                        catalogue(),
                        "studies",
                        List.of(open),
                        Map.of("position", "desc"),
                        List.of("studyUid", "conflicts"),
                        offset,
                        most)
                .stream()
                .map(hit -> new InConflict(
                        new StudyInstanceUid(hit.path("studyUid").asText()),
                        hit.path("conflicts").asInt()))
                .toList();
    }

    /** Tells of all study copies to which something has come since they last settled, the one that waits longest first. */
    public void unsettled(Consumer<StudyCopyId> waiting) {
        try (Reading reading = catalogue()) {
            new Hits(cluster, reading, Scope.of(projections.site()))
                    .walk(
                            "studies",
                            List.of(Clauses.single("term", "settled", "false")),
                            Map.of("position", "asc"),
                            List.of("kind"),
                            (Hits.Visitor<RuntimeException>) hit -> {
                                waiting.accept(new StudyCopyId(
                                        new StreamId(hit.path("_id").asText())));
                                return true;
                            });
        }
    }
}
