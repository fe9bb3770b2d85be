package org.archipelago.query.projection;

import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.study.StoredInstance;
import org.archipelago.contract.study.StudyEvent;

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
                    study.patient = registered
                            .patient()
                            .map(patient -> patient.stream().value())
                            .orElse("");
                    study.attributes = registered.attributes().with(Tags.STUDY_INSTANCE_UID, uid(study.studyUid));
                    study.arrived(registered.registeredAt().toString());
                }
                adopt(study, place, documents);
            }
            case StudyEvent.StudyPatientIdentified identified -> {
                if (!seen) {
                    study.patient = identified.patient().stream().value();
                }
                adopt(study, place, documents);
            }
            case StudyEvent.SeriesRegistered registered -> {
                study.series.add(registered.series().value());
                registered.attributes().get(Tags.MODALITY).ifPresent(modality -> addTexts(modality, study));
                series(study, registered.series().value(), place, documents)
                        .ifPresent(series -> series.attributes = registered
                                .attributes()
                                .with(
                                        Tags.SERIES_INSTANCE_UID,
                                        uid(registered.series().value())));
            }
            case StudyEvent.AttributesVaried varied ->
                varied.series()
                        .ifPresentOrElse(
                                uid -> series(study, uid.value(), place, documents)
                                        .ifPresent(series -> series.varied.addAll(varied.tags())),
                                () -> study.varied.addAll(varied.tags()));
            case StudyEvent.InstancesStored stored -> {
                stored(stored, study, seen, place, documents);
            }
            case StudyEvent.VersionSuperseded superseded -> {
                if (!seen) {
                    study.arrived(superseded.supersededAt().toString());
                    study.sopClasses.add(
                            superseded.newer().object().sopClassUid().value());
                }
            }
            case StudyEvent.RenditionKept kept -> {
                if (!seen) {
                    study.arrived(kept.keptAt().toString());
                }
            }
            case StudyEvent.ConflictOpened opened -> {
                if (!seen) {
                    study.conflicts.put(opened.conflict().value(), opened.kind().name());
                }
            }
            case StudyEvent.ConflictResolved resolved -> {
                if (!seen) {
                    study.conflicts.remove(resolved.conflict().value());
                }
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
        if (!before.equals(Shared.of(study))) {
            touchSeries(study, place, documents);
        }
    }

    private static void stored(
            StudyEvent.InstancesStored stored, StudyState study, boolean seen, Place place, Documents documents) {
        if (!seen) {
            study.arrived(stored.storedAt().toString());
            for (StoredInstance instance : stored.instances()) {
                study.instances++;
                study.bytes += instance.object().lengthBytes();
                study.sopClasses.add(instance.object().sopClassUid().value());
            }
        }
        for (String uid : new TreeSet<>(stored.instances().stream()
                .map(instance -> instance.series().value())
                .toList())) {
            series(study, uid, place, documents).ifPresent(series -> {
                for (StoredInstance instance : stored.instances()) {
                    if (instance.series().value().equals(uid)) {
                        series.instances++;
                        series.sopClasses.add(instance.object().sopClassUid().value());
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
        study.series.add(uid);
        documents.put(key, series, place);
        return Optional.of(series);
    }

    /** Events name these UIDs beside the attributes. */
    private static Attribute uid(String value) {
        return new Attribute(Vr.UI, List.of(new Value.Text(value)));
    }

    private static void addTexts(Attribute attribute, StudyState study) {
        for (Value value : attribute.values()) {
            if (value instanceof Value.Text text && !text.text().isBlank()) {
                study.modalities.add(text.text().strip());
            }
        }
    }

    /** The patient's record must know its studies, to change them later. */
    private static void adopt(StudyState study, Place place, Documents documents) {
        if (study.patient.isEmpty()) {
            return;
        }
        DocumentKey key = CatalogueFold.patient(study.patient);
        PatientState patient = documents.find(key, PatientState.class).orElseGet(() -> new PatientState(study.patient));
        if (patient.studies.add(study.copy)) {
            documents.put(key, patient, place);
        }
    }

    /** Series documents carry what holds for their study: they change with it. */
    static void touchSeries(StudyState study, Place place, Documents documents) {
        documents.load(study.series.stream()
                .map(uid -> CatalogueFold.series(study.copy, uid))
                .toList());
        for (String uid : study.series) {
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
        for (String uid : found.get().series) {
            documents.remove(CatalogueFold.series(copy, uid), place);
        }
        documents.remove(key, place);
        DocumentKey patientKey = CatalogueFold.patient(found.get().patient);
        documents.find(patientKey, PatientState.class).ifPresent(patient -> {
            if (patient.studies.remove(copy)) {
                documents.put(patientKey, patient, place);
            }
        });
    }

    /** The part of a study that its series' documents repeat. */
    private record Shared(String patient, Object varied, Object modalities) {
        static Shared of(StudyState study) {
            return new Shared(study.patient, new TreeSet<>(study.varied), new TreeSet<>(study.modalities));
        }
    }
}
