package org.archipelago.query.search;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.query.ArchiveQueries;

/** Queries of the patient, study and series levels, in the order of {@link CatalogueRows}. */
final class CatalogueSearch {
    private static final Set<Integer> STUDY_COUNTS =
            Set.of(Tags.NUMBER_OF_STUDY_RELATED_SERIES, Tags.NUMBER_OF_STUDY_RELATED_INSTANCES);

    private static final int RENDERED_AT_ONCE = 100;

    private final Hits hits;
    private final CatalogueRows rows;

    CatalogueSearch(Hits hits) {
        this.hits = hits;
        this.rows = new CatalogueRows(hits);
    }

    /** One match more than the limit when there are more. */
    List<Match> find(Request request) {
        int offset = request.query().offset();
        int size = request.query().limit() + 1;
        Optional<List<Row>> page = rows.page(request, offset, size);
        if (page.isPresent()) {
            return render(request, page.get());
        }
        List<Row> found = new ArrayList<>();
        rows.walk(request, new CatalogueRows.Visitor<RuntimeException>() {
            private int toSkip = offset;

            @Override
            public boolean visit(Row row) {
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
        List<Row> chunk = new ArrayList<>();
        boolean[] wanted = {true};
        rows.walk(request, (CatalogueRows.Visitor<E>) row -> {
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

    private static <E extends Exception> boolean hand(List<Match> matches, ArchiveQueries.MatchConsumer<E> consumer)
            throws E {
        for (Match match : matches) {
            if (!match.handTo(consumer)) {
                return false;
            }
        }
        return true;
    }

    private List<Match> render(Request request, List<Row> found) {
        return switch (request.query().level()) {
            case PATIENT -> patients(request, found);
            case STUDY -> studies(request, found);
            case SERIES, IMAGE -> series(request, found);
        };
    }

    private List<Match> studies(Request request, List<Row> matching) {
        List<Row> found = CatalogueRows.isOfStudies(request) ? matching : ofStudies(request, matching);
        PatientCounts counts = PatientCounts.of(request, found, hits);
        List<Match> matches = new ArrayList<>();
        for (Row row : found) {
            AttributeSet match = row.shown().with(ofStudy(row.hit())).with(counts.of(row));
            matches.add(new Match(request.select(online(match)), row.patient(), inConflict(row)));
        }
        return matches;
    }

    /** The rows of the studies of these series, each of the person whose series it is. */
    private List<Row> ofStudies(Request request, List<Row> series) {
        Map<String, String> keys = new LinkedHashMap<>();
        series.forEach(row -> keys.putIfAbsent(row.hit().path("copy").asText(), row.patientKey()));
        return hits.byId(CatalogueRows.STUDIES, List.copyOf(keys.keySet()), CatalogueRows.SHOWN).stream()
                .flatMap(hit -> Row.of(request, hit)
                        .filter(row ->
                                row.patientKey().equals(keys.get(hit.path("_id").asText())))
                        .findFirst()
                        .or(() -> Row.first(request, hit))
                        .stream())
                .toList();
    }

    private static Optional<StudyInstanceUid> inConflict(Row row) {
        return row.hit().path("conflicts").asInt() > 0
                ? row.shown().text(Tags.STUDY_INSTANCE_UID).map(StudyInstanceUid::new)
                : Optional.empty();
    }

    private List<Match> series(Request request, List<Row> found) {
        boolean wantsCounts =
                request.query().includeAll() || STUDY_COUNTS.stream().anyMatch(request::wants);
        Map<String, JsonNode> studies = new HashMap<>();
        if (wantsCounts) {
            List<String> copies = found.stream()
                    .map(row -> row.hit().path("copy").asText())
                    .distinct()
                    .toList();
            hits.byId(CatalogueRows.STUDIES, copies, List.of("instances", "series", "modalities", "sopClasses"))
                    .forEach(study -> studies.put(study.path("_id").asText(), study));
        }
        List<Match> matches = new ArrayList<>();
        for (Row row : found) {
            JsonNode hit = row.hit();
            AttributeSet match = row.shown()
                    .with(Tags.MODALITIES_IN_STUDY, texts(Vr.CS, hit.path("modalities")))
                    .with(Tags.SOP_CLASSES_IN_STUDY, texts(Vr.UI, hit.path("sopClasses")))
                    .with(
                            Tags.NUMBER_OF_SERIES_RELATED_INSTANCES,
                            number(hit.path("instances").asLong()));
            JsonNode study = studies.get(hit.path("copy").asText());
            matches.add(new Match(
                    request.select(online(study == null ? match : match.with(ofStudy(study)))), row.patient()));
        }
        return matches;
    }

    private List<Match> patients(Request request, List<Row> found) {
        PatientCounts counts = PatientCounts.of(request, found, hits);
        List<Match> matches = new ArrayList<>();
        for (Row row : found) {
            AttributeSet match =
                    row.shown().filter(LevelAttributes.PATIENT::contains).with(counts.of(row));
            matches.add(new Match(request.select(match), row.patient()));
        }
        return matches;
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
