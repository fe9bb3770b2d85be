package org.archipelago.query.search;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.patient.IssuerDomain;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.query.Availability;
import org.archipelago.query.HolderAttributes;
import org.archipelago.query.QueryLevel;
import org.archipelago.query.attributes.AttributeJson;
import org.archipelago.query.matching.SearchTerms;

/** Which sites hold what some rows of the network show, and which row shows it: that of this site's own copy, where that matches. */
final class Holders {
    static final Holders NONE = new Holders(_ -> true, "", Map.of(), Map.of(), _ -> "");

    /** Of each row's copies; a network has at most 64 other members. */
    private static final int MOST_COPIES = 65;

    private static final int ASKED_AT_ONCE = 100;

    private final Map<String, Map<String, JsonNode>> copies;
    private final Map<String, Row> own;
    private final Function<JsonNode, String> group;
    private final Predicate<JsonNode> isOwn;
    private final String site;

    /**
     * @param copies documents by what they are copies of and their origin
     * @param own rows of this site that stand for those of others
     */
    private Holders(
            Predicate<JsonNode> isOwn,
            String site,
            Map<String, Map<String, JsonNode>> copies,
            Map<String, Row> own,
            Function<JsonNode, String> group) {
        this.isOwn = isOwn;
        this.site = site;
        this.copies = copies;
        this.own = own;
        this.group = group;
    }

    static Holders of(Asked asked, List<Row> rows, Hits hits) {
        String field = CatalogueRows.oneOf(asked.request());
        Function<JsonNode, String> group = hit -> hit.path(field).asText();
        List<String> all =
                rows.stream().map(row -> group.apply(row.hit())).distinct().toList();
        Map<String, Map<String, JsonNode>> copies = new HashMap<>();
        Map<String, Row> own = new HashMap<>();
        String index =
                asked.request().query().level() == QueryLevel.STUDY ? CatalogueRows.STUDIES : CatalogueRows.SERIES;
        for (int from = 0; from < all.size(); from += ASKED_AT_ONCE) {
            List<String> some = all.subList(from, Math.min(all.size(), from + ASKED_AT_ONCE));
            // The oldest first: nobody pushes others out by recording many copies.
            hits.page(
                            index,
                            List.of(Clauses.oneOf(field, some)),
                            Map.of("position", "asc"),
                            null,
                            CatalogueRows.SHOWN,
                            0,
                            some.size() * MOST_COPIES)
                    .forEach(hit -> copies.computeIfAbsent(group.apply(hit), _ -> new LinkedHashMap<>())
                            .putIfAbsent(
                                    hit.path(Scope.ORIGIN)
                                            .asText(asked.scope().site().toString()),
                                    hit));
        }
        List<String> here = rows.stream()
                .filter(row -> !asked.scope().isOwn(row.hit()))
                .map(row -> group.apply(row.hit()))
                .filter(row -> copies.getOrDefault(row, Map.of())
                        .containsKey(asked.scope().site().toString()))
                .distinct()
                .toList();
        if (!here.isEmpty()) {
            List<JsonNode> filters = new ArrayList<>(asked.filtersWithin(field, here));
            filters.add(asked.scope().ofSite());
            hits.page(
                            CatalogueRows.index(asked.request()),
                            filters,
                            Map.of("copy", "asc"),
                            null,
                            CatalogueRows.SHOWN,
                            0,
                            Hits.WINDOW)
                    .forEach(hit -> asked.row(hit).ifPresent(row -> own.putIfAbsent(group.apply(hit), row)));
        }
        return new Holders(asked.scope()::isOwn, asked.scope().site().toString(), copies, own, group);
    }

    /** The rows that are shown: this site's own in place of others. */
    List<Row> preferred(List<Row> rows) {
        UnaryOperator<Row> shown = row -> own.getOrDefault(group.apply(row.hit()), row);
        return rows.stream().map(shown).toList();
    }

    /**
     * How soon it can be had here. Under its UID everybody's copies leave together, so what another site holds can be had only where all
     * of them are the one patient's.
     *
     * @param elsewhere of what another site has recorded
     */
    Availability availability(Row row, Function<StudyCopyId, Availability> elsewhere) {
        if (isHere(row)) {
            return Availability.ONLINE;
        }
        boolean isOnePersons = copies.getOrDefault(group.apply(row.hit()), Map.of()).values().stream()
                .noneMatch(copy -> isOfOthers(copy, row));
        return isOnePersons
                ? elsewhere.apply(
                        new StudyCopyId(new StreamId(row.hit().path("copy").asText())))
                : Availability.UNAVAILABLE;
    }

    /** Whether a copy is also somebody else's than the row's, or may be. Nothing is said of the very copy that the row shows. */
    private static boolean isOfOthers(JsonNode copy, Row row) {
        return !copy.path("_id").equals(row.hit().path("_id"))
                && Row.all(copy)
                        .anyMatch(person -> identifier(person)
                                .filter(same ->
                                        identifier(row).filter(same::equals).isPresent())
                                .isEmpty());
    }

    /** Whether this site holds it itself: a copy under the same UID may be another patient's. */
    private boolean isHere(Row row) {
        Map<String, JsonNode> all = copies.get(group.apply(row.hit()));
        return all == null
                || isOwn.test(row.hit())
                || Optional.ofNullable(all.get(site)).stream()
                        .flatMap(Row::all)
                        .flatMap(here -> identifier(here).stream())
                        .anyMatch(here -> identifier(row).filter(here::equals).isPresent());
    }

    /** Of an identifier whose issuer nobody knows, and of what identifies nobody, nobody knows whose it is at two sites. */
    private static Optional<Set<String>> identifier(Row row) {
        return row.patient()
                .flatMap(_ -> row.shown().text(Tags.ISSUER_OF_PATIENT_ID))
                .filter(issuer -> !issuer.isBlank() && !IssuerDomain.isUnnamed(issuer))
                .flatMap(issuer -> row.shown().text(Tags.PATIENT_ID).map(id -> {
                    SearchTerms terms = SearchTerms.none();
                    terms.addIdentifier(Tags.PATIENT_ID, issuer, id);
                    return terms.any();
                }));
    }

    /**
     * Each holder, and the attributes in which its copy differs from what the row shows; and whether it can be had here, which no
     * level may leave out then. Nothing where only one site is searched.
     */
    AttributeSet of(
            Row row,
            List<Integer> compared,
            Function<SiteId, String> labels,
            Function<StudyCopyId, Availability> elsewhere) {
        Map<String, JsonNode> all = copies.get(group.apply(row.hit()));
        if (all == null) {
            return AttributeSet.EMPTY;
        }
        List<HolderAttributes.Holder> holders = new ArrayList<>();
        all.forEach((origin, copy) -> {
            SiteId site = SiteId.parse(origin);
            AttributeSet shown = AttributeJson.read(copy.path("shown"));
            List<Integer> differing = new ArrayList<>();
            for (int tag : compared) {
                if (!terms(shown, tag).equals(terms(row.shown(), tag))) {
                    differing.add(tag);
                }
            }
            long instances = copy.path("instances").asLong();
            boolean ofSeries = copy.has("seriesUid");
            if (instances != row.hit().path("instances").asLong() && row.hit().has("seriesUid") == ofSeries) {
                differing.add(
                        ofSeries ? Tags.NUMBER_OF_SERIES_RELATED_INSTANCES : Tags.NUMBER_OF_STUDY_RELATED_INSTANCES);
            }
            holders.add(
                    new HolderAttributes.Holder(site, labels.apply(site), instances, differing, isOfOthers(copy, row)));
        });
        return CatalogueSearch.available(HolderAttributes.write(holders), availability(row, elsewhere));
    }

    /** Written in another way is no difference. */
    private static Set<String> terms(AttributeSet set, int tag) {
        return SearchTerms.of(set.filter(other -> other == tag)).any();
    }
}
