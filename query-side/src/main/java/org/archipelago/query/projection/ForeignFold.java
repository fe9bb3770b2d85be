package org.archipelago.query.projection;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.patient.AccessionIdentifier;
import org.archipelago.contract.patient.IssuerDomain;
import org.archipelago.contract.patient.PatientEvent;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.StudyEvent;

/**
 * Events of another site into the catalogue. Whatever they say, they touch documents of their own origin only; and since that site may
 * be mistaken or hostile, what its events can make of one stream is bounded here, not by the rules that they should have passed. An
 * issuer that it was not given is of no domain that is known here.
 */
final class ForeignFold {
    /** Estimated, of one study: some 4,000 series. */
    static final int MAX_STUDY_BYTES = 4 << 20;

    /** Of one patient record: each event of it touches all of them. */
    static final int MAX_STUDIES_OF_PATIENT = 1_000;

    /** Records that are one patient by merges. */
    static final int MAX_MERGED = 200;

    private final StudyFold studies;
    private final PatientFold patients;

    ForeignFold(StudyFold studies, PatientFold patients) {
        this.studies = studies;
        this.patients = patients;
    }

    /** @throws IllegalArgumentException it is beyond what another site may make of a stream */
    void apply(Object payload, Place place, Documents documents) {
        switch (payload) {
            case StudyEvent event -> study(confined(event, place), place, documents);
            case PatientEvent event -> patient(event, place, documents);
            case Erased erased -> erased(erased, place, documents);
            default -> {} // what no search is about
        }
    }

    private void study(StudyEvent event, Place place, Documents documents) {
        StudyState study = state(place, documents);
        if (study.studyUid.isEmpty() && study.missed.any() && !(event instanceof StudyEvent.StudyRegistered)) {
            passOver(false, place, documents);
            return;
        }
        require(study.sizeBytes() <= MAX_STUDY_BYTES);
        patientOf(event)
                .flatMap(patient ->
                        documents.find(CatalogueFold.patient(patient.stream().value()), PatientState.class))
                .ifPresent(patient -> require(
                        patient.studies.contains(study.copy) || patient.studies.size() < MAX_STUDIES_OF_PATIENT));
        studies.apply(event, place, documents);
    }

    private static Optional<PatientRecordId> patientOf(StudyEvent event) {
        return switch (event) {
            case StudyEvent.StudyRegistered registered -> registered.patient();
            case StudyEvent.PersonDescribed described -> described.patient();
            default -> Optional.empty();
        };
    }

    /** A patient whom another origin recorded is nobody here: only that origin says who its patients are. */
    private static StudyEvent confined(StudyEvent event, Place place) {
        require(event.study().stream().value().equals(place.stream()));
        return switch (event) {
            case StudyEvent.StudyRegistered registered ->
                new StudyEvent.StudyRegistered(
                        registered.study(),
                        registered.studyInstanceUid(),
                        registered.patient().filter(patient -> isOfSameOrigin(patient.stream(), place)),
                        registered.pixelKey(),
                        registered.attributes(),
                        registered.accession().map(ForeignFold::elsewhere),
                        registered.registeredAt());
            case StudyEvent.PersonDescribed described ->
                new StudyEvent.PersonDescribed(
                        described.study(),
                        described.person(),
                        described.patient().filter(patient -> isOfSameOrigin(patient.stream(), place)),
                        described.attributes(),
                        described.crowd(),
                        described.describedAt());
            case StudyEvent.AttributesVaried varied ->
                new StudyEvent.AttributesVaried(
                        varied.study(),
                        varied.series(),
                        varied.person(),
                        varied.tags(),
                        varied.further(),
                        varied.places(),
                        varied.accession().map(ForeignFold::elsewhere));
            default -> event;
        };
    }

    private static AccessionIdentifier elsewhere(AccessionIdentifier order) {
        return new AccessionIdentifier(order.number(), IssuerDomain.elsewhere(order.issuer()));
    }

    private static boolean isOfSameOrigin(StreamId stream, Place place) {
        return stream.value()
                .startsWith(place.stream().substring(0, place.stream().indexOf('/') + 1));
    }

    private void patient(PatientEvent event, Place place, Documents documents) {
        require(event.patient().stream().value().equals(place.stream()));
        switch (event) {
            case PatientEvent.PatientMerged merged -> {
                require(isOfSameOrigin(merged.survivor().stream(), place));
                require(areFew(place.stream(), merged.survivor().stream().value(), documents));
            }
            case PatientEvent.PatientUnmerged unmerged -> require(isOfSameOrigin(unmerged.from().stream(), place));
            case PatientEvent.PatientRegistered _, PatientEvent.PatientCorrected _ -> {}
        }
        patients.apply(elsewhere(event), place, documents);
    }

    private static PatientEvent elsewhere(PatientEvent event) {
        return event instanceof PatientEvent.PatientRegistered registered
                ? new PatientEvent.PatientRegistered(
                        registered.patient(),
                        new PatientIdentifier(
                                registered.identifier().id(),
                                IssuerDomain.elsewhere(registered.identifier().issuer())),
                        registered.attributes(),
                        registered.registeredAt())
                : event;
    }

    /** Whether not too many records hang together once these two do. */
    private static boolean areFew(String one, String other, Documents documents) {
        Set<String> together = new HashSet<>(Set.of(one));
        together.add(other);
        Deque<String> open = new ArrayDeque<>(together);
        while (!open.isEmpty() && together.size() <= MAX_MERGED) {
            documents
                    .find(CatalogueFold.patient(open.remove()), PatientState.class)
                    .ifPresent(patient -> {
                        patient.mergedFrom.stream().filter(together::add).forEach(open::add);
                        if (!patient.mergedInto.isEmpty() && together.add(patient.mergedInto)) {
                            open.add(patient.mergedInto);
                        }
                    });
        }
        return together.size() <= MAX_MERGED;
    }

    private void erased(Erased erased, Place place, Documents documents) {
        String id = erased.stream().value();
        switch (erased.stream().kind()) {
            case "study" -> studies.erase(id, place, documents);
            case "patient" -> patients.erase(id, place, documents);
            default -> {} // what no search is about
        }
    }

    /** As {@link Fold#passOver}. */
    void passOver(boolean keyMissing, Place place, Documents documents) {
        long position = place.position().value();
        switch (kind(place)) {
            case "study" -> {
                StudyState study = state(place, documents);
                if (position > study.folded) {
                    study.missed.add(keyMissing);
                    study.folded = position;
                }
                documents.put(CatalogueFold.study(study.copy), study, place);
            }
            case "patient" -> {
                PatientState patient = patient(place, documents);
                if (position > patient.folded) {
                    patient.missed.add(keyMissing);
                    patient.folded = position;
                }
                documents.put(CatalogueFold.patient(patient.record), patient, place);
            }
            default -> {} // what no search is about
        }
    }

    /** As {@link Fold#reset}. What others' events have made of a patient record stays: they are not folded again. */
    void reset(Place place, Documents documents) {
        switch (kind(place)) {
            case "study" -> {
                studies.erase(place.stream(), place, documents);
                StudyState study = new StudyState(place.stream());
                study.missed.add(true);
                documents.put(CatalogueFold.study(study.copy), study, place);
            }
            case "patient" -> {
                PatientState patient = patient(place, documents);
                patient.id = "";
                patient.issuer = "";
                patient.registered = AttributeSet.EMPTY;
                patient.corrections = AttributeSet.EMPTY;
                patient.mergedInto = "";
                patient.missed = new Missed();
                patient.missed.add(true);
                patient.folded = -1;
                documents.put(CatalogueFold.patient(patient.record), patient, place);
            }
            default -> {} // what no search is about
        }
    }

    /** As {@link Fold#wasReread}. */
    void wasReread(Place place, Documents documents) {
        switch (kind(place)) {
            case "study" ->
                documents
                        .find(CatalogueFold.study(place.stream()), StudyState.class)
                        .ifPresent(study -> {
                            study.missed.remove();
                            documents.put(CatalogueFold.study(study.copy), study, place);
                        });
            case "patient" -> {
                PatientState patient = patient(place, documents);
                patient.missed.remove();
                documents.put(CatalogueFold.patient(patient.record), patient, place);
            }
            default -> {} // what no search is about
        }
    }

    private static PatientState patient(Place place, Documents documents) {
        return documents
                .find(CatalogueFold.patient(place.stream()), PatientState.class)
                .orElseGet(() -> new PatientState(place.stream()));
    }

    private static StudyState state(Place place, Documents documents) {
        return documents
                .find(CatalogueFold.study(place.stream()), StudyState.class)
                .orElseGet(() -> new StudyState(place.stream()));
    }

    private static String kind(Place place) {
        return new StreamId(place.stream()).kind();
    }

    private static void require(boolean holds) {
        if (!holds) {
            throw new IllegalArgumentException("beyond what another site may say");
        }
    }
}
