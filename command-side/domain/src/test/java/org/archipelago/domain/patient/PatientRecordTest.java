package org.archipelago.domain.patient;

import static org.archipelago.domain.Samples.*;

import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.patient.PatientCommand.CorrectPatient;
import org.archipelago.contract.patient.PatientCommand.MergePatient;
import org.archipelago.contract.patient.PatientCommand.RegisterPatient;
import org.archipelago.contract.patient.PatientCommand.UnmergePatient;
import org.archipelago.contract.patient.PatientEvent.PatientCorrected;
import org.archipelago.contract.patient.PatientEvent.PatientMerged;
import org.archipelago.contract.patient.PatientEvent.PatientRegistered;
import org.archipelago.contract.patient.PatientEvent.PatientUnmerged;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientMerges;
import org.archipelago.contract.patient.PatientRecordId;
import org.axonframework.test.aggregate.AggregateTestFixture;
import org.hamcrest.CustomTypeSafeMatcher;
import org.hamcrest.Matcher;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PatientRecordTest {
    private static final PatientIdentifier ID = new PatientIdentifier("17", "NORTH");
    private static final AttributeSet NAME = set(Tags.PATIENT_NAME, name("Doe^Anna"));
    private static final AttributeSet RENAMED = set(Tags.PATIENT_NAME, name("Smith^Anna"));

    private final Map<PatientRecordId, PatientRecordId> merges = new HashMap<>();
    private final AggregateTestFixture<PatientRecord> fixture = new AggregateTestFixture<>(PatientRecord.class);
    private final PatientRegistered registered = new PatientRegistered(ANNA, ID, NAME, NOON);
    private final PatientCorrected corrected = new PatientCorrected(ANNA, RENAMED, STEWARD, "married", NOON);
    private final PatientMerged merged = new PatientMerged(ANNA, BERT, STEWARD, "same person", NOON);

    @BeforeEach
    void inject() {
        fixture.registerInjectableResource((Clock) new TestClock());
        fixture.registerInjectableResource(new PatientMerges() {
            @Override
            public boolean isRegistered(PatientRecordId patient) {
                return patient.equals(ANNA) || patient.equals(BERT);
            }

            @Override
            public Optional<PatientRecordId> mergedInto(PatientRecordId patient) {
                return Optional.ofNullable(merges.get(patient));
            }
        });
    }

    @Test
    void firstObject_registersThePatientWithPatientLevelAttributesAlone() {
        AttributeSet patientLevel = ctHeader(1).filter(tag -> tag == Tags.PATIENT_NAME || tag == Tags.PATIENT_ID);
        fixture.givenNoPriorActivity()
                .when(new RegisterPatient(ANNA, ID, ctHeader(1)))
                .expectEvents(new PatientRegistered(ANNA, ID, patientLevel, NOON));
    }

    @Test
    void registeredPatient_staysAsItIs() {
        fixture.given(registered).when(new RegisterPatient(ANNA, ID, RENAMED)).expectNoEvents();
    }

    @Test
    void correction_isRecordedOnce() {
        CorrectPatient correct = new CorrectPatient(ANNA, RENAMED, STEWARD, "married");
        fixture.given(registered).when(correct).expectEvents(corrected);
        fixture.given(registered, corrected).when(correct).expectNoEvents();
    }

    @Test
    void correctionOfIdentity_isRefusedSinceThatIsAMerge() {
        fixture.given(registered)
                .when(new CorrectPatient(ANNA, set(Tags.PATIENT_ID, text(Vr.LO, "18")), STEWARD, ""))
                .expectException(refused(ArchiveError.INVALID_REQUEST));
    }

    @Test
    void correctionOfStudyAttributes_isRefused() {
        fixture.given(registered)
                .when(new CorrectPatient(ANNA, set(Tags.STUDY_DATE, text(Vr.DA, "20260101")), STEWARD, ""))
                .expectException(refused(ArchiveError.INVALID_REQUEST));
    }

    @Test
    void correctionOfMergedRecord_isRefused() {
        fixture.given(registered, merged)
                .when(new CorrectPatient(ANNA, RENAMED, STEWARD, "married"))
                .expectException(refused(ArchiveError.CONFLICTING_STATE));
    }

    @Test
    void merge_isRecordedOnce() {
        MergePatient merge = new MergePatient(ANNA, BERT, STEWARD, "same person");
        fixture.given(registered).when(merge).expectEvents(merged);
        fixture.given(registered, merged).when(merge).expectNoEvents();
    }

    @Test
    void mergeWithItself_isRefused() {
        fixture.given(registered)
                .when(new MergePatient(ANNA, ANNA, STEWARD, ""))
                .expectException(refused(ArchiveError.CONFLICTING_STATE));
    }

    @Test
    void mergeIntoRecordThatIsMergedIntoThis_isRefused() {
        merges.put(BERT, CARA);
        merges.put(CARA, ANNA);
        fixture.given(registered)
                .when(new MergePatient(ANNA, BERT, STEWARD, ""))
                .expectException(refused(ArchiveError.CONFLICTING_STATE));
    }

    @Test
    void mergeIntoAnotherSurvivor_needsAnUnmergeFirst() {
        fixture.given(registered, merged)
                .when(new MergePatient(ANNA, CARA, STEWARD, ""))
                .expectException(refused(ArchiveError.CONFLICTING_STATE));
    }

    @Test
    void mergeIntoUnknownRecord_isRefused() {
        fixture.given(registered)
                .when(new MergePatient(ANNA, CARA, STEWARD, ""))
                .expectException(refused(ArchiveError.NOT_FOUND));
    }

    @Test
    void mergeIntoRecordOfAnotherSite_isRefused() {
        PatientRecordId foreign = new StreamNames(new SiteId(new UUID(2, 2)), new byte[32]).patient(ID);
        fixture.given(registered)
                .when(new MergePatient(ANNA, foreign, STEWARD, ""))
                .expectException(refused(ArchiveError.INVALID_REQUEST));
    }

    @Test
    void unmerge_endsTheMerge() {
        UnmergePatient unmerge = new UnmergePatient(ANNA, STEWARD, "two persons");
        fixture.given(registered, merged)
                .when(unmerge)
                .expectEvents(new PatientUnmerged(ANNA, BERT, STEWARD, "two persons", NOON));
        fixture.given(registered).when(unmerge).expectException(refused(ArchiveError.CONFLICTING_STATE));
    }

    @Test
    void erasedRecord_refusesEverything() {
        fixture.given(new Erased(ANNA.stream(), "PatientRegistered"))
                .when(new RegisterPatient(ANNA, ID, NAME))
                .expectException(refused(ArchiveError.ERASED));
    }

    private static Matcher<Throwable> refused(ArchiveError error) {
        return new CustomTypeSafeMatcher<>("refused with " + error) {
            @Override
            protected boolean matchesSafely(Throwable thrown) {
                return thrown instanceof ArchiveException refusal && refusal.error() == error;
            }
        };
    }
}
