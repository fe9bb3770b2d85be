package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashSet;
import java.util.Set;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.query.attributes.AttributeJson;
import org.archipelago.query.matching.NameFolding;
import org.archipelago.query.matching.SearchTerms;

/** What of the catalogue's states is searchable, and what is shown. */
final class CatalogueDocuments {
    private static final int MAX_SORT_CHARS = 256;
    private static final int LOCAL_NAMESPACE_ENTITY_ID = 0x00400031;
    private static final int UNIVERSAL_ENTITY_ID = 0x00400032;

    private CatalogueDocuments() {}

    static ObjectNode study(StudyState study, PatientView patient) {
        AttributeSet shown = patient.applyTo(study.constants());
        ObjectNode document = shared(study, patient, shown);
        terms(document, shown);
        document.put("series", study.series.size())
                .put("instances", study.instances)
                .put("bytes", study.bytes)
                .put("conflicts", study.conflicts.size())
                .put("held", study.held)
                .put("settled", study.settled);
        if (!study.lastAt.isEmpty()) {
            document.put("firstAt", study.firstAt).put("lastAt", study.lastAt);
        }
        document.set("shown", AttributeJson.write(shown));
        return document;
    }

    static ObjectNode series(SeriesState series, StudyState study, PatientView patient) {
        AttributeSet whole = patient.applyTo(study.constants());
        AttributeSet shown = whole.with(series.constants()).with(patient.overlay());
        ObjectNode document = shared(study, patient, shown);
        terms(document, shown);
        document.put("seriesUid", series.uid).put("instances", series.instances);
        shown.text(Tags.SERIES_NUMBER).ifPresent(number -> putNumber(document, number));
        Json.texts(document, "seriesSopClasses", series.sopClasses);
        document.set("shown", AttributeJson.write(shown));
        return document;
    }

    static ObjectNode patient(PatientState patient, PatientView view) {
        AttributeSet shown = view.applyTo(patient.registered);
        ObjectNode document = Json.object()
                .put("record", patient.record)
                .put("id", patient.id)
                .put("issuer", patient.issuer)
                .put("survivor", view.survivor().orElse(patient.record))
                .put("studies", patient.studies.size());
        terms(document, shown);
        return document;
    }

    private static ObjectNode shared(StudyState study, PatientView patient, AttributeSet shown) {
        ObjectNode document = Json.object().put("copy", study.copy).put("studyUid", study.studyUid);
        Json.texts(document, "patients", patient.records());
        document.put("patientKey", patient.survivor().orElse("of " + study.copy));
        String name = shown.text(Tags.PATIENT_NAME).map(NameFolding::fold).orElse("");
        document.put("patientSort", name.substring(0, Math.min(name.length(), MAX_SORT_CHARS)));
        if (!patient.issuer().isEmpty()) {
            document.put("issuer", patient.issuer());
        }
        Json.texts(document, "accessionIssuer", accessionIssuers(shown));
        document.put("date", bounded(shown.text(Tags.STUDY_DATE).orElse("")));
        document.put("time", bounded(shown.text(Tags.STUDY_TIME).orElse("")));
        Json.texts(document, "modalities", study.modalities);
        Json.texts(document, "sopClasses", study.sopClasses);
        return document;
    }

    private static String bounded(String text) {
        String digits = text.replace(".", "").replace(":", "").strip();
        return digits.substring(0, Math.min(digits.length(), MAX_SORT_CHARS));
    }

    private static Set<String> accessionIssuers(AttributeSet shown) {
        Set<String> issuers = new LinkedHashSet<>();
        for (Value value : shown.get(Tags.ISSUER_OF_ACCESSION_NUMBER_SEQUENCE)
                .map(Attribute::values)
                .orElse(java.util.List.of())) {
            if (value instanceof Value.Item item) {
                item.attributes().text(LOCAL_NAMESPACE_ENTITY_ID).ifPresent(issuers::add);
                item.attributes().text(UNIVERSAL_ENTITY_ID).ifPresent(issuers::add);
            }
        }
        return issuers;
    }

    private static void terms(ObjectNode document, AttributeSet shown) {
        SearchTerms terms = SearchTerms.of(shown);
        Json.texts(document, "any", terms.any());
        Json.texts(document, "words", terms.words());
    }

    private static void putNumber(ObjectNode document, String number) {
        try {
            document.put("number", Long.parseLong(number.strip()));
        } catch (NumberFormatException e) {
            document.put("number", Long.MAX_VALUE); // not an integer: sorted last
        }
    }
}
