package org.archipelago.query.search;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.SiteId;
import org.archipelago.query.cluster.SearchCluster;

/**
 * Whose documents a search sees. Those of all sites are in the same indexes, so there is no search without one.
 *
 * @param site who asks
 * @param isNetwork whether those of other sites are seen, too
 */
record Scope(SiteId site, boolean isNetwork) {
    static final String ORIGIN = "origin";

    /** What a site itself holds. */
    static Scope of(SiteId site) {
        return new Scope(site, false);
    }

    static Scope network(SiteId site) {
        return new Scope(site, true);
    }

    Optional<JsonNode> filter() {
        return isNetwork ? Optional.empty() : Optional.of(ofSite());
    }

    /** Documents that do not say it are of an index that was made when there were only this site's. */
    JsonNode ofSite() {
        ObjectNode says = SearchCluster.object();
        says.putObject("exists").put("field", ORIGIN);
        return Clauses.any(List.of(Clauses.single("term", ORIGIN, site.toString()), Clauses.not(says)));
    }

    /** Whether the site itself recorded it. */
    boolean isOwn(JsonNode hit) {
        return !hit.has(ORIGIN) || hit.path(ORIGIN).asText().equals(site.toString());
    }
}
