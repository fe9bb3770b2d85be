package org.archipelago.query.search;

import java.time.Duration;
import java.util.List;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.query.ArchiveQueries;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.QueryLevel;
import org.archipelago.query.QueryPage;
import org.archipelago.query.cluster.SearchCluster;
import org.archipelago.query.header.CorrectionsInForce;
import org.archipelago.query.header.HeaderFiles;
import org.archipelago.query.header.SeriesInstances;
import org.archipelago.query.projection.Projections;

/** Queries of all levels. Thread-safe. */
public final class ElasticsearchQueries implements ArchiveQueries {
    private final Projections projections;
    private final CatalogueSearch catalogue;
    private final ImageSearch images;
    private final int maxLimit;
    private final Duration longestWait;

    /**
     * @param maxLimit most matches of one page, at most 9,999
     * @param longestWait for a minimum position
     */
    public ElasticsearchQueries(
            SearchCluster cluster,
            Projections projections,
            HeaderFiles headers,
            SeriesInstances instances,
            CorrectionsInForce corrections,
            int maxLimit,
            Duration longestWait) {
        if (maxLimit < 1 || maxLimit >= Hits.WINDOW) {
            throw new IllegalArgumentException("a page has 1 to 9,999 matches");
        }
        Hits hits = new Hits(cluster);
        this.projections = projections;
        this.catalogue = new CatalogueSearch(hits);
        this.images = new ImageSearch(hits, headers, instances, corrections);
        this.maxLimit = maxLimit;
        this.longestWait = longestWait;
    }

    @Override
    public QueryPage find(ArchiveQuery query) {
        Request request = Request.of(query, maxLimit);
        boolean ofImages = query.level() == QueryLevel.IMAGE;
        if (ofImages && ImageSearch.needsNoIndex(request)) {
            return page(images.find(request), query.limit(), query.minimum());
        }
        if (query.minimum().value() >= 0) {
            projections.awaitVisible(query.minimum(), longestWait);
        }
        LocalPosition position = projections.visible();
        return page(ofImages ? images.find(request) : catalogue.find(request), query.limit(), position);
    }

    @Override
    public <E extends Exception> void walk(ArchiveQuery query, MatchConsumer<E> consumer) throws E {
        for (int offset = 0; ; offset += maxLimit) {
            QueryPage page = find(new ArchiveQuery(
                    query.level(),
                    query.keys(),
                    query.localIssuer(),
                    query.fuzzyNames(),
                    query.includeFields(),
                    query.includeAll(),
                    offset,
                    maxLimit,
                    query.minimum()));
            for (AttributeSet match : page.matches()) {
                if (!consumer.take(match)) {
                    return;
                }
            }
            if (!page.more()) {
                return;
            }
        }
    }

    @Override
    public List<List<Integer>> unmatched(ArchiveQuery query) {
        return Request.of(query, maxLimit).unmatched();
    }

    private static QueryPage page(List<AttributeSet> found, int limit, LocalPosition position) {
        boolean more = found.size() > limit;
        return new QueryPage(List.copyOf(more ? found.subList(0, limit) : found), more, position);
    }
}
