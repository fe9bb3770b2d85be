package org.archipelago.query.search;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.archipelago.query.ArchiveQuery;

/**
 * A query as it is meant of each site's documents. A bare identifier means the asker's own domain, whose it is; that of a document here
 * may also be one whose domain nobody knows, that of another site never: there it may be another person's of the same number.
 *
 * @param request of this site's documents
 * @param others of those of other sites; empty when it can mean nobody there
 */
record Asked(Scope scope, Request request, Optional<Request> others) {
    /** @throws org.archipelago.contract.ArchiveException INVALID_QUERY */
    static Asked of(ArchiveQuery query, Scope scope, int maxLimit) {
        return new Asked(
                scope,
                Request.of(query, maxLimit),
                scope.isNetwork() ? Request.ofOthers(query, maxLimit) : Optional.empty());
    }

    List<JsonNode> filters() {
        List<JsonNode> own = filters(request.keys());
        if (!scope.isNetwork()) {
            return own;
        }
        List<JsonNode> either = new ArrayList<>();
        either.add(Clauses.all(
                Stream.concat(Stream.of(scope.ofSite()), own.stream()).toList()));
        others.ifPresent(asked -> either.add(
                Clauses.all(Stream.concat(Stream.of(Clauses.not(scope.ofSite())), filters(asked.keys()).stream())
                        .toList())));
        return List.of(Clauses.any(either));
    }

    static List<JsonNode> filters(List<Request.Key> keys) {
        List<JsonNode> filters = new ArrayList<>();
        keys.forEach(key -> filters.add(VariedKeys.clause(key)));
        return filters;
    }

    /** The rows that a document makes: one for each person whom the keys mean. */
    Stream<Row> rows(JsonNode hit) {
        return scope.isOwn(hit) ? Row.of(request, hit) : others.stream().flatMap(asked -> Row.of(asked, hit));
    }

    /** Of a level at which a document is one row. */
    Optional<Row> row(JsonNode hit) {
        return rows(hit).findFirst();
    }

    /** These filters, and one of these values of a field. */
    List<JsonNode> filtersWithin(String field, List<String> values) {
        List<JsonNode> all = new ArrayList<>(filters());
        all.add(Clauses.oneOf(field, values));
        return all;
    }
}
