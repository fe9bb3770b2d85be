package org.archipelago.domain.study;

import static org.archipelago.domain.Samples.*;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.ConflictId;
import org.archipelago.contract.study.ConflictKind;
import org.archipelago.contract.study.StoredInstance;
import org.archipelago.contract.study.StudyEvent.AttributesVaried;
import org.archipelago.contract.study.StudyEvent.ConflictOpened;
import org.archipelago.contract.study.StudyEvent.InstancesStored;
import org.archipelago.contract.study.StudyEvent.PersonDescribed;
import org.archipelago.contract.study.StudyEvent.RenditionKept;
import org.archipelago.contract.study.StudyEvent.SeriesRegistered;
import org.archipelago.contract.study.StudyEvent.StudyRegistered;
import org.archipelago.contract.study.StudyEvent.VersionSuperseded;
import org.hamcrest.CustomTypeSafeMatcher;
import org.hamcrest.Matcher;

/** The events of the sample study, written out. */
final class StudyEvents {
    private static final Set<Integer> STUDY_LEVEL =
            Set.of(Tags.STUDY_DATE, Tags.ACCESSION_NUMBER, Tags.PATIENT_NAME, Tags.PATIENT_ID);
    private static final Set<Integer> NAMED_ANYWAY =
            Set.of(Tags.SOP_CLASS_UID, Tags.SOP_INSTANCE_UID, Tags.STUDY_INSTANCE_UID, Tags.SERIES_INSTANCE_UID);

    private StudyEvents() {}

    static StudyRegistered registered() {
        return registered(Optional.of(ANNA));
    }

    static StudyRegistered registered(Optional<PatientRecordId> patient) {
        return new StudyRegistered(
                STUDY, STUDY_UID, patient, PIXEL_KEY, ctHeader(1).filter(STUDY_LEVEL::contains), NOON);
    }

    static SeriesRegistered series() {
        return series(SERIES);
    }

    static SeriesRegistered series(SeriesInstanceUid series) {
        return new SeriesRegistered(
                STUDY, series, ctHeader(1).filter(tag -> !STUDY_LEVEL.contains(tag) && !NAMED_ANYWAY.contains(tag)));
    }

    /** The baseline's own instance. */
    static InstancesStored stored(int number) {
        return storedBy(SCANNER, number);
    }

    static InstancesStored storedBy(Actor source, int number) {
        return new InstancesStored(
                STUDY,
                List.of(new StoredInstance(SERIES, object(number, "", EXPLICIT), AttributeSet.EMPTY)),
                source,
                NOON);
    }

    /** What a second instance changes about the series. */
    static AttributesVaried varied() {
        return new AttributesVaried(
                STUDY, Optional.of(SERIES), Set.of(Tags.INSTANCE_NUMBER, Tags.IMAGE_POSITION_PATIENT));
    }

    static StoredInstance differing(int number) {
        return new StoredInstance(
                SERIES, object(number, "", EXPLICIT), set(Tags.INSTANCE_NUMBER, text(Vr.IS, Integer.toString(number))));
    }

    static RenditionKept rendition() {
        return new RenditionKept(
                STUDY, object(1, "", IMPLICIT), object(1, "", EXPLICIT).version(), ROUTER, NOON);
    }

    static VersionSuperseded superseded() {
        return new VersionSuperseded(
                STUDY,
                new StoredInstance(SERIES, object(1, "corrected", EXPLICIT), AttributeSet.EMPTY),
                object(1, "", EXPLICIT).version(),
                SCANNER,
                NOON);
    }

    static ConflictOpened conflict(int id, ConflictKind kind, Actor source, String content) {
        return new ConflictOpened(
                STUDY,
                new ConflictId(id),
                kind,
                Optional.of(sop(1)),
                Optional.of(new StoredInstance(SERIES, object(1, content, EXPLICIT), AttributeSet.EMPTY)),
                Optional.empty(),
                List.of(),
                source,
                NOON);
    }

    static ConflictOpened at(ConflictOpened opened, Instant when) {
        return new ConflictOpened(
                opened.study(),
                opened.conflict(),
                opened.kind(),
                opened.sopInstanceUid(),
                opened.challenger(),
                opened.other(),
                opened.people(),
                opened.source(),
                when);
    }

    static ConflictOpened elsewhereConflict(int id, SopInstanceUid uid, Actor source) {
        return new ConflictOpened(
                STUDY,
                new ConflictId(id),
                ConflictKind.DIFFERENT_STUDY,
                Optional.of(uid),
                Optional.empty(),
                Optional.of(OTHER_STUDY),
                List.of(),
                source,
                NOON);
    }

    static ConflictOpened patientConflict() {
        return patientConflict(1);
    }

    static ConflictOpened patientConflict(int id) {
        return patientConflict(id, 0, 1);
    }

    static ConflictOpened patientConflict(int id, int one, int other) {
        return new ConflictOpened(
                STUDY,
                new ConflictId(id),
                ConflictKind.TWO_PATIENTS,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(one, other),
                SCANNER,
                NOON);
    }

    /** Whom an object describes so, and no object did before. */
    static PersonDescribed described(int person, Optional<PatientRecordId> patient, String name) {
        AttributeSet attributes = ctHeader(1)
                .filter(tag -> tag == Tags.PATIENT_ID || tag == Tags.PATIENT_NAME)
                .with(Tags.PATIENT_NAME, name(name));
        return new PersonDescribed(STUDY, person, patient, attributes, false, NOON);
    }

    /** Another instance than the baseline's, of this person. */
    static InstancesStored stored(int number, int person) {
        StoredInstance differing = differing(number);
        return new InstancesStored(
                STUDY,
                List.of(new StoredInstance(SERIES, differing.object(), differing.differences(), person)),
                SCANNER,
                NOON);
    }

    static Matcher<Throwable> refused(ArchiveError error) {
        return new CustomTypeSafeMatcher<>("refused with " + error) {
            @Override
            protected boolean matchesSafely(Throwable thrown) {
                return thrown instanceof ArchiveException refusal && refusal.error() == error;
            }
        };
    }
}
