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

/**
 * How much there is of the patients of some rows (PS3.4 §C.3.4). A study of several patients, and each series of it, counts
 * for each of them; of its instances only a patient's own.
 */
final class PatientCounts {
    /** Whose a study is: its own patient's, and that of others. */
    private static final String OWN = "patientKey";

    private static final String OF_OTHERS = "furtherKeys";
    /** The others with their instances. */
    private static final String FURTHER = "further";

    private static final String SERIES = "series";
    private static final String INSTANCES = "instances";
    private static final String BUCKETS = "buckets";

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
            JsonNode found =
                    hits.search("studies", body(patients, hits.scope())).path("aggregations");
            for (JsonNode bucket : found.path(OWN).path(BUCKETS)) {
                add(all, bucket, counts(bucket));
            }
            for (JsonNode bucket : found.path(OF_OTHERS).path(BUCKETS)) {
                add(all, bucket, counts(bucket));
            }
            for (JsonNode bucket : found.path(FURTHER).path(FURTHER).path(BUCKETS)) {
                add(all, bucket, new Counts(0, 0, sum(bucket, INSTANCES)));
            }
        }
        return new PatientCounts(all);
    }

    private static ObjectNode body(List<String> patients, Scope scope) {
        ObjectNode body = SearchCluster.object().put("size", 0);
        ObjectNode query = body.putObject("query").putObject("bool");
        scope.filter().ifPresent(filter -> query.putArray("filter").add(filter));
        ArrayNode either = query.put("minimum_should_match", 1).putArray("should");
        for (String field : List.of(OWN, OF_OTHERS)) {
            ArrayNode wanted = either.addObject().putObject("terms").putArray(field);
            patients.forEach(wanted::add);
        }
        ObjectNode aggregations = body.putObject("aggs");
        ObjectNode own = groups(aggregations, OWN, OWN, patients);
        sum(own, SERIES, "series");
        sum(own, INSTANCES, "ofPatient");
        sum(groups(aggregations, OF_OTHERS, OF_OTHERS, patients), SERIES, "series");
        ObjectNode nested = aggregations.putObject(FURTHER);
        nested.putObject("nested").put("path", FURTHER);
        sum(groups(nested.putObject("aggs"), FURTHER, FURTHER + ".key", patients), INSTANCES, FURTHER + ".instances");
        return body;
    }

    /** @return where sums of each group go */
    private static ObjectNode groups(ObjectNode aggregations, String name, String field, List<String> patients) {
        ObjectNode groups = aggregations.putObject(name);
        ArrayNode included = groups.putObject("terms")
                .put("field", field)
                .put("size", patients.size())
                .putArray("include");
        patients.forEach(included::add);
        return groups.putObject("aggs");
    }

    private static void sum(ObjectNode aggregations, String name, String field) {
        aggregations.putObject(name).putObject("sum").put("field", field);
    }

    private static void add(Map<String, Counts> all, JsonNode bucket, Counts counts) {
        all.merge(bucket.path("key").asText(), counts, Counts::and);
    }

    private static Counts counts(JsonNode bucket) {
        return new Counts(bucket.path("doc_count").asLong(), sum(bucket, SERIES), sum(bucket, INSTANCES));
    }

    private static long sum(JsonNode bucket, String name) {
        return bucket.path(name).path("value").asLong();
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
