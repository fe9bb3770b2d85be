package org.archipelago.query.search;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.study.SeriesLevelAttributes;
import org.archipelago.query.cluster.SearchCluster;
import org.archipelago.query.matching.Condition;

/**
 * Keys of attributes that vary within a series. Events name no values of these, and to open the header files of every series in
 * question is too dear: such a series counts as if the key were empty (PS3.4 §C.2.2.1.3), and the answer says so. Queries of
 * the image level are exact.
 */
final class VariedKeys {
    /** Of a series' document: the tags of what varies within it. */
    static final String FIELD = "varied";

    private VariedKeys() {}

    /** Of what describes a patient, study or series every value is known. */
    private static boolean mayVary(Request.Key key) {
        int tag = key.tag();
        return !LevelAttributes.PATIENT.contains(tag)
                && !LevelAttributes.STUDY.contains(tag)
                && !SeriesLevelAttributes.contains(tag)
                && tag != Tags.SERIES_INSTANCE_UID
                && !(key.condition() instanceof Condition.NoValue);
    }

    /** What meets the key or may do so. */
    static JsonNode clause(Request.Key key) {
        JsonNode asked = Clauses.of(key.condition());
        return mayVary(key) ? Clauses.any(List.of(asked, varies(Tags.hex(key.tag())))) : asked;
    }

    static JsonNode varies(String tag) {
        return Clauses.single("term", FIELD, tag);
    }

    static boolean varies(JsonNode hit, int tag) {
        for (JsonNode varied : hit.path(FIELD)) {
            if (varied.asText().equals(Tags.hex(tag))) {
                return true;
            }
        }
        return false;
    }

    /** Paths of the keys that are ignored of some of the series found. Asks the index only where a key may be one. */
    static List<List<Integer>> of(Asked asked, Hits hits) {
        List<Request.Key> keys =
                asked.request().keys().stream().filter(VariedKeys::mayVary).toList();
        if (keys.isEmpty()) {
            return List.of();
        }
        ObjectNode body = SearchCluster.object().put("size", 0);
        ArrayNode filters = body.putObject("query").putObject("bool").putArray("filter");
        hits.scope().filter().ifPresent(filters::add);
        asked.filters().forEach(filters::add);
        ArrayNode tags = body.putObject("aggs")
                .putObject(FIELD)
                .putObject("terms")
                .put("field", FIELD)
                .put("size", keys.size())
                .putArray("include");
        keys.forEach(key -> tags.add(Tags.hex(key.tag())));
        Set<String> varied = new HashSet<>();
        hits.search(CatalogueRows.SERIES, body)
                .path("aggregations")
                .path(FIELD)
                .path("buckets")
                .forEach(bucket -> varied.add(bucket.path("key").asText()));
        return keys.stream()
                .filter(key -> varied.contains(Tags.hex(key.tag())))
                .map(key -> key.asked().path())
                .toList();
    }
}
