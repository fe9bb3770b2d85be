package org.archipelago.query.search;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.query.cluster.ClusterRefusedException;
import org.archipelago.query.cluster.ClusterUnavailableException;
import org.archipelago.query.cluster.SearchCluster;
import org.jspecify.annotations.Nullable;

/** Reads pages of documents in a stable order. Thread-safe. */
final class Hits {
    /** Elasticsearch's {@code max_result_window}: deeper pages are walked to. */
    static final int WINDOW = 10_000;

    private final SearchCluster cluster;

    Hits(SearchCluster cluster) {
        this.cluster = cluster;
    }

    /**
     * @param collapse one document, the first in order, per value of this field; then the page must lie in the first 10,000
     * @return at most size documents' sources, with their id as {@code _id}
     */
    List<JsonNode> page(
            String index,
            List<JsonNode> filters,
            Map<String, String> order,
            @Nullable String collapse,
            List<String> source,
            int offset,
            int size) {
        if (collapse != null && offset + size > WINDOW) {
            throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "offset of a query over series attributes");
        }
        ObjectNode body = body(index, filters, order, source);
        if (collapse != null) {
            body.putObject("collapse").put("field", collapse);
        }
        if (offset + size <= WINDOW) {
            body.put("from", offset).put("size", size);
        } else {
            JsonNode after = walk(index, filters, order, offset);
            if (after == null) {
                return List.of();
            }
            body.put("size", size).set("search_after", after);
        }
        return sources(search(index, body));
    }

    /** Sort values of the last document before the offset; null when there are not so many. */
    private @Nullable JsonNode walk(String index, List<JsonNode> filters, Map<String, String> order, int offset) {
        JsonNode after = null;
        for (int left = offset; left > 0; ) {
            ObjectNode body = body(index, filters, order, List.of());
            int size = Math.min(left, WINDOW);
            body.put("size", size);
            if (after != null) {
                body.set("search_after", after);
            }
            JsonNode hits = search(index, body).path("hits").path("hits");
            if (hits.size() < size) {
                return null;
            }
            after = hits.path(size - 1).path("sort");
            left -= size;
        }
        return after;
    }

    private static ObjectNode body(
            String index, List<JsonNode> filters, Map<String, String> order, List<String> source) {
        ObjectNode body = SearchCluster.object();
        ArrayNode all = body.putObject("query").putObject("bool").putArray("filter");
        all.add(Clauses.single("term", "kind", index));
        filters.forEach(all::add);
        ArrayNode sort = body.putArray("sort");
        order.forEach((field, direction) -> sort.addObject().put(field, direction));
        ArrayNode fields = body.putArray("_source");
        source.forEach(fields::add);
        return body.put("track_total_hits", false);
    }

    private static List<JsonNode> sources(JsonNode answer) {
        List<JsonNode> sources = new ArrayList<>();
        for (JsonNode hit : answer.path("hits").path("hits")) {
            sources.add(((ObjectNode) hit.path("_source")).set("_id", hit.path("_id")));
        }
        return sources;
    }

    JsonNode search(String index, ObjectNode body) {
        String timeout = "?timeout=10s&allow_partial_search_results=false";
        return guarded(() -> cluster.search("/" + cluster.indexPrefix() + "-" + index + "/_search" + timeout, body));
    }

    /** Documents by id, in that order; those that are gone are left out. */
    List<JsonNode> byId(String index, List<String> ids, List<String> source) {
        if (ids.isEmpty()) {
            return List.of();
        }
        ObjectNode body = SearchCluster.object();
        ArrayNode wanted = body.putArray("ids");
        ids.forEach(wanted::add);
        String path = "/" + cluster.indexPrefix() + "-" + index + "/_mget?_source=" + String.join(",", source);
        List<JsonNode> found = new ArrayList<>();
        for (JsonNode document : guarded(() -> cluster.search(path, body)).path("docs")) {
            if (document.path("found").asBoolean()) {
                found.add(((ObjectNode) document.path("_source")).set("_id", document.path("_id")));
            }
        }
        return found;
    }

    private static JsonNode guarded(java.util.function.Supplier<JsonNode> request) {
        try {
            return request.get();
        } catch (ClusterUnavailableException e) {
            throw new ArchiveException(ArchiveError.SEARCH_UNAVAILABLE, "index", e);
        } catch (ClusterRefusedException e) {
            throw new ArchiveException(
                    e.status() == 404 ? ArchiveError.SEARCH_UNAVAILABLE : ArchiveError.INVALID_QUERY, "index", e);
        }
    }
}
