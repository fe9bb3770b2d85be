package org.archipelago.query.projection;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.study.DescriptionOfPatient;
import org.archipelago.contract.study.StoredInstance;
import org.archipelago.contract.study.StudyEvent;
import org.archipelago.contract.study.VersionStanding;
import org.archipelago.domain.patient.StudyPeople;

/** Study events into study and series documents. */
final class StudyFold {
    void apply(StudyEvent event, Place place, Documents documents) {
        String copy = event.study().stream().value();
        DocumentKey key = CatalogueFold.study(copy);
        StudyState study = documents.find(key, StudyState.class).orElseGet(() -> new StudyState(copy));
        Shared before = Shared.of(study);
        boolean seen = place.position().value() <= study.folded;
        switch (event) {
            case StudyEvent.StudyRegistered registered -> {
                if (!seen) {
                    study.studyUid = registered.studyInstanceUid().value();
                    study.people = new StudyPeople(registered.patient(), registered.attributes());
                    AttributeSet first = registered.attributes();
                    study.values.begin(first.filter(tag -> !DescriptionOfPatient.contains(tag))
                            .with(Tags.STUDY_INSTANCE_UID, uid(study.studyUid)));
                    study.personal(0).begin(first.filter(DescriptionOfPatient::contains));
                    registered.accession().ifPresent(study.accessions::add);
                    study.arrived(registered.registeredAt().toString());
                }
            }
            case StudyEvent.PersonDescribed described -> {
                if (!seen) {
                    study.people.describe(
                            described.person(), described.patient(), described.attributes(), described.crowd());
                    study.personal(described.person()).begin(described.attributes());
                }
            }
            case StudyEvent.SeriesRegistered registered -> {
                String uid = registered.series().value();
                if (!seen) {
                    study.part(uid).modality.begin(registered.attributes().filter(StudyFold::isModality));
                }
                series(study, uid, place, documents)
                        .ifPresent(series ->
                                series.values.begin(registered.attributes().with(Tags.SERIES_INSTANCE_UID, uid(uid))));
            }
            case StudyEvent.AttributesVaried varied -> varied(varied, study, seen, place, documents);
            case StudyEvent.InstancesStored stored -> {
                stored(stored, study, seen, place, documents);
            }
            case StudyEvent.VersionSuperseded superseded -> {
                if (!seen) {
                    study.arrived(superseded.supersededAt().toString());
                }
                change(superseded.formerly(), superseded.newer().standing(), study, seen, place, documents);
            }
            case StudyEvent.BlobReplaced _ -> {}
            case StudyEvent.RenditionKept kept -> {
                if (!seen) {
                    study.arrived(kept.keptAt().toString());
                }
            }
            case StudyEvent.ConflictOpened opened -> {
                if (!seen) {
                    study.conflicts.put(opened.conflict().value(), opened.kind().name());
                    study.settled &= opened.challenger().isEmpty();
                }
                // A series that only a challenger is in is known, and hidden.
                opened.challenger()
                        .ifPresent(
                                challenger -> series(study, challenger.series().value(), place, documents));
            }
            case StudyEvent.ConflictResolved resolved -> {
                if (!seen) {
                    study.conflicts.remove(resolved.conflict().value());
                }
                resolved.change()
                        .ifPresent(change -> change(change.from(), change.to(), study, seen, place, documents));
            }
            case StudyEvent.StudySettled _ -> study.settled |= !seen;
            case StudyEvent.StudyHeld _ -> study.held = seen ? study.held : true;
            case StudyEvent.StudyReleased _ -> study.held = seen && study.held;
            case StudyEvent.InstancesCommitted _ -> {}
        }
        if (!seen) {
            study.folded = place.position().value();
            documents.put(key, study, place);
        }
        adopt(study, place, documents);
        // Seen here does not mean seen there: the series' index may be an older one.
        if (!before.equals(Shared.of(study)) || (seen && mayChangeSeries(event))) {
            touchSeries(study, place, documents);
        }
    }

    /** Whether documents of the study's series, other than those that the event itself is about, may change with it. */
    private static boolean mayChangeSeries(StudyEvent event) {
        return switch (event) {
            case StudyEvent.StudyRegistered _,
                    StudyEvent.PersonDescribed _,
                    StudyEvent.SeriesRegistered _,
                    StudyEvent.AttributesVaried _,
                    StudyEvent.InstancesStored _,
                    StudyEvent.VersionSuperseded _,
                    StudyEvent.ConflictOpened _,
                    StudyEvent.ConflictResolved _ -> true;
            case StudyEvent.RenditionKept _,
                    StudyEvent.BlobReplaced _,
                    StudyEvent.InstancesCommitted _,
                    StudyEvent.StudySettled _,
                    StudyEvent.StudyHeld _,
                    StudyEvent.StudyReleased _ -> false;
        };
    }

    private static void varied(
            StudyEvent.AttributesVaried varied, StudyState study, boolean seen, Place place, Documents documents) {
        if (varied.series().isEmpty()) {
            if (!seen) {
                AttributeSet further = varied.further();
                study.values.add(further.filter(tag -> !DescriptionOfPatient.contains(tag)), varied.places());
                study.personal(varied.person()).add(further.filter(DescriptionOfPatient::contains), varied.places());
                varied.accession().ifPresent(study.accessions::add);
            }
            return;
        }
        String uid = varied.series().get().value();
        if (!seen) {
            study.part(uid).modality.add(varied.further().filter(StudyFold::isModality), varied.places());
        }
        series(study, uid, place, documents).ifPresent(series -> {
            series.values.vary(varied.tags());
            series.values.add(varied.further(), varied.places());
        });
    }

    /** Of one instance another version is current. */
    private static void change(
            VersionStanding from,
            VersionStanding to,
            StudyState study,
            boolean seen,
            Place place,
            Documents documents) {
        if (!seen) {
            study.count(from, -1);
            study.count(to, 1);
            study.settled = false;
        }
        if (from.series().equals(to.series())) {
            series(study, to.series().value(), place, documents).ifPresent(series -> {
                series.count(from, -1);
                series.count(to, 1);
            });
        } else {
            series(study, from.series().value(), place, documents).ifPresent(series -> series.count(from, -1));
            series(study, to.series().value(), place, documents).ifPresent(series -> series.count(to, 1));
        }
    }

    private static void stored(
            StudyEvent.InstancesStored stored, StudyState study, boolean seen, Place place, Documents documents) {
        if (!seen) {
            study.arrived(stored.storedAt().toString());
            for (StoredInstance instance : stored.instances()) {
                study.instances++;
                study.bytes += instance.object().lengthBytes();
                study.count(instance.standing(), 1);
            }
        }
        for (String uid : new TreeSet<>(stored.instances().stream()
                .map(instance -> instance.series().value())
                .toList())) {
            series(study, uid, place, documents).ifPresent(series -> {
                for (StoredInstance instance : stored.instances()) {
                    if (instance.series().value().equals(uid)) {
                        series.count(instance.standing(), 1);
                    }
                }
            });
        }
    }

    /** The series' state to change, unless this event is in it already. */
    private static Optional<SeriesState> series(StudyState study, String uid, Place place, Documents documents) {
        DocumentKey key = CatalogueFold.series(study.copy, uid);
        SeriesState series = documents.find(key, SeriesState.class).orElseGet(() -> new SeriesState(study.copy, uid));
        if (place.position().value() <= series.folded) {
            return Optional.empty();
        }
        series.folded = place.position().value();
        documents.put(key, series, place);
        return Optional.of(series);
    }

    /** Events name these UIDs beside the attributes. */
    private static Attribute uid(String value) {
        return new Attribute(Vr.UI, List.of(new Value.Text(value)));
    }

    private static boolean isModality(int tag) {
        return tag == Tags.MODALITY;
    }

    /** The patients' records must know their studies, to change them later. */
    private static void adopt(StudyState study, Place place, Documents documents) {
        for (String record : study.patients()) {
            DocumentKey key = CatalogueFold.patient(record);
            PatientState patient = documents.find(key, PatientState.class).orElseGet(() -> new PatientState(record));
            if (patient.studies.add(study.copy)) {
                documents.put(key, patient, place);
            }
        }
    }

    /** Series documents carry what holds for their study: they change with it. */
    static void touchSeries(StudyState study, Place place, Documents documents) {
        documents.load(study.series.keySet().stream()
                .map(uid -> CatalogueFold.series(study.copy, uid))
                .toList());
        for (String uid : study.series.keySet()) {
            DocumentKey key = CatalogueFold.series(study.copy, uid);
            documents.find(key, SeriesState.class).ifPresent(series -> documents.put(key, series, place));
        }
    }

    void erase(String copy, Place place, Documents documents) {
        DocumentKey key = CatalogueFold.study(copy);
        Optional<StudyState> found = documents.find(key, StudyState.class);
        if (found.isEmpty()) {
            return;
        }
        for (String uid : found.get().series.keySet()) {
            documents.remove(CatalogueFold.series(copy, uid), place);
        }
        documents.remove(key, place);
        for (String record : found.get().patients()) {
            DocumentKey patientKey = CatalogueFold.patient(record);
            documents.find(patientKey, PatientState.class).ifPresent(patient -> {
                if (patient.studies.remove(copy)) {
                    documents.put(patientKey, patient, place);
                }
            });
        }
    }

    /** The part of a study that its series' documents repeat. */
    private record Shared(
            List<Integer> people,
            List<String> patients,
            Object values,
            Object accessions,
            Set<String> modalities,
            Set<String> sopClasses) {
        static Shared of(StudyState study) {
            return new Shared(
                    study.people.present(),
                    study.patients(),
                    study.appearance(),
                    Set.copyOf(study.accessions),
                    study.modalities(),
                    study.sopClasses());
        }
    }
}
