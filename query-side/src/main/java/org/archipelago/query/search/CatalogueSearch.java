package org.archipelago.query.search;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.query.ArchiveQueries;
import org.archipelago.query.attributes.AttributeJson;
import org.archipelago.query.cluster.SearchCluster;
import org.archipelago.query.matching.Condition;
import org.archipelago.query.matching.HeaderMatch;
import org.jspecify.annotations.Nullable;

/**
 * Queries of the patient, study and series levels. Order: studies newest first by study date and time, then by Study
 * Instance UID; series within that by series number, then UID; patients by record.
 */
final class CatalogueSearch {
    private static final String STUDIES = "studies";
    private static final String SERIES = "series";
    private static final List<String> SHOWN =
            List.of("shown", "copy", "patientKey", "seriesUid", "instances", "series", "modalities", "sopClasses");
    private static final Set<Integer> STUDY_COUNTS =
            Set.of(Tags.NUMBER_OF_STUDY_RELATED_SERIES, Tags.NUMBER_OF_STUDY_RELATED_INSTANCES);

    private static final int RENDERED_AT_ONCE = 100;

    private final Hits hits;

    CatalogueSearch(Hits hits) {
        this.hits = hits;
    }

    /** One match more than the limit when there are more. */
    List<AttributeSet> find(Request request) {
        Rows rows = rows(request);
        int size = request.query().limit() + 1;
        int offset = request.query().offset();
        if (request.itemConditions().isEmpty() && offset + size <= Hits.WINDOW) {
            return render(
                    request,
                    hits.page(rows.index, filters(request.keys()), rows.order, rows.oneOf, SHOWN, offset, size));
        }
        List<JsonNode> found = new ArrayList<>();
        walk(request, rows, new Hits.Visitor<RuntimeException>() {
            private int toSkip = offset;

            @Override
            public boolean visit(JsonNode row) {
                if (toSkip > 0) {
                    toSkip--;
                    return true;
                }
                found.add(row);
                return found.size() < size;
            }
        });
        return render(request, found);
    }

    /** Every match, in the order of {@link #find}. */
    <E extends Exception> void walk(Request request, ArchiveQueries.MatchConsumer<E> consumer) throws E {
        List<JsonNode> chunk = new ArrayList<>();
        boolean[] wanted = {true};
        walk(request, rows(request), (Hits.Visitor<E>) row -> {
            chunk.add(row);
            if (chunk.size() >= RENDERED_AT_ONCE) {
                wanted[0] = hand(render(request, chunk), consumer);
                chunk.clear();
            }
            return wanted[0];
        });
        if (wanted[0]) {
            hand(render(request, chunk), consumer);
        }
    }

    private static <E extends Exception> boolean hand(
            List<AttributeSet> matches, ArchiveQueries.MatchConsumer<E> consumer) throws E {
        for (AttributeSet match : matches) {
            if (!consumer.take(match)) {
                return false;
            }
        }
        return true;
    }

    /** Rows that match: those of one value of {@code oneOf} follow each other, and the first of them counts. */
    private <E extends Exception> void walk(Request request, Rows rows, Hits.Visitor<E> visitor) throws E {
        List<Condition> ofItems = request.itemConditions();
        String[] before = {""};
        List<String> source = ofItems.isEmpty()
                ? SHOWN
                : Stream.concat(SHOWN.stream(), Stream.of("sequences")).toList();
        hits.walk(rows.index, filters(request.keys()), rows.order, source, (Hits.Visitor<E>) row -> {
            String group = rows.oneOf == null ? "" : row.path(rows.oneOf).asText();
            if (!group.isEmpty() && group.equals(before[0])) {
                return true;
            }
            if (!ofItems.isEmpty()) {
                if (!ofItems.stream().allMatch(condition -> meetsInOneItem(row, condition))) {
                    return true;
                }
            }
            before[0] = group;
            return visitor.visit(row);
        });
    }

    /** In any of the data sets that the document is searched by. */
    private static boolean meetsInOneItem(JsonNode row, Condition condition) {
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
     * @param oneOf field of which each value is one match
     */
    private record Rows(
            String index,
            Map<String, String> order,
            @Nullable String oneOf) {}

    private static Rows rows(Request request) {
        return switch (request.query().level()) {
            case PATIENT -> new Rows(indexFor(request), patientOrder(), "patientKey");
            case STUDY ->
                indexFor(request).equals(STUDIES)
                        ? new Rows(STUDIES, studyOrder(), null)
                        : new Rows(SERIES, studyOrder(), "copy");
            case SERIES, IMAGE -> new Rows(SERIES, seriesOrder(), null);
        };
    }

    private List<AttributeSet> render(Request request, List<JsonNode> rows) {
        return switch (request.query().level()) {
            case PATIENT -> patients(request, rows);
            case STUDY -> studies(request, rows);
            case SERIES, IMAGE -> series(request, rows);
        };
    }

    static List<JsonNode> filters(List<Request.Key> keys) {
        List<JsonNode> filters = new ArrayList<>();
        keys.forEach(key -> filters.add(Clauses.of(key.condition())));
        return filters;
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

    private static Map<String, String> patientOrder() {
        Map<String, String> order = new LinkedHashMap<>();
        order.put("patientKey", "asc");
        order.putAll(studyOrder());
        return order;
    }

    private List<AttributeSet> studies(Request request, List<JsonNode> rows) {
        List<JsonNode> found = indexFor(request).equals(STUDIES)
                ? rows
                : hits.byId(
                        STUDIES,
                        rows.stream().map(row -> row.path("copy").asText()).toList(),
                        SHOWN);
        Map<String, JsonNode> sums = patientSums(request, found);
        List<AttributeSet> matches = new ArrayList<>();
        for (JsonNode hit : found) {
            AttributeSet match = shown(hit).with(ofStudy(hit));
            matches.add(request.select(online(match.with(patientCounts(sums, hit)))));
        }
        return matches;
    }

    private List<AttributeSet> series(Request request, List<JsonNode> found) {
        boolean wantsCounts =
                request.query().includeAll() || STUDY_COUNTS.stream().anyMatch(request::wants);
        Map<String, JsonNode> studies = new HashMap<>();
        if (wantsCounts) {
            List<String> copies = found.stream()
                    .map(hit -> hit.path("copy").asText())
                    .distinct()
                    .toList();
            hits.byId(STUDIES, copies, List.of("instances", "series", "modalities", "sopClasses"))
                    .forEach(study -> studies.put(study.path("_id").asText(), study));
        }
        List<AttributeSet> matches = new ArrayList<>();
        for (JsonNode hit : found) {
            AttributeSet match = shown(hit)
                    .with(Tags.MODALITIES_IN_STUDY, texts(Vr.CS, hit.path("modalities")))
                    .with(Tags.SOP_CLASSES_IN_STUDY, texts(Vr.UI, hit.path("sopClasses")))
                    .with(
                            Tags.NUMBER_OF_SERIES_RELATED_INSTANCES,
                            number(hit.path("instances").asLong()));
            JsonNode study = studies.get(hit.path("copy").asText());
            matches.add(request.select(online(study == null ? match : match.with(ofStudy(study)))));
        }
        return matches;
    }

    private List<AttributeSet> patients(Request request, List<JsonNode> found) {
        Map<String, JsonNode> sums = patientSums(request, found);
        List<AttributeSet> matches = new ArrayList<>();
        for (JsonNode hit : found) {
            AttributeSet match =
                    shown(hit).filter(LevelAttributes.PATIENT::contains).with(patientCounts(sums, hit));
            matches.add(request.select(match));
        }
        return matches;
    }

    private Map<String, JsonNode> patientSums(Request request, List<JsonNode> found) {
        boolean wanted = request.wants(Tags.NUMBER_OF_PATIENT_RELATED_STUDIES)
                || request.wants(Tags.NUMBER_OF_PATIENT_RELATED_SERIES)
                || request.wants(Tags.NUMBER_OF_PATIENT_RELATED_INSTANCES);
        Map<String, JsonNode> sums = new HashMap<>();
        if (!wanted || found.isEmpty()) {
            return sums;
        }
        ObjectNode body = SearchCluster.object().put("size", 0);
        ArrayNode keys = body.putObject("query")
                .putObject("bool")
                .putArray("filter")
                .addObject()
                .putObject("terms")
                .putArray("patientKey");
        found.stream().map(hit -> hit.path("patientKey").asText()).distinct().forEach(keys::add);
        ObjectNode patients = body.putObject("aggs").putObject("patients");
        patients.putObject("terms").put("field", "patientKey").put("size", keys.size());
        ObjectNode inner = patients.putObject("aggs");
        inner.putObject("series").putObject("sum").put("field", "series");
        inner.putObject("instances").putObject("sum").put("field", "instances");
        for (JsonNode bucket :
                hits.search(STUDIES, body).path("aggregations").path("patients").path("buckets")) {
            sums.put(bucket.path("key").asText(), bucket);
        }
        return sums;
    }

    private static AttributeSet patientCounts(Map<String, JsonNode> sums, JsonNode hit) {
        JsonNode sum = sums.get(hit.path("patientKey").asText());
        if (sum == null) {
            return AttributeSet.EMPTY;
        }
        return AttributeSet.EMPTY
                .with(
                        Tags.NUMBER_OF_PATIENT_RELATED_STUDIES,
                        number(sum.path("doc_count").asLong()))
                .with(
                        Tags.NUMBER_OF_PATIENT_RELATED_SERIES,
                        number(sum.path("series").path("value").asLong()))
                .with(
                        Tags.NUMBER_OF_PATIENT_RELATED_INSTANCES,
                        number(sum.path("instances").path("value").asLong()));
    }

    static AttributeSet shown(JsonNode hit) {
        return AttributeJson.read(hit.path("shown"));
    }

    private static AttributeSet ofStudy(JsonNode study) {
        return AttributeSet.EMPTY
                .with(Tags.MODALITIES_IN_STUDY, texts(Vr.CS, study.path("modalities")))
                .with(Tags.SOP_CLASSES_IN_STUDY, texts(Vr.UI, study.path("sopClasses")))
                .with(
                        Tags.NUMBER_OF_STUDY_RELATED_SERIES,
                        number(study.path("series").asLong()))
                .with(
                        Tags.NUMBER_OF_STUDY_RELATED_INSTANCES,
                        number(study.path("instances").asLong()));
    }

    /** PS3.3 §C.4.23.1.1: what this site holds can be had at once. */
    static AttributeSet online(AttributeSet match) {
        return match.with(Tags.INSTANCE_AVAILABILITY, new Attribute(Vr.CS, List.of(new Value.Text("ONLINE"))));
    }

    private static Attribute texts(Vr vr, JsonNode texts) {
        List<Value> values = new ArrayList<>();
        texts.forEach(text -> values.add(new Value.Text(text.asText())));
        return new Attribute(vr, values);
    }

    static Attribute number(long number) {
        return new Attribute(
                Vr.IS, List.of(new Value.Text(BigDecimal.valueOf(number).toPlainString())));
    }
}
