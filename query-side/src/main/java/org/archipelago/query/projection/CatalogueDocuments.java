package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.patient.AccessionIdentifier;
import org.archipelago.domain.patient.NameFolding;
import org.archipelago.query.attributes.AttributeJson;
import org.archipelago.query.matching.SearchTerms;

/** What of the catalogue's states is searchable, and what is shown. */
final class CatalogueDocuments {
    private static final int MAX_SORT_CHARS = 256;
    /** Elasticsearch takes 10,000 nested documents in one; of people beyond these the instances are not counted. */
    private static final int MAX_COUNTED = 1000;

    private CatalogueDocuments() {}

    /** Of a study of another site that nothing is known of but that it is there. */
    static ObjectNode unread(StudyState study) {
        ObjectNode document = Json.object().put("origin", origin(study.copy));
        study.missed.mark(document);
        return document;
    }

    /** Who recorded a stream. */
    private static String origin(String stream) {
        return stream.substring(0, stream.indexOf('/'));
    }

    static ObjectNode study(StudyState study, StudyPatients patients, boolean foreign) {
        List<StudyPerson> rows = rows(patients, Optional.empty());
        ObjectNode document = shared(study, patients, rows);
        List<AttributeSet> searched = new ArrayList<>(study.values.all());
        patients.people().forEach(person -> searched.add(person.matched()));
        search(document, study, patients, searched, StudyOrders.of(study.accessions, searched), foreign);
        study.missed.mark(document);
        document.put("row", study.studyUid)
                .put("series", study.seriesWithInstances())
                .put("instances", study.instances)
                .put("ofPatient", patients.people().getFirst().instances())
                .put("bytes", study.bytes)
                .put("conflicts", study.conflicts.size())
                .put("held", study.held)
                .put("settled", study.settled);
        if (patients.areSeveral()) {
            ArrayNode further = document.putArray("further");
            patients.people().stream()
                    .skip(1)
                    .limit(MAX_COUNTED)
                    .forEach(person ->
                            further.addObject().put("key", person.key()).put("instances", person.instances()));
        }
        if (!study.lastAt.isEmpty()) {
            document.put("firstAt", study.firstAt).put("lastAt", study.lastAt);
        }
        return document;
    }

    /** @param ofStudy everyone in the study: of others than those in the series nothing is shown, and nothing finds it */
    static ObjectNode series(SeriesState series, StudyState study, StudyPatients ofStudy, boolean foreign) {
        StudyPatients patients = ofStudy.in(series);
        List<StudyPerson> rows = rows(patients, Optional.of(series));
        ObjectNode document = shared(study, patients, rows);
        List<AttributeSet> searched = new ArrayList<>(series.values.all());
        patients.people().forEach(person -> searched.add(person.matched()));
        Set<AccessionIdentifier> recorded = study.accessions;
        StudyOrders orders;
        if (ofStudy.areSeveral()) {
            IntStream.range(0, rows.size()).mapToObj(patients::saidOfStudy).forEach(searched::add);
            orders = StudyOrders.named(recorded, searched);
        } else {
            searched.addAll(study.values.all());
            orders = StudyOrders.of(recorded, searched);
        }
        search(document, study, patients, searched, orders, foreign);
        document.put("row", study.studyUid + ":" + series.uid)
                .put("seriesUid", series.uid)
                .put("instances", series.instances);
        rows.getFirst().shown().text(Tags.SERIES_NUMBER).ifPresent(number -> putNumber(document, number));
        Json.texts(document, "seriesSopClasses", series.sopClasses.kinds());
        Json.texts(
                document,
                "varied",
                series.values.varied().stream().map(Tags::hex).toList());
        return document;
    }

    /** One for each person: all that a row of it shows, and all that finds it there. */
    private static List<StudyPerson> rows(StudyPatients patients, Optional<SeriesState> series) {
        List<StudyPerson> rows = new ArrayList<>();
        for (int i = 0; i < patients.people().size(); i++) {
            StudyPerson person = patients.people().get(i);
            List<Integer> places = patients.all().get(i).places();
            AttributeSet shown = patients.shownOfStudy(i);
            List<AttributeSet> matched = new ArrayList<>(List.of(patients.saidOfStudy(i)));
            if (series.isPresent()) {
                long objects = series.get().objects(places);
                shown = shown.with(series.get().values.shown(places, objects));
                matched.add(series.get().values.said(places, objects));
            }
            matched.add(person.matched());
            rows.add(new StudyPerson(
                    person.key(),
                    shown.with(person.shown()),
                    StudyPerson.union(matched),
                    person.orders(),
                    person.instances()));
        }
        return rows;
    }

    private static void search(
            ObjectNode document,
            StudyState study,
            StudyPatients patients,
            List<AttributeSet> values,
            StudyOrders orders,
            boolean foreign) {
        List<AttributeSet> searched = new ArrayList<>(values);
        sequences(document, searched);
        searched.add(computed(study));
        SearchTerms terms = SearchTerms.of(searched);
        patients.addIdentifiers(terms, foreign);
        orders.addTo(terms);
        terms(document, terms);
    }

    /** What several keys in one sequence are matched with: they must meet in one item, and terms do not tell items apart. */
    private static void sequences(ObjectNode document, List<AttributeSet> searched) {
        ArrayNode sets = Json.array();
        for (AttributeSet set : searched) {
            AttributeSet sequences = set.filter(tag ->
                    set.get(tag).filter(attribute -> attribute.vr() == Vr.SQ).isPresent());
            if (!sequences.isEmpty()) {
                sets.add(AttributeJson.write(sequences));
            }
        }
        document.set("sequences", sets);
    }

    static ObjectNode patient(PatientState patient, PatientView view) {
        AttributeSet shown = view.applyTo(patient.registered);
        ObjectNode document = Json.object()
                .put("origin", origin(patient.record))
                .put("record", patient.record)
                .put("id", patient.id)
                .put("issuer", patient.issuer)
                .put("survivor", view.survivor().orElse(patient.record))
                .put("studies", patient.studies.size());
        patient.missed.mark(document);
        terms(document, SearchTerms.of(shown));
        return document;
    }

    /** @param rows of its people, the first the one that the document shows */
    private static ObjectNode shared(StudyState study, StudyPatients patients, List<StudyPerson> rows) {
        AttributeSet shown = rows.getFirst().shown();
        ObjectNode document = Json.object()
                .put("origin", origin(study.copy))
                .put("copy", study.copy)
                .put("studyUid", study.studyUid);
        Json.texts(document, "patients", patients.records());
        document.put("patientKey", patients.mainKey());
        if (rows.size() > 1) {
            ArrayNode all = document.putArray("people");
            rows.forEach(person -> all.add(person.toJson()));
            Json.texts(
                    document,
                    "furtherKeys",
                    rows.stream().skip(1).map(StudyPerson::key).toList());
        }
        String name = shown.text(Tags.PATIENT_NAME).map(NameFolding::fold).orElse("");
        document.put("patientSort", name.substring(0, Math.min(name.length(), MAX_SORT_CHARS)));
        Json.texts(document, "issuer", patients.issuers());
        document.put("date", bounded(shown.text(Tags.STUDY_DATE).orElse("")));
        document.put("time", bounded(shown.text(Tags.STUDY_TIME).orElse("")));
        Json.texts(document, "modalities", study.modalities());
        Json.texts(document, "sopClasses", study.sopClasses());
        document.set("shown", AttributeJson.write(shown));
        return document;
    }

    private static String bounded(String text) {
        String digits = text.replace(".", "").replace(":", "").strip();
        return digits.substring(0, Math.min(digits.length(), MAX_SORT_CHARS));
    }

    private static void terms(ObjectNode document, SearchTerms terms) {
        Json.texts(document, "any", terms.any());
        Json.texts(document, "words", terms.words());
    }

    /** What is matched like an attribute, though no data set holds it (PS3.4 §C.3.4). */
    private static AttributeSet computed(StudyState study) {
        return AttributeSet.EMPTY
                .with(Tags.MODALITIES_IN_STUDY, texts(Vr.CS, study.modalities()))
                .with(Tags.SOP_CLASSES_IN_STUDY, texts(Vr.UI, study.sopClasses()));
    }

    private static Attribute texts(Vr vr, Collection<String> texts) {
        List<Value> values = new ArrayList<>();
        texts.forEach(text -> values.add(new Value.Text(text)));
        return new Attribute(vr, values);
    }

    private static void putNumber(ObjectNode document, String number) {
        try {
            document.put("number", Long.parseLong(number.strip()));
        } catch (NumberFormatException e) {
            document.put("number", Long.MAX_VALUE); // not an integer: sorted last
        }
    }
}
