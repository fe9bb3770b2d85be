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
import java.util.function.Function;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.query.ArchiveQueries;
import org.archipelago.query.Availability;
import org.archipelago.query.QueryLevel;

/** Queries of the patient, study and series levels, in the order of {@link CatalogueRows}. */
final class CatalogueSearch {
    private static final Set<Integer> STUDY_COUNTS =
            Set.of(Tags.NUMBER_OF_STUDY_RELATED_SERIES, Tags.NUMBER_OF_STUDY_RELATED_INSTANCES);

    /** In which copies are compared. */
    private static final List<Integer> STUDY_TAGS = List.of(
            Tags.STUDY_DATE,
            Tags.STUDY_TIME,
            Tags.ACCESSION_NUMBER,
            Tags.STUDY_DESCRIPTION,
            Tags.PATIENT_NAME,
            Tags.PATIENT_ID,
            Tags.ISSUER_OF_PATIENT_ID,
            Tags.PATIENT_BIRTH_DATE,
            Tags.PATIENT_SEX,
            Tags.STUDY_ID);

    private static final List<Integer> SERIES_TAGS = List.of(
            Tags.MODALITY,
            Tags.SERIES_DESCRIPTION,
            Tags.PATIENT_NAME,
            Tags.PATIENT_ID,
            Tags.ISSUER_OF_PATIENT_ID,
            Tags.SERIES_NUMBER);

    private static final int RENDERED_AT_ONCE = 100;

    private final Hits hits;
    private final Function<SiteId, String> labels;
    private final Function<StudyCopyId, Availability> elsewhere;
    private final CatalogueRows rows;

    /** Of what the site itself holds. */
    CatalogueSearch(Hits hits) {
        this(hits, SiteId::toString, _ -> Availability.UNAVAILABLE);
    }

    /**
     * @param labels what people call a site
     * @param elsewhere how soon what another site has recorded can be had here
     */
    CatalogueSearch(Hits hits, Function<SiteId, String> labels, Function<StudyCopyId, Availability> elsewhere) {
        this.hits = hits;
        this.labels = labels;
        this.elsewhere = elsewhere;
        this.rows = new CatalogueRows(hits);
    }

    /** One match more than the limit when there are more. */
    List<Match> find(Asked asked) {
        Request request = asked.request();
        int offset = request.query().offset();
        int size = request.query().limit() + 1;
        Optional<List<Row>> page = rows.page(asked, offset, size);
        if (page.isPresent()) {
            return render(asked, page.get());
        }
        List<Row> found = new ArrayList<>();
        rows.walk(asked, new CatalogueRows.Visitor<RuntimeException>() {
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
        return render(asked, found);
    }

    /** Every match, in the order of {@link #find}. */
    <E extends Exception> void walk(Asked asked, ArchiveQueries.MatchConsumer<E> consumer) throws E {
        List<Row> chunk = new ArrayList<>();
        boolean all = rows.walk(asked, new CatalogueRows.Visitor<E>() {
            @Override
            public boolean visit(Row row) throws E {
                chunk.add(row);
                if (chunk.size() < RENDERED_AT_ONCE) {
                    return true;
                }
                boolean wanted = hand(render(asked, chunk), consumer);
                chunk.clear();
                return wanted;
            }

            @Override
            public boolean isWanted() throws E {
                return consumer.isWanted();
            }
        });
        if (all) {
            hand(render(asked, chunk), consumer);
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

    private List<Match> render(Asked asked, List<Row> found) {
        if (asked.request().query().level() == QueryLevel.PATIENT) {
            return patients(asked, found);
        }
        Holders holders = asked.scope().isNetwork() ? Holders.of(asked, found, hits) : Holders.NONE;
        return switch (asked.request().query().level()) {
            case PATIENT, STUDY -> studies(asked, holders.preferred(found), holders);
            case SERIES, IMAGE -> series(asked.request(), holders.preferred(found), holders);
        };
    }

    private List<Match> studies(Asked asked, List<Row> matching, Holders holders) {
        Request request = asked.request();
        List<Row> found = CatalogueRows.isOfStudies(request) ? matching : ofStudies(asked, matching);
        PatientCounts counts = PatientCounts.of(request, found, hits);
        List<Match> matches = new ArrayList<>();
        for (Row row : found) {
            AttributeSet match = row.shown().with(ofStudy(row.hit())).with(counts.of(row));
            matches.add(new Match(
                    request.select(available(match, holders.availability(row, elsewhere)))
                            .with(holders.of(row, STUDY_TAGS, labels, elsewhere)),
                    row.patient(),
                    inConflict(row)));
        }
        return matches;
    }

    /** The rows of the studies of these series, each of the person whose series it is. */
    private List<Row> ofStudies(Asked asked, List<Row> series) {
        Map<String, String> keys = new LinkedHashMap<>();
        series.forEach(row -> keys.putIfAbsent(row.hit().path("copy").asText(), row.patientKey()));
        return hits.byId(CatalogueRows.STUDIES, List.copyOf(keys.keySet()), CatalogueRows.SHOWN).stream()
                .flatMap(hit -> asked
                        .rows(hit)
                        .filter(row ->
                                row.patientKey().equals(keys.get(hit.path("_id").asText())))
                        .findFirst()
                        .or(() -> asked.row(hit))
                        .stream())
                .toList();
    }

    private static Optional<StudyInstanceUid> inConflict(Row row) {
        return row.hit().path("conflicts").asInt() > 0
                ? row.shown().text(Tags.STUDY_INSTANCE_UID).map(StudyInstanceUid::new)
                : Optional.empty();
    }

    private List<Match> series(Request request, List<Row> found, Holders holders) {
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
            AttributeSet whole = study == null ? match : match.with(ofStudy(study));
            matches.add(new Match(
                    request.select(available(whole, holders.availability(row, elsewhere)))
                            .with(holders.of(row, SERIES_TAGS, labels, elsewhere)),
                    row.patient()));
        }
        return matches;
    }

    private List<Match> patients(Asked asked, List<Row> found) {
        Request request = asked.request();
        PatientCounts counts = PatientCounts.of(request, found, hits);
        List<Match> matches = new ArrayList<>();
        for (Row row : found) {
            AttributeSet match =
                    row.shown().filter(LevelAttributes.PATIENT::contains).with(counts.of(row));
            // A row is of one site's record, and so of that site's studies.
            boolean isOwn = asked.scope().isOwn(row.hit());
            AttributeSet available = available(match, isOwn ? Availability.ONLINE : Availability.UNAVAILABLE);
            matches.add(new Match(request.select(available), row.patient()));
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
        return available(match, Availability.ONLINE);
    }

    static AttributeSet available(AttributeSet match, Availability availability) {
        return match.with(
                Tags.INSTANCE_AVAILABILITY, new Attribute(Vr.CS, List.of(new Value.Text(availability.name()))));
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
