package org.archipelago.query.projection;

import java.util.LinkedHashSet;
import java.util.Set;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.patient.PatientEvent;

/** Patient events into patient documents, and into the documents of every study that they are about. */
final class PatientFold {
    private static final int MAX_MERGED_RECORDS = 10_000;

    void apply(PatientEvent event, Place place, Documents documents) {
        PatientState patient = state(event.patient().stream().value(), documents);
        boolean seen = place.position().value() <= patient.folded;
        switch (event) {
            case PatientEvent.PatientRegistered registered -> {
                patient.id = registered.identifier().id();
                patient.issuer = registered.identifier().issuer();
                patient.registered = registered.attributes();
            }
            case PatientEvent.PatientCorrected corrected -> {
                if (!seen) {
                    patient.corrections = patient.corrections.with(corrected.attributes());
                }
            }
            case PatientEvent.PatientMerged merged -> {
                String survivor = merged.survivor().stream().value();
                if (!seen) {
                    patient.mergedInto = survivor;
                }
                PatientState other = state(survivor, documents);
                if (patient.mergedInto.equals(survivor) && other.mergedFrom.add(patient.record)) {
                    documents.put(CatalogueFold.patient(survivor), other, place);
                }
            }
            case PatientEvent.PatientUnmerged unmerged -> {
                if (!seen) {
                    patient.mergedInto = "";
                }
                PatientState other = state(unmerged.from().stream().value(), documents);
                if (patient.mergedInto.isEmpty() && other.mergedFrom.remove(patient.record)) {
                    documents.put(CatalogueFold.patient(other.record), other, place);
                }
            }
        }
        patient.folded = Math.max(patient.folded, place.position().value());
        documents.put(CatalogueFold.patient(patient.record), patient, place);
        touchStudies(patient, place, documents);
    }

    private static PatientState state(String record, Documents documents) {
        return documents
                .find(CatalogueFold.patient(record), PatientState.class)
                .orElseGet(() -> new PatientState(record));
    }

    private static void touchStudies(PatientState patient, Place place, Documents documents) {
        Set<String> copies = new LinkedHashSet<>();
        Set<String> records = new LinkedHashSet<>();
        collect(patient, documents, records, copies);
        // Who a record is with is in its document, over however many merges.
        for (String record : records) {
            documents.put(CatalogueFold.patient(record), state(record, documents), place);
        }
        documents.load(copies.stream().map(CatalogueFold::study).toList());
        for (String copy : copies) {
            DocumentKey key = CatalogueFold.study(copy);
            documents.find(key, StudyState.class).ifPresent(study -> {
                documents.put(key, study, place);
                StudyFold.touchSeries(study, place, documents);
            });
        }
    }

    /** Also the studies of every record that was merged into this one. */
    private static void collect(PatientState patient, Documents documents, Set<String> seen, Set<String> copies) {
        if (!seen.add(patient.record) || seen.size() > MAX_MERGED_RECORDS) {
            return;
        }
        copies.addAll(patient.studies);
        documents.load(patient.mergedFrom.stream().map(CatalogueFold::patient).toList());
        for (String merged : patient.mergedFrom) {
            collect(state(merged, documents), documents, seen, copies);
        }
    }

    void erase(String record, Place place, Documents documents) {
        DocumentKey key = CatalogueFold.patient(record);
        documents.find(key, PatientState.class).ifPresent(patient -> {
            patient.id = "";
            patient.issuer = "";
            patient.registered = AttributeSet.EMPTY;
            patient.corrections = AttributeSet.EMPTY;
            patient.mergedInto = "";
            documents.put(key, patient, place);
            touchStudies(patient, place, documents);
        });
    }
}
