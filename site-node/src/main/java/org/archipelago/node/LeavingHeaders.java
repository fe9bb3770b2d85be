package org.archipelago.node;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.domain.patient.CorrectionsInForce;
import org.archipelago.domain.patient.PatientHistory;
import org.archipelago.domain.patient.PatientInForce;
import org.archipelago.domain.patient.PatientReader;
import org.archipelago.domain.study.StudyContents;
import org.archipelago.query.header.CorrectionsInForce.OfStudy;

/** Headers of one study with the corrections in force; reads each patient's record once, however many objects are asked for. */
final class LeavingHeaders implements OfStudy {
    private final Optional<StudyContents> study;
    private final PatientReader patients;
    private final String site;
    private final Map<PatientRecordId, Person> people = new HashMap<>();
    private final ListedPeople listed;

    LeavingHeaders(Optional<StudyContents> study, PatientReader patients, String site) {
        this.study = study;
        this.patients = patients;
        this.site = site;
        this.listed = new ListedPeople(study.orElse(StudyContents.empty()).people(), patients);
    }

    static OfStudy of(StudyCopyId study, Archive archive, String site) {
        return new LeavingHeaders(archive.catalog().study(study), archive.patients(), site);
    }

    /** @param issuer of the identifier in force: beside a survivor's Patient ID it is the survivor's */
    private record Person(CorrectionsInForce corrections, Optional<Attribute> issuer) {
        static final Person NOBODY = new Person(CorrectionsInForce.NONE, Optional.empty());

        static Person of(PatientRecordId patient, PatientReader patients) {
            PatientHistory history = patients.history(patient);
            PatientHistory survivor = patients.history(PatientInForce.survivor(patient, patients::mergedInto));
            return new Person(
                    patients.correctionsFor(patient),
                    survivor.identifier().or(history::identifier).map(identifier -> text(identifier.issuer())));
        }

        private static Attribute text(String text) {
            return new Attribute(Vr.LO, text.isEmpty() ? List.of() : List.of(new Value.Text(text)));
        }
    }

    private Optional<StudyContents.Version> version(StoredObject object) {
        return study.flatMap(contents -> contents.instance(object.sopInstanceUid()))
                .flatMap(instance -> instance.version(object.version()));
    }

    @Override
    public Optional<PatientRecordId> patientOf(StoredObject object) {
        return version(object).flatMap(version -> version.patient().or(() -> listed.record(version.person())));
    }

    @Override
    public AttributeSet listedAs(StoredObject object) {
        return version(object)
                .filter(version -> version.patient().isEmpty())
                .flatMap(version -> listed.record(version.person()))
                .map(listed::shown)
                .orElse(AttributeSet.EMPTY);
    }

    @Override
    public AttributeSet apply(StoredObject object, AttributeSet header) {
        Optional<StudyContents.Version> version = version(object);
        Person person = version.flatMap(StudyContents.Version::patient)
                .map(patient -> people.computeIfAbsent(patient, unread -> Person.of(unread, patients)))
                .orElse(Person.NOBODY);
        AttributeSet leaving = person.corrections().isEmpty()
                ? header
                : header.with(person.corrections()
                        .over(header, site, version.map(v -> v.source().name()).orElse("")));
        return leaving.text(Tags.ISSUER_OF_PATIENT_ID).isPresent()
                ? leaving
                : person.issuer()
                        .map(issuer -> leaving.with(Tags.ISSUER_OF_PATIENT_ID, issuer))
                        .orElse(leaving);
    }
}
