package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.archipelago.contract.log.StreamId;
import org.archipelago.query.LogPositions;
import org.archipelago.query.cluster.SearchCluster;

/**
 * Streams of other sites with events that could not be read for want of a key, and whose key is here now. Whoever adopts keys tells of
 * them; this finds those that were told while nobody listened, as across a crash. Some at a time, all in turn. For one thread.
 */
final class LockedStreams {
    static final int MOST = 500;

    private final SearchCluster cluster;
    private final LogPositions positions;
    private OptionalLong last = OptionalLong.empty();

    LockedStreams(SearchCluster cluster, LogPositions positions) {
        this.cluster = cluster;
        this.positions = positions;
    }

    /** Whose key is here, among the next {@value #MOST}. */
    List<StreamId> unlocked(IndexNames names) {
        ObjectNode body = SearchCluster.object().put("size", MOST).put("track_total_hits", false);
        body.putObject("query").putObject("range").putObject("locked").put("gt", 0);
        body.putArray("sort").addObject().put("position", "asc");
        body.put("_source", false);
        last.ifPresent(position -> body.putArray("search_after").add(position));
        String path = "/" + names.physical(CatalogueFold.STUDIES) + "," + names.physical(CatalogueFold.PATIENTS);
        JsonNode hits = cluster.search(path + "/_search", body).path("hits").path("hits");
        last = hits.size() < MOST
                ? OptionalLong.empty()
                : OptionalLong.of(
                        hits.path(hits.size() - 1).path("sort").path(0).asLong());
        List<StreamId> found = new ArrayList<>();
        for (JsonNode hit : hits) {
            StreamId stream = new StreamId(hit.path("_id").asText());
            if (positions.hasKey(stream)) {
                found.add(stream);
            }
        }
        return found;
    }
}
