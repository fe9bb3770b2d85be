package org.archipelago.query.search;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.query.cluster.SearchCluster;

/** How much there is of the patients of some rows (PS3.4 §C.3.4). A study of several patients counts whole for each of them. */
final class PatientCounts {
    /** Whose a study is: its own patient's, and that of others. */
    private static final List<String> KEYS = List.of("patientKey", "furtherKeys");

    private final Map<String, Counts> all;

    private PatientCounts(Map<String, Counts> all) {
        this.all = all;
    }

    private record Counts(long studies, long series, long instances) {
        Counts and(Counts other) {
            return new Counts(studies + other.studies, series + other.series, instances + other.instances);
        }
    }

    /** Nothing where the request wants none. */
    static PatientCounts of(Request request, List<Row> rows, Hits hits) {
        Map<String, Counts> all = new HashMap<>();
        boolean wanted = request.wants(Tags.NUMBER_OF_PATIENT_RELATED_STUDIES)
                || request.wants(Tags.NUMBER_OF_PATIENT_RELATED_SERIES)
                || request.wants(Tags.NUMBER_OF_PATIENT_RELATED_INSTANCES);
        List<String> patients = rows.stream().map(Row::patientKey).distinct().toList();
        if (wanted && !patients.isEmpty()) {
            JsonNode found = hits.search("studies", body(patients)).path("aggregations");
            for (String field : KEYS) {
                for (JsonNode bucket : found.path(field).path("buckets")) {
                    all.merge(bucket.path("key").asText(), counts(bucket), Counts::and);
                }
            }
        }
        return new PatientCounts(all);
    }

    private static ObjectNode body(List<String> patients) {
        ObjectNode body = SearchCluster.object().put("size", 0);
        ArrayNode either = body.putObject("query").putObject("bool").putArray("should");
        ObjectNode aggregations = body.putObject("aggs");
        for (String field : KEYS) {
            ArrayNode wanted = either.addObject().putObject("terms").putArray(field);
            ObjectNode groups = aggregations.putObject(field);
            ObjectNode terms = groups.putObject("terms").put("field", field).put("size", patients.size());
            ArrayNode included = terms.putArray("include");
            patients.forEach(patient -> {
                wanted.add(patient);
                included.add(patient);
            });
            ObjectNode inner = groups.putObject("aggs");
            inner.putObject("series").putObject("sum").put("field", "series");
            inner.putObject("instances").putObject("sum").put("field", "instances");
        }
        return body;
    }

    private static Counts counts(JsonNode bucket) {
        return new Counts(
                bucket.path("doc_count").asLong(),
                bucket.path("series").path("value").asLong(),
                bucket.path("instances").path("value").asLong());
    }

    AttributeSet of(Row row) {
        Counts counts = all.get(row.patientKey());
        return counts == null
                ? AttributeSet.EMPTY
                : AttributeSet.EMPTY
                        .with(Tags.NUMBER_OF_PATIENT_RELATED_STUDIES, CatalogueSearch.number(counts.studies))
                        .with(Tags.NUMBER_OF_PATIENT_RELATED_SERIES, CatalogueSearch.number(counts.series))
                        .with(Tags.NUMBER_OF_PATIENT_RELATED_INSTANCES, CatalogueSearch.number(counts.instances));
    }
}
