package org.archipelago.query.search;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.query.cluster.ClusterRefusedException;
import org.archipelago.query.cluster.ClusterUnavailableException;
import org.archipelago.query.cluster.SearchCluster;
import org.archipelago.query.projection.Reading;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads documents of one generation of indexes in a stable order. */
final class Hits {
    /** Elasticsearch's {@code max_result_window}: what lies deeper is walked to. */
    static final int WINDOW = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(Hits.class);
    private static final int WALK_AT_ONCE = 500;

    /** How long a receiver of matches may take over one request's worth of them. */
    private static final String WALK_KEEP_ALIVE = "10m";

    private static final String BOUNDS = "?timeout=10s&allow_partial_search_results=false";

    private final SearchCluster cluster;
    private final Reading reading;
    private final Scope scope;

    Hits(SearchCluster cluster, Reading reading, Scope scope) {
        this.cluster = cluster;
        this.reading = reading;
        this.scope = scope;
    }

    Scope scope() {
        return scope;
    }

    /** Takes documents one after another. */
    interface Visitor<E extends Exception> {
        /** @return whether more are wanted */
        boolean visit(JsonNode hit) throws E;
    }

    /** Asked before each page of documents, whoever takes them or lets them pass. */
    interface Patience<E extends Exception> {
        /** @return whether more are wanted */
        boolean isWanted() throws E;
    }

    /**
     * @param collapse one document, the first in order, per value of this field
     * @param offset and size: within the first 10,000
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
        ObjectNode body = body(index, filters, order, source);
        if (collapse != null) {
            body.putObject("collapse").put("field", collapse);
        }
        body.put("from", offset).put("size", size);
        return sources(search(index, body));
    }

    /**
     * Every document once, as they all were when the walk began: what is written meanwhile neither repeats nor displaces
     * one.
     */
    <E extends Exception> void walk(
            String index, List<JsonNode> filters, Map<String, String> order, List<String> source, Visitor<E> visitor)
            throws E {
        walk(index, filters, order, source, () -> true, visitor);
    }

    /** @return whether it came to the end, and was not stopped */
    <E extends Exception> boolean walk(
            String index,
            List<JsonNode> filters,
            Map<String, String> order,
            List<String> source,
            Patience<E> patience,
            Visitor<E> visitor)
            throws E {
        String open = "/" + reading.index(index) + "/_pit?keep_alive=" + WALK_KEEP_ALIVE;
        String pointInTime = guarded(() -> cluster.search(open, SearchCluster.object()))
                .path("id")
                .asText();
        try {
            ObjectNode body = body(index, filters, order, source).put("size", WALK_AT_ONCE);
            while (patience.isWanted()) {
                body.putObject("pit").put("id", pointInTime).put("keep_alive", WALK_KEEP_ALIVE);
                JsonNode answer = guarded(() -> cluster.search("/_search" + BOUNDS, body));
                pointInTime = answer.path("pit_id").asText(pointInTime);
                for (JsonNode hit : sources(answer)) {
                    if (!visitor.visit(hit)) {
                        return false;
                    }
                }
                JsonNode hits = answer.path("hits").path("hits");
                if (hits.size() < WALK_AT_ONCE) {
                    return true;
                }
                body.set("search_after", hits.path(hits.size() - 1).path("sort"));
            }
            return false;
        } finally {
            close(pointInTime);
        }
    }

    private void close(String pointInTime) {
        try {
            cluster.find("DELETE", "/_pit", SearchCluster.object().put("id", pointInTime));
        } catch (ClusterUnavailableException | ClusterRefusedException e) {
            LOG.debug("a point in time is left to run out: {}", e.getMessage());
        }
    }

    private ObjectNode body(String index, List<JsonNode> filters, Map<String, String> order, List<String> source) {
        ObjectNode body = SearchCluster.object();
        ArrayNode all = body.putObject("query").putObject("bool").putArray("filter");
        all.add(Clauses.single("term", "kind", index));
        scope.filter().ifPresent(all::add);
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
        return guarded(() -> cluster.search("/" + reading.index(index) + "/_search" + BOUNDS, body));
    }

    /** Documents by id, in that order; those that are gone are left out. */
    List<JsonNode> byId(String index, List<String> ids, List<String> source) {
        if (ids.isEmpty()) {
            return List.of();
        }
        ObjectNode body = SearchCluster.object();
        ArrayNode wanted = body.putArray("ids");
        ids.forEach(wanted::add);
        String path = "/" + reading.index(index) + "/_mget?_source=" + String.join(",", source);
        List<JsonNode> found = new ArrayList<>();
        for (JsonNode document : guarded(() -> cluster.search(path, body)).path("docs")) {
            if (document.path("found").asBoolean()) {
                found.add(((ObjectNode) document.path("_source")).set("_id", document.path("_id")));
            }
        }
        return found;
    }

    /** Only a search that Elasticsearch cannot understand is the asker's fault. */
    private static JsonNode guarded(Supplier<JsonNode> request) {
        try {
            return request.get();
        } catch (ClusterUnavailableException e) {
            throw new ArchiveException(ArchiveError.SEARCH_UNAVAILABLE, "index", e);
        } catch (ClusterRefusedException e) {
            throw new ArchiveException(
                    e.status() == 400 ? ArchiveError.INVALID_QUERY : ArchiveError.SEARCH_UNAVAILABLE, "index", e);
        }
    }
}
