package org.archipelago.query.projection;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.EventAttributes;
import org.archipelago.domain.patient.PatientIdentifiers;
import org.archipelago.domain.patient.StudyPeople.Person;
import org.archipelago.query.matching.SearchTerms;

/**
 * Everyone who has a current object in a study: usually one, or nobody identified. What only objects of others say of their
 * patient neither shows nor finds the study.
 *
 * @param all different people, at least one; the one first whom the study's row shows
 * @param people the same, as rows show and keys find them
 */
record StudyPatients(StudyState study, List<OnePerson> all, List<StudyPerson> people) {
    /**
     * Who is one person.
     *
     * @param places in the study's people, those of records first
     * @param views of the records; empty when nobody is identified
     */
    record OnePerson(List<Integer> places, List<PatientView> views) {
        /** What lies over the objects of this place: those who are identified by nothing are with the first record. */
        private PatientView view(int place) {
            int at = places.indexOf(place);
            return views.isEmpty() ? PatientView.UNIDENTIFIED : views.get(at < views.size() ? at : 0);
        }
    }

    static StudyPatients of(StudyState study, Documents documents) {
        List<Person> people = study.people.all();
        List<OnePerson> all = study.people.apart(patient -> survivor(patient, documents)).stream()
                .map(places -> new OnePerson(
                        places,
                        places.stream()
                                .map(people::get)
                                .filter(person -> person.patient().isPresent())
                                .map(person -> PatientView.of(PeopleJson.record(person), documents))
                                .toList()))
                .toList();
        List<String> keys =
                all.stream().map(person -> key(study, person, false)).toList();
        return new StudyPatients(
                study,
                all,
                all.stream()
                        .map(person -> person(study, person, key(study, person, isOfSeveral(study, person, keys))))
                        .toList());
    }

    private static boolean isOfSeveral(StudyState study, OnePerson person, List<String> keys) {
        return Collections.frequency(keys, key(study, person, false)) > 1;
    }

    private static PatientRecordId survivor(PatientRecordId patient, Documents documents) {
        return PatientView.of(patient.stream().value(), documents)
                .survivor()
                .map(record -> new PatientRecordId(new StreamId(record)))
                .orElse(patient);
    }

    /** Those who have a current object in this series; all while nobody has. */
    StudyPatients in(SeriesState series) {
        List<Integer> here = IntStream.range(0, all.size())
                .filter(i -> series.objects(all.get(i).places()) > 0)
                .boxed()
                .toList();
        return here.isEmpty()
                ? this
                : new StudyPatients(
                        study,
                        here.stream().map(all::get).toList(),
                        here.stream().map(people::get).toList());
    }

    boolean areSeveral() {
        return people.size() > 1;
    }

    private static StudyPerson person(StudyState study, OnePerson person, String key) {
        List<AttributeSet> said = new ArrayList<>();
        List<AttributeSet> matched = new ArrayList<>();
        List<Person> people = study.people.all();
        for (int place : person.places) {
            Person known = people.get(place);
            KnownValues ofPlace = study.personal(place);
            PatientView view = person.view(place);
            said.add(view.applyTo(ofPlace.shown(List.of(place), known.instances())));
            // All of this person's objects say it, or nothing.
            said.add(view.applyTo(known.described()));
            // No correction lies over an object that nothing identifies: it leaves, and is looked for, as it came.
            UnaryOperator<AttributeSet> leaving = known.patient().isPresent() ? view::without : view::withoutIdentity;
            Stream.concat(ofPlace.all().stream(), Stream.of(known.described()))
                    .map(leaving)
                    .forEach(matched::add);
        }
        person.views.forEach(view -> matched.add(view.overlay()));
        AttributeSet ofStudy = saidOfStudy(study, person.places);
        return new StudyPerson(
                key,
                first(said),
                StudyPerson.union(matched),
                StudyOrders.named(study.accessions, List.of(ofStudy)),
                instances(study, person));
    }

    /** Of each attribute the first that has a value, else an empty one. */
    private static AttributeSet first(List<AttributeSet> sets) {
        AttributeSet shown = AttributeSet.EMPTY;
        for (AttributeSet set : sets) {
            AttributeSet before = shown;
            shown = shown.with(set.filter(
                    tag -> before.get(tag).filter(EventAttributes::hasValue).isEmpty()));
        }
        return shown;
    }

    private static int instances(StudyState study, OnePerson person) {
        List<Person> people = study.people.all();
        return person.places.stream()
                .map(people::get)
                .mapToInt(Person::instances)
                .sum();
    }

    /** Who is one of several whom one record describes has a key by description, the same in each study. */
    private static String key(StudyState study, OnePerson person, boolean isOfSeveral) {
        int first = person.places.getFirst();
        String key = person.view(first).survivor().orElse("of " + study.copy + (first == 0 ? "" : " " + first));
        return isOfSeveral ? key + "#" + study.people.fullest(person.places) : key;
    }

    /** What stands for the person whom the study's row shows when results are grouped. */
    String mainKey() {
        return people.getFirst().key();
    }

    private Stream<PatientView> views() {
        return all.stream().flatMap(person -> person.views.stream());
    }

    Set<String> records() {
        Set<String> records = new LinkedHashSet<>();
        views().forEach(view -> records.addAll(view.records()));
        return records;
    }

    List<String> issuers() {
        return views().flatMap(view -> view.identifier().stream())
                .map(PatientIdentifier::issuer)
                .filter(issuer -> !issuer.isEmpty())
                .distinct()
                .toList();
    }

    /** What the objects of one of them say of the study, by its place here. */
    AttributeSet shownOfStudy(int person) {
        List<Integer> places = all.get(person).places();
        return study.values.shown(places, study.objects(places));
    }

    /** Every value of it that one of them has. */
    AttributeSet saidOfStudy(int person) {
        return saidOfStudy(study, all.get(person).places());
    }

    private static AttributeSet saidOfStudy(StudyState study, List<Integer> places) {
        return study.values.said(places, study.objects(places));
    }

    /**
     * Patient IDs with their issuers; those of nobody identified with what objects say of their issuer, in this site's own studies:
     * what identifies nobody at another site must not be taken for somebody.
     */
    void addIdentifiers(SearchTerms terms, boolean foreign) {
        List<PatientIdentifier> identified =
                views().flatMap(view -> view.identifier().stream()).toList();
        identified.forEach(known -> terms.addIdentifier(Tags.PATIENT_ID, known.issuer(), known.id()));
        if (foreign) {
            return;
        }
        // Whom nothing identifies is found by what an object says, a placeholder included, though it means nobody in
        // particular; not by a damaged one, which others may have in common.
        List<Person> known = study.people.all();
        all.stream()
                .flatMap(person -> person.places.stream())
                .map(known::get)
                .filter(person -> person.patient().isEmpty())
                .flatMap(person -> PatientIdentifiers.said(person.described()).stream())
                .forEach(said -> terms.addIdentifier(Tags.PATIENT_ID, said.issuer(), said.id()));
    }
}
