package org.archipelago.query.search;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
import org.archipelago.query.projection.Reading;

/** Queries of all levels. Thread-safe. */
public final class ElasticsearchQueries implements ArchiveQueries {
    private final SearchCluster cluster;
    private final Projections projections;
    private final ImageSearch images;
    private final int maxLimit;
    private final Duration longestWait;

    /**
     * @param maxLimit most matches of one page, at most 9,999
     * @param maxPageBytes of heap that the instances of one page may take, by estimate; further ones are of the next page
     * @param longestWait for a minimum position
     */
    public ElasticsearchQueries(
            SearchCluster cluster,
            Projections projections,
            HeaderFiles headers,
            SeriesInstances instances,
            CorrectionsInForce corrections,
            int maxLimit,
            long maxPageBytes,
            Duration longestWait) {
        if (maxLimit < 1 || maxLimit >= Hits.WINDOW) {
            throw new IllegalArgumentException("a page has 1 to 9,999 matches");
        }
        this.cluster = cluster;
        this.projections = projections;
        this.images = new ImageSearch(headers, instances, corrections, maxPageBytes);
        this.maxLimit = maxLimit;
        this.longestWait = longestWait;
    }

    @Override
    public QueryPage find(ArchiveQuery query) {
        Request request = Request.of(query, maxLimit);
        boolean ofImages = query.level() == QueryLevel.IMAGE;
        if (ofImages && ImageSearch.needsNoIndex(request)) {
            LocalPosition position = projections.log(query.minimum(), longestWait);
            return page(images.find(request, Optional.empty()), position);
        }
        try (Reading reading = projections.catalogue(query.minimum(), longestWait)) {
            Scope scope = Scope.of(projections.site());
            Hits hits = new Hits(cluster, reading, scope);
            return ofImages
                    ? page(images.find(request, Optional.of(hits)), reading.position())
                    : page(
                            new CatalogueSearch(hits).find(Asked.of(query, scope, maxLimit)),
                            query.limit(),
                            reading.position());
        }
    }

    @Override
    public <E extends Exception> void walk(ArchiveQuery query, MatchConsumer<E> consumer) throws E {
        Request request = Request.of(query, maxLimit);
        boolean ofImages = query.level() == QueryLevel.IMAGE;
        if (ofImages && ImageSearch.needsNoIndex(request)) {
            projections.log(query.minimum(), longestWait);
            images.walk(request, Optional.empty(), consumer);
            return;
        }
        try (Reading reading = projections.catalogue(query.minimum(), longestWait)) {
            Scope scope = Scope.of(projections.site());
            Hits hits = new Hits(cluster, reading, scope);
            if (ofImages) {
                images.walk(request, Optional.of(hits), consumer);
            } else {
                new CatalogueSearch(hits).walk(Asked.of(query, scope, maxLimit), consumer);
            }
        }
    }

    @Override
    public List<List<Integer>> unmatched(ArchiveQuery query) {
        Request request = Request.of(query, maxLimit);
        if (query.level() == QueryLevel.IMAGE) {
            return request.unmatched();
        }
        try (Reading reading = projections.catalogue(query.minimum(), longestWait)) {
            Scope scope = Scope.of(projections.site());
            return unmatched(Asked.of(query, scope, maxLimit), new Hits(cluster, reading, scope));
        }
    }

    static List<List<Integer>> unmatched(Asked asked, Hits hits) {
        return Stream.concat(asked.request().unmatched().stream(), VariedKeys.of(asked, hits).stream())
                .toList();
    }

    static QueryPage page(List<Match> found, int limit, LocalPosition position) {
        boolean more = found.size() > limit;
        return page(new ImageSearch.Found(more ? found.subList(0, limit) : found, more), position);
    }

    private static QueryPage page(ImageSearch.Found found, LocalPosition position) {
        List<Match> shown = found.matches();
        return new QueryPage(
                shown.stream().map(Match::shown).toList(),
                found.more(),
                position,
                shown.stream().flatMap(match -> match.patient().stream()).collect(Collectors.toSet()),
                shown.stream()
                        .flatMap(match -> match.inConflict().stream())
                        .collect(Collectors.toCollection(LinkedHashSet::new)));
    }
}
