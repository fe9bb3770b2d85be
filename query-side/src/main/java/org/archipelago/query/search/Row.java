package org.archipelago.query.search;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.DescriptionOfPatient;
import org.archipelago.contract.study.SeriesLevelAttributes;
import org.archipelago.contract.study.StudyLevelAttributes;
import org.archipelago.query.attributes.AttributeJson;
import org.archipelago.query.matching.HeaderMatch;
import org.archipelago.query.matching.SearchTerms;

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
        if (!hit.has("people")) {
            return all(hit);
        }
        boolean isSeries = hit.has("seriesUid");
        List<Request.Key> asked = request.keys().stream()
                .filter(key -> isOfStudy(key.tag()) || (isSeries && SeriesLevelAttributes.contains(key.tag())))
                .toList();
        return people(hit)
                .filter(person -> isMeant(AttributeJson.read(person.path("matched")), orders(person), asked))
                .map(person -> of(hit, person));
    }

    /** One for each person, whatever is asked. */
    static Stream<Row> all(JsonNode hit) {
        return hit.has("people")
                ? people(hit).map(person -> of(hit, person))
                : Stream.of(new Row(hit, hit.path("patientKey").asText(), AttributeJson.read(hit.path("shown"))));
    }

    private static Stream<JsonNode> people(JsonNode hit) {
        return StreamSupport.stream(hit.path("people").spliterator(), false);
    }

    private static Row of(JsonNode hit, JsonNode person) {
        return new Row(hit, person.path("key").asText(), AttributeJson.read(person.path("shown")));
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

    private static SearchTerms orders(JsonNode person) {
        SearchTerms orders = SearchTerms.none();
        for (JsonNode order : person.path("orders")) {
            orders.addIdentifier(
                    Tags.ACCESSION_NUMBER, order.path(1).asText(), order.path(0).asText());
        }
        return orders;
    }

    private static boolean isMeant(AttributeSet person, SearchTerms orders, List<Request.Key> asked) {
        return asked.stream().allMatch(key -> HeaderMatch.matches(person, orders, key.inHeader()));
    }
}
