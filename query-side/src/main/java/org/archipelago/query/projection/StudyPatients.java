package org.archipelago.query.projection;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.query.matching.SearchTerms;

/**
 * Everyone whose objects carry a study's UID: usually one, or nobody identified.
 *
 * @param main the study's own patient, whom its row shows
 * @param all the main one among them, where identified
 */
record StudyPatients(PatientView main, List<PatientView> all) {
    static StudyPatients of(StudyState study, Documents documents) {
        List<PatientView> all = study.patients().stream()
                .map(patient -> PatientView.of(patient, documents))
                .toList();
        return new StudyPatients(study.patient.isEmpty() ? PatientView.UNIDENTIFIED : all.getFirst(), all);
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

    /**
     * What a study, or a series of it, is found by: each value that an object has, except where what every patient's record
     * says stands in its place, and what the records say.
     */
    List<AttributeSet> searched(List<AttributeSet> values) {
        Set<Integer> replaced = new HashSet<>();
        if (!all.isEmpty()) {
            replaced.addAll(all.getFirst().overlay().attributes().keySet());
            all.forEach(
                    patient -> replaced.retainAll(patient.overlay().attributes().keySet()));
        }
        List<AttributeSet> searched = new ArrayList<>();
        values.forEach(set -> searched.add(set.filter(tag -> !replaced.contains(tag))));
        all.forEach(patient -> searched.add(patient.overlay()));
        return searched;
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
