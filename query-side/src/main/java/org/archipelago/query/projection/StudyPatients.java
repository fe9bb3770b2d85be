package org.archipelago.query.projection;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.domain.patient.DescriptionOfPatient;
import org.archipelago.query.matching.SearchTerms;
import org.archipelago.query.projection.Said.Standing;

/**
 * Everyone whose objects carry a study's UID: usually one, or nobody identified.
 *
 * @param main the study's own patient, whom its row shows
 * @param all the main one among them, where identified
 * @param people those of them that are different people, the main one first; empty when they are one
 */
record StudyPatients(StudyState study, PatientView main, List<PatientView> all, List<StudyPerson> people) {
    static StudyPatients of(StudyState study, Documents documents) {
        List<PatientView> all = study.patients().stream()
                .map(patient -> PatientView.of(patient, documents))
                .toList();
        PatientView main = study.patient.isEmpty() ? PatientView.UNIDENTIFIED : all.getFirst();
        return new StudyPatients(study, main, all, people(study, main, all));
    }

    private static List<StudyPerson> people(StudyState study, PatientView main, List<PatientView> all) {
        Map<String, List<PatientView>> people = new LinkedHashMap<>();
        people.computeIfAbsent(key(study, main), _ -> new ArrayList<>()).add(main);
        all.stream()
                .filter(patient -> patient != main)
                .forEach(patient -> people.computeIfAbsent(key(study, patient), _ -> new ArrayList<>())
                        .add(patient));
        List<StudyPerson> different = new ArrayList<>();
        if (people.size() > 1) {
            people.forEach((key, records) -> different.add(person(key, records, study, main)));
        }
        return different;
    }

    private static String key(StudyState study, PatientView patient) {
        return patient.survivor().orElse("of " + study.copy);
    }

    /** Events name a value once, whoever says it: what is missing of a further patient is what the record was registered with. */
    private static StudyPerson person(String key, List<PatientView> records, StudyState study, PatientView main) {
        List<AttributeSet> said = new ArrayList<>();
        List<AttributeSet> matched = new ArrayList<>();
        for (PatientView record : records) {
            List<Said> ofRecord = study.values.said().stream()
                    .filter(one -> one.isOf(record == main ? "" : record.record()))
                    .map(one -> one.with(one.values().filter(DescriptionOfPatient::contains)))
                    .toList();
            List<AttributeSet> own = new ArrayList<>(KnownValues.ranked(ofRecord, Standing.CURRENT, Standing.USUAL));
            if (record != main) {
                own.addAll(KnownValues.ranked(ofRecord, Standing.ASIDE));
                AttributeSet known = KnownValues.first(own);
                own.add(record.registered().filter(tag -> !known.contains(tag)));
            }
            ofRecord.forEach(one -> matched.add(record.without(one.values())));
            said.addAll(own);
            own.forEach(set -> matched.add(record.without(set)));
            matched.add(record.overlay());
        }
        return new StudyPerson(key, records.getFirst().applyTo(KnownValues.first(said)), StudyPerson.union(matched));
    }

    /** What stands for the study's own patient when results are grouped. */
    String mainKey() {
        return key(study, main);
    }

    List<String> records() {
        return all.stream()
                .flatMap(patient -> patient.records().stream())
                .distinct()
                .toList();
    }

    List<String> issuers() {
        return all.stream()
                .flatMap(patient -> patient.identifier().stream())
                .map(PatientIdentifier::issuer)
                .filter(issuer -> !issuer.isEmpty())
                .distinct()
                .toList();
    }

    /** What a row shows that means no other of its people. */
    AttributeSet shown(AttributeSet values) {
        return people.isEmpty()
                ? main.applyTo(values)
                : values.filter(tag -> !DescriptionOfPatient.contains(tag))
                        .with(people.getFirst().shown());
    }

    /**
     * What a study, or a series of it, is found by: each value that an object has, except where what its patient's record says
     * stands in its place, and what the records say.
     */
    List<AttributeSet> searched(List<AttributeSet> ofSeries) {
        List<AttributeSet> searched = new ArrayList<>();
        for (Said one : study.values.said()) {
            searched.add(said(one.by().patient()).without(one.values()));
        }
        ofSeries.forEach(set -> searched.add(main.without(set)));
        all.forEach(patient -> searched.add(patient.overlay()));
        people.forEach(person -> searched.add(person.matched()));
        return searched;
    }

    private PatientView said(String patient) {
        return all.stream()
                .filter(one -> one.record().equals(patient))
                .findFirst()
                .orElse(main);
    }

    /** Patient IDs with their issuers; those of nobody identified with what objects say of their issuer. */
    void addIdentifiers(List<AttributeSet> values, SearchTerms terms) {
        List<PatientIdentifier> identified =
                all.stream().flatMap(patient -> patient.identifier().stream()).toList();
        identified.forEach(known -> terms.addIdentifier(Tags.PATIENT_ID, known.issuer(), known.id()));
        if (identified.isEmpty()) {
            for (AttributeSet set : values) {
                Optional<String> issuer = set.text(Tags.ISSUER_OF_PATIENT_ID);
                set.text(Tags.PATIENT_ID).ifPresent(id -> terms.addIdentifier(Tags.PATIENT_ID, issuer.orElse(""), id));
            }
        }
    }
}
