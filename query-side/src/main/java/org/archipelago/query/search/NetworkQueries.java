package org.archipelago.query.search;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.query.ArchiveQueries;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.Availability;
import org.archipelago.query.HolderAttributes;
import org.archipelago.query.QueryLevel;
import org.archipelago.query.QueryPage;
import org.archipelago.query.cluster.SearchCluster;
import org.archipelago.query.projection.Projections;
import org.archipelago.query.projection.Reading;

/**
 * Queries over what every site holds, as far as this one knows it: patients, studies and series. What several sites hold is one row,
 * with {@link HolderAttributes}. Thread-safe.
 */
public final class NetworkQueries implements ArchiveQueries {
    private static final LocalPosition AT_ONCE = new LocalPosition(-1);
    private static final int MOST_SITES = 1_000;
    private static final int LAST_ROW = Hits.WINDOW - 1;

    private final SearchCluster cluster;
    private final Projections projections;
    private final Function<SiteId, String> labels;
    private final Function<StudyCopyId, Availability> elsewhere;
    private final int maxLimit;
    private final Duration longestWait;

    /**
     * @param labels what people call a site
     * @param elsewhere how soon what another site has recorded can be had here; asked for each row, so it is quick and never throws
     * @param maxLimit most matches of one page, at most 9,999
     * @param longestWait for a minimum position
     */
    public NetworkQueries(
            SearchCluster cluster,
            Projections projections,
            Function<SiteId, String> labels,
            Function<StudyCopyId, Availability> elsewhere,
            int maxLimit,
            Duration longestWait) {
        this.cluster = cluster;
        this.projections = projections;
        this.labels = labels;
        this.elsewhere = elsewhere;
        this.maxLimit = maxLimit;
        this.longestWait = longestWait;
    }

    private Scope scope() {
        return Scope.network(projections.site());
    }

    private Asked asked(ArchiveQuery query) {
        if (query.level() == QueryLevel.IMAGE) {
            throw new ArchiveException(ArchiveError.INVALID_QUERY, "instances are not searched across sites");
        }
        if (query.offset() >= LAST_ROW) {
            throw new ArchiveException(ArchiveError.INVALID_QUERY, "offset beyond " + LAST_ROW + " across sites");
        }
        return Asked.of(withinWindow(query), scope(), maxLimit);
    }

    /** Behind it rows would come in another order: who pages gets none of them, and is told that there are more. */
    private static ArchiveQuery withinWindow(ArchiveQuery query) {
        return new ArchiveQuery(
                query.level(),
                query.keys(),
                query.localIssuer(),
                query.fuzzyNames(),
                query.includeFields(),
                query.includeAll(),
                query.offset(),
                Math.min(query.limit(), LAST_ROW - query.offset()),
                query.minimum());
    }

    @Override
    public QueryPage find(ArchiveQuery query) {
        Asked asked = asked(query);
        try (Reading reading = projections.catalogue(query.minimum(), longestWait)) {
            CatalogueSearch search = new CatalogueSearch(new Hits(cluster, reading, asked.scope()), labels, elsewhere);
            int limit = asked.request().query().limit();
            return ElasticsearchQueries.page(search.find(asked), limit, reading.position());
        }
    }

    @Override
    public <E extends Exception> void walk(ArchiveQuery query, MatchConsumer<E> consumer) throws E {
        Asked asked = asked(query);
        try (Reading reading = projections.catalogue(query.minimum(), longestWait)) {
            new CatalogueSearch(new Hits(cluster, reading, asked.scope()), labels, elsewhere).walk(asked, consumer);
        }
    }

    @Override
    public List<List<Integer>> unmatched(ArchiveQuery query) {
        Asked asked = asked(query);
        try (Reading reading = projections.catalogue(query.minimum(), longestWait)) {
            return ElasticsearchQueries.unmatched(asked, new Hits(cluster, reading, asked.scope()));
        }
    }

    /**
     * Records of studies and patients of each other site that are here and say nothing here: no key opens them, their body was
     * withheld, or they could not be folded. Sites without any are not named.
     *
     * @throws ArchiveException SEARCH_UNAVAILABLE
     */
    public Map<SiteId, Long> unreadable() {
        ObjectNode body = SearchCluster.object().put("size", 0);
        body.putObject("query").putObject("range").putObject("missed").put("gt", 0);
        ObjectNode origins = body.putObject("aggs").putObject("origins");
        origins.putObject("terms").put("field", Scope.ORIGIN).put("size", MOST_SITES);
        origins.putObject("aggs").putObject("missed").putObject("sum").put("field", "missed");
        Map<SiteId, Long> unreadable = new HashMap<>();
        try (Reading reading = projections.catalogue(AT_ONCE, Duration.ZERO)) {
            Hits hits = new Hits(cluster, reading, scope());
            for (String index : List.of(CatalogueRows.STUDIES, "patients")) {
                for (JsonNode bucket : hits.search(index, body)
                        .path("aggregations")
                        .path("origins")
                        .path("buckets")) {
                    unreadable.merge(
                            SiteId.parse(bucket.path("key").asText()),
                            bucket.path("missed").path("value").asLong(),
                            Long::sum);
                }
            }
        }
        return unreadable;
    }
}
