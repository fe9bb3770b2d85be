package org.archipelago.query.search;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.DescriptionOfPatient;
import org.archipelago.contract.study.SeriesLevelAttributes;
import org.archipelago.contract.study.StudyLevelAttributes;
import org.archipelago.query.attributes.AttributeJson;
import org.archipelago.query.matching.HeaderMatch;

/**
 * A document that matches, as the row of one person: objects of several patients may carry one study's UID, and who looks
 * for one of them is never shown another.
 *
 * @param patientKey what stands for the person when results are grouped
 */
record Row(JsonNode hit, String patientKey, AttributeSet shown) {
    /** How the key of a person begins whom nothing identifies; a stream's begins with its origin. */
    private static final String NOBODY = "of ";

    /** What follows the record in the key of a further person whom that one record describes. */
    private static final char DESCRIBED = '#';

    /** Of these a document's source has what a row needs to know of people. */
    static final List<String> SOURCE = List.of("shown", "patientKey", "people");

    /** The record that stands for the person; empty when nobody is identified. */
    Optional<PatientRecordId> patient() {
        if (patientKey.startsWith(NOBODY)) {
            return Optional.empty();
        }
        int end = patientKey.indexOf(DESCRIBED);
        return Optional.of(new PatientRecordId(new StreamId(end < 0 ? patientKey : patientKey.substring(0, end))));
    }

    /** One for each person whom the keys mean, the study's own patient first; none where they are met by no single person. */
    static Stream<Row> of(Request request, JsonNode hit) {
        AttributeSet shown = AttributeJson.read(hit.path("shown"));
        if (!hit.has("people")) {
            return Stream.of(new Row(hit, hit.path("patientKey").asText(), shown));
        }
        boolean isSeries = hit.has("seriesUid");
        List<Request.Key> asked = request.keys().stream()
                .filter(key -> isOfStudy(key.tag()) || (isSeries && SeriesLevelAttributes.contains(key.tag())))
                .toList();
        return Stream.iterate(0, i -> i < hit.path("people").size(), i -> i + 1)
                .map(i -> hit.path("people").path(i))
                .filter(person -> isMeant(AttributeJson.read(person.path("matched")), asked))
                .map(person -> new Row(hit, person.path("key").asText(), AttributeJson.read(person.path("shown"))));
    }

    /** Of a level at which a document is one row. */
    static Optional<Row> first(Request request, JsonNode hit) {
        return of(request, hit).findFirst();
    }

    /** Whether the request asks for what may differ between the people of a document. */
    static boolean isOfPerson(Request request) {
        return request.keys().stream()
                .anyMatch(key -> isOfStudy(key.tag()) || SeriesLevelAttributes.contains(key.tag()));
    }

    private static boolean isOfStudy(int tag) {
        return DescriptionOfPatient.contains(tag) || StudyLevelAttributes.contains(tag);
    }

    private static boolean isMeant(AttributeSet person, List<Request.Key> asked) {
        return asked.stream().allMatch(key -> HeaderMatch.matches(person, key.inHeader()));
    }
}
