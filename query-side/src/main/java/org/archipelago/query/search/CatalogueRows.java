package org.archipelago.query.search;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.archipelago.query.QueryLevel;
import org.archipelago.query.attributes.AttributeJson;
import org.archipelago.query.cluster.SearchCluster;
import org.archipelago.query.matching.Condition;
import org.archipelago.query.matching.HeaderMatch;
import org.jspecify.annotations.Nullable;

/**
 * The rows that match a query of the patient, study or series level. Order: studies newest first by study date and time,
 * then by Study Instance UID; series within that by series number, then UID; patients by record. What several sites hold is one
 * row; walked to, such rows come by UID.
 */
final class CatalogueRows {
    static final String STUDIES = "studies";
    static final String SERIES = "series";
    private static final String STUDY_UID = "studyUid";
    /** What is the same in every site's copy of a study or series. */
    static final String ROW = "row";

    static final List<String> SHOWN = Stream.concat(
                    Row.SOURCE.stream(),
                    Stream.of(
                            Scope.ORIGIN,
                            "row",
                            "copy",
                            "studyUid",
                            "seriesUid",
                            "instances",
                            "series",
                            "modalities",
                            "sopClasses",
                            "conflicts"))
            .toList();

    private final Hits hits;

    CatalogueRows(Hits hits) {
        this.hits = hits;
    }

    /** Takes rows one after another. */
    interface Visitor<E extends Exception> {
        /** @return whether more are wanted */
        boolean visit(Row row) throws E;

        /** Asked for each page of documents. @return whether more are wanted */
        default boolean isWanted() throws E {
            return true;
        }
    }

    /** Empty where documents and rows are not one for one, or the page is too deep: it is walked to then. */
    Optional<List<Row>> page(Asked asked, int offset, int size) {
        Request request = asked.request();
        if (!request.itemConditions().isEmpty() || offset + size > Hits.WINDOW) {
            return Optional.empty();
        }
        Source source = source(request);
        List<JsonNode> filters = asked.filters();
        // Behind a document that is nobody's row, documents count otherwise than rows.
        boolean mayDiffer = request.query().level() == QueryLevel.PATIENT
                || ((offset > 0 || asked.scope().isNetwork()) && Row.isOfPerson(request));
        if (mayDiffer && hasSeveralPeople(source, filters)) {
            return Optional.empty();
        }
        List<JsonNode> documents = hits.page(source.index, filters, source.order, source.oneOf, SHOWN, offset, size);
        List<Row> rows =
                documents.stream().flatMap(hit -> asked.row(hit).stream()).toList();
        return Optional.of(rows).filter(all -> all.size() == documents.size());
    }

    private boolean hasSeveralPeople(Source source, List<JsonNode> filters) {
        return !hits.page(source.index, ofSeveralPeople(filters), source.order, null, List.of("copy"), 0, 1)
                .isEmpty();
    }

    private static List<JsonNode> ofSeveralPeople(List<JsonNode> filters) {
        List<JsonNode> narrower = new ArrayList<>(filters);
        ObjectNode several = SearchCluster.object();
        several.putObject("exists").put("field", "furtherKeys");
        narrower.add(several);
        return narrower;
    }

    /** @return whether it came to the end, and was not stopped */
    <E extends Exception> boolean walk(Asked asked, Visitor<E> visitor) throws E {
        return asked.request().query().level() == QueryLevel.PATIENT
                ? walkPatients(asked, visitor)
                : walkDocuments(asked, visitor);
    }

    /** Rows that match: those of one value of {@code oneOf} follow each other, and the first of them counts. */
    private <E extends Exception> boolean walkDocuments(Asked asked, Visitor<E> visitor) throws E {
        Source source = source(asked.request());
        String[] before = {""};
        return walkMatching(asked.request(), source, asked.filters(), visitor::isWanted, (Hits.Visitor<E>) hit -> {
            String group = source.oneOf == null ? "" : hit.path(source.oneOf).asText();
            if (!group.isEmpty() && group.equals(before[0])) {
                return true;
            }
            Optional<Row> row = asked.row(hit);
            if (row.isEmpty()) {
                return true;
            }
            before[0] = group;
            return visitor.visit(row.get());
        });
    }

    /**
     * One row for each person, by key. Documents come by their own patient's key; further people, of few studies, are looked
     * up before and wait for their place.
     */
    private <E extends Exception> boolean walkPatients(Asked asked, Visitor<E> visitor) throws E {
        Request request = asked.request();
        Source source = source(request);
        List<JsonNode> filters = asked.filters();
        NavigableMap<String, Row> waiting = new TreeMap<>();
        if (hasSeveralPeople(source, filters)) {
            boolean all = walkMatching(request, source, ofSeveralPeople(filters), visitor::isWanted, (Hits.Visitor<E>)
                    hit -> {
                        asked.rows(hit).forEach(row -> waiting.putIfAbsent(row.patientKey(), row));
                        return true;
                    });
            if (!all) {
                return false;
            }
        }
        boolean all = walkMatching(request, source, filters, visitor::isWanted, (Hits.Visitor<E>) hit -> {
            String key = hit.path("patientKey").asText();
            boolean wanted = visit(waiting.headMap(key, false), visitor);
            asked.rows(hit)
                    .filter(row -> row.patientKey().compareTo(key) >= 0)
                    .forEach(row -> waiting.putIfAbsent(row.patientKey(), row));
            return wanted;
        });
        return all && visit(waiting, visitor);
    }

    /** Takes them out. */
    private static <E extends Exception> boolean visit(NavigableMap<String, Row> rows, Visitor<E> visitor) throws E {
        while (!rows.isEmpty()) {
            if (!visitor.visit(rows.pollFirstEntry().getValue())) {
                return false;
            }
        }
        return true;
    }

    private <E extends Exception> boolean walkMatching(
            Request request, Source source, List<JsonNode> filters, Hits.Patience<E> patience, Hits.Visitor<E> visitor)
            throws E {
        List<Condition.InOneItem> ofItems = request.itemConditions();
        List<String> fields = ofItems.isEmpty()
                ? SHOWN
                : Stream.concat(SHOWN.stream(), Stream.of("sequences", VariedKeys.FIELD))
                        .toList();
        return hits.walk(source.index, filters, source.walkOrder, fields, patience, (Hits.Visitor<E>)
                hit -> !ofItems.stream().allMatch(item -> meetsInOneItem(hit, item)) || visitor.visit(hit));
    }

    /** In any of the data sets that the document is searched by, or in none that is known. */
    private static boolean meetsInOneItem(JsonNode row, Condition.InOneItem condition) {
        if (VariedKeys.varies(row, condition.sequence().getFirst())) {
            return true;
        }
        for (JsonNode set : row.path("sequences")) {
            if (HeaderMatch.matches(AttributeJson.read(set), condition)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Which documents are read for a level.
     *
     * @param walkOrder in which those of one value of {@code oneOf} follow each other
     * @param oneOf field of which each value is one match
     */
    private record Source(
            String index,
            Map<String, String> order,
            Map<String, String> walkOrder,
            @Nullable String oneOf) {}

    private Source source(Request request) {
        String index = indexFor(request);
        return switch (request.query().level()) {
            case PATIENT -> new Source(index, patientOrder(), patientOrder(), "patientKey");
            case STUDY ->
                hits.scope().isNetwork()
                        ? new Source(index, studyOrder(), uidOrder(), STUDY_UID)
                        : new Source(index, studyOrder(), studyOrder(), index.equals(STUDIES) ? null : "copy");
            case SERIES, IMAGE ->
                hits.scope().isNetwork()
                        ? new Source(SERIES, seriesOrder(), uidOrder(), ROW)
                        : new Source(SERIES, seriesOrder(), seriesOrder(), null);
        };
    }

    /** The field of whose values a row of the network has one. */
    static String oneOf(Request request) {
        return request.query().level() == QueryLevel.STUDY ? STUDY_UID : ROW;
    }

    /** Where the documents of a query's rows are. */
    static String index(Request request) {
        return request.query().level() == QueryLevel.STUDY ? indexFor(request) : SERIES;
    }

    static boolean isOfStudies(Request request) {
        return indexFor(request).equals(STUDIES);
    }

    /** Series documents know everything of their study and patient; study documents nothing of their series. */
    private static String indexFor(Request request) {
        boolean above = request.keys().stream()
                .allMatch(key ->
                        LevelAttributes.PATIENT.contains(key.tag()) || LevelAttributes.STUDY.contains(key.tag()));
        return above ? STUDIES : SERIES;
    }

    private static Map<String, String> studyOrder() {
        Map<String, String> order = new LinkedHashMap<>();
        order.put("date", "desc");
        order.put("time", "desc");
        order.put("studyUid", "asc");
        order.put("copy", "asc");
        return order;
    }

    static Map<String, String> seriesOrder() {
        Map<String, String> order = studyOrder();
        order.put("number", "asc");
        order.put("seriesUid", "asc");
        return order;
    }

    /** Copies follow each other, those of this site wherever its id has them. */
    private static Map<String, String> uidOrder() {
        Map<String, String> order = new LinkedHashMap<>();
        order.put(ROW, "asc");
        order.put("copy", "asc");
        return order;
    }

    private static Map<String, String> patientOrder() {
        Map<String, String> order = new LinkedHashMap<>();
        order.put("patientKey", "asc");
        order.putAll(studyOrder());
        return order;
    }
}
