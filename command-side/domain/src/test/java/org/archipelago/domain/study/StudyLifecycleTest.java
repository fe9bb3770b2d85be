package org.archipelago.domain.study;

import static org.archipelago.domain.Samples.*;
import static org.archipelago.domain.study.StudyEvents.*;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.study.ConflictId;
import org.archipelago.contract.study.ConflictKind;
import org.archipelago.contract.study.ContentComparison;
import org.archipelago.contract.study.StoredInstance;
import org.archipelago.contract.study.StudyCommand.CommitInstances;
import org.archipelago.contract.study.StudyCommand.FlagInstanceElsewhere;
import org.archipelago.contract.study.StudyCommand.HoldStudy;
import org.archipelago.contract.study.StudyCommand.ReleaseStudy;
import org.archipelago.contract.study.StudyCommand.ResolveConflict;
import org.archipelago.contract.study.StudyCommand.SettleStudy;
import org.archipelago.contract.study.StudyEvent.ConflictOpened;
import org.archipelago.contract.study.StudyEvent.ConflictResolved;
import org.archipelago.contract.study.StudyEvent.InstancesCommitted;
import org.archipelago.contract.study.StudyEvent.InstancesStored;
import org.archipelago.contract.study.StudyEvent.StudyHeld;
import org.archipelago.contract.study.StudyEvent.StudyReleased;
import org.archipelago.contract.study.StudyEvent.StudySettled;
import org.archipelago.contract.study.StudyPolicy;
import org.archipelago.contract.study.VersionChange;
import org.archipelago.contract.study.VersionId;
import org.archipelago.contract.study.VersionStanding;
import org.axonframework.modelling.command.AggregateNotFoundException;
import org.axonframework.test.aggregate.AggregateTestFixture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StudyLifecycleTest {
    private final ScriptedComparison comparison = new ScriptedComparison();
    private final AggregateTestFixture<Study> fixture = new AggregateTestFixture<>(Study.class);
    private final StudySettled settled = new StudySettled(STUDY, 1, 1, NOON);
    private final StudyHeld held = new StudyHeld(STUDY, "court order", STEWARD, NOON);
    private final VersionId first = object(1, "", EXPLICIT).version();
    private final VersionId challenger = object(1, "corrected", EXPLICIT).version();

    @BeforeEach
    void inject() {
        fixture.registerInjectableResource((Clock) new TestClock());
        fixture.registerInjectableResource((ContentComparison) comparison);
        fixture.registerInjectableResource(new StudyPolicy(Duration.ofMinutes(10), LIMITS));
        fixture.registerInjectableResource(new StudySizes());
        fixture.registerInjectableResource(merges(Map.of()));
    }

    @Test
    void quietStudy_settles() {
        fixture.given(registered(), series(), stored(1))
                .when(new SettleStudy(STUDY))
                .expectEvents(settled);
    }

    @Test
    void settledStudy_settlesOnce() {
        fixture.given(registered(), series(), stored(1), settled)
                .when(new SettleStudy(STUDY))
                .expectNoEvents();
    }

    @Test
    void lateArrival_reopensUntilItSettlesAgain() {
        InstancesStored late = new InstancesStored(STUDY, List.of(differing(2)), SCANNER, NOON);
        fixture.given(registered(), series(), stored(1), settled, late)
                .when(new SettleStudy(STUDY))
                .expectEvents(new StudySettled(STUDY, 1, 2, NOON));
    }

    @Test
    void lateRendition_reopensToo() {
        fixture.given(registered(), series(), stored(1), settled, rendition())
                .when(new SettleStudy(STUDY))
                .expectEvents(settled);
    }

    @Test
    void hold_isIdempotent() {
        HoldStudy hold = new HoldStudy(STUDY, "court order", STEWARD);
        fixture.given(registered(), series(), stored(1)).when(hold).expectEvents(held);
        fixture.given(registered(), series(), stored(1), held).when(hold).expectNoEvents();
    }

    @Test
    void release_endsAHoldOnce() {
        ReleaseStudy release = new ReleaseStudy(STUDY, "case closed", STEWARD);
        StudyReleased released = new StudyReleased(STUDY, "case closed", STEWARD, NOON);
        fixture.given(registered(), held).when(release).expectEvents(released);
        fixture.given(registered(), held, released).when(release).expectNoEvents();
    }

    @Test
    void overlongReason_isRefused() {
        fixture.given(registered())
                .when(new HoldStudy(STUDY, "x".repeat(5000), STEWARD))
                .expectException(refused(ArchiveError.INVALID_REQUEST));
    }

    @Test
    void commitment_namesWhatIsHeldAndRecordsItOnce() {
        InstancesStored second = new InstancesStored(STUDY, List.of(differing(2)), SCANNER, NOON);
        fixture.given(
                        registered(),
                        series(),
                        stored(1),
                        second,
                        new InstancesCommitted(STUDY, List.of(sop(2)), SCANNER, NOON))
                .when(new CommitInstances(STUDY, List.of(sop(2), sop(9), sop(1)), SCANNER))
                .expectResultMessagePayload(List.of(sop(2), sop(1)))
                .expectEvents(new InstancesCommitted(STUDY, List.of(sop(1)), SCANNER, NOON));
    }

    @Test
    void resolution_makesTheChosenVersionCurrent() {
        VersionStanding same = stored(1).instances().getFirst().standing();
        ConflictResolved resolved = new ConflictResolved(
                STUDY,
                new ConflictId(1),
                Optional.of(challenger),
                Optional.of(new VersionChange(same, same)),
                STEWARD,
                "seen",
                NOON);
        fixture.given(
                        registered(),
                        series(),
                        stored(1),
                        conflict(1, ConflictKind.DIFFERENT_CONTENT, ROUTER, "corrected"))
                .when(resolve(Optional.of(challenger)))
                .expectEvents(resolved)
                .expectState(study -> {
                    StudySnapshot snapshot = (StudySnapshot) study.snapshot().orElseThrow();
                    StudySnapshot.Instance kept = snapshot.instances().getFirst();
                    org.assertj.core.api.Assertions.assertThat(kept.current().object())
                            .isEqualTo(object(1, "corrected", EXPLICIT));
                    org.assertj.core.api.Assertions.assertThat(kept.others())
                            .extracting(v -> v.object().version())
                            .containsExactly(first);
                });
    }

    @Test
    void resolvedConflict_isUnknownAfterwards() {
        fixture.given(
                        registered(),
                        series(),
                        stored(1),
                        conflict(1, ConflictKind.DIFFERENT_CONTENT, ROUTER, "corrected"),
                        resolved(Optional.empty()))
                .when(resolve(Optional.empty()))
                .expectException(refused(ArchiveError.UNKNOWN_CONFLICT));
    }

    @Test
    void resolutionWithForeignVersion_isRefused() {
        fixture.given(
                        registered(),
                        series(),
                        stored(1),
                        conflict(1, ConflictKind.DIFFERENT_CONTENT, ROUTER, "corrected"))
                .when(resolve(Optional.of(object(2, "", EXPLICIT).version())))
                .expectException(refused(ArchiveError.INVALID_REQUEST));
    }

    @Test
    void conflictOfPatients_hasNoVersionToChoose() {
        fixture.given(registered(), series(), stored(1), patientConflict())
                .when(resolve(Optional.of(first)))
                .expectException(refused(ArchiveError.INVALID_REQUEST));
    }

    @Test
    void nextConflict_hasTheNextNumberThoughTheFirstIsResolved() {
        fixture.given(
                        registered(),
                        series(),
                        stored(1),
                        conflict(1, ConflictKind.DIFFERENT_CONTENT, ROUTER, "corrected"),
                        resolved(Optional.empty()))
                .when(from(ROUTER, store(ct(1, "third", EXPLICIT))))
                .expectEvents(conflict(2, ConflictKind.DIFFERENT_CONTENT, ROUTER, "third"));
    }

    @Test
    void instanceFoundElsewhere_isFlaggedOnce() {
        FlagInstanceElsewhere flag = new FlagInstanceElsewhere(STUDY, sop(1), OTHER_STUDY, ROUTER);
        fixture.given(registered(), series(), stored(1)).when(flag).expectEvents(elsewhereConflict(1, sop(1), ROUTER));
        fixture.given(registered(), series(), stored(1), elsewhereConflict(1, sop(1), ROUTER))
                .when(flag)
                .expectNoEvents();
        fixture.given(
                        registered(),
                        series(),
                        stored(1),
                        elsewhereConflict(1, sop(1), ROUTER),
                        resolved(Optional.empty()))
                .when(flag)
                .expectNoEvents();
    }

    @Test
    void flagOfInstanceThatIsNotHere_isRefused() {
        fixture.given(registered(), series(), stored(1))
                .when(new FlagInstanceElsewhere(STUDY, sop(2), OTHER_STUDY, ROUTER))
                .expectException(refused(ArchiveError.NOT_FOUND));
    }

    @Test
    void studyThatDoesNotExist_isNotMadeByAHold() {
        fixture.givenNoPriorActivity()
                .when(new HoldStudy(STUDY, "court order", STEWARD))
                .expectException(AggregateNotFoundException.class);
    }

    @Test
    void erasedStudy_refusesEverything() {
        fixture.given(new Erased(STUDY.stream(), "StudyRegistered"))
                .when(new SettleStudy(STUDY))
                .expectException(refused(ArchiveError.ERASED));
    }

    @Test
    void resolutionForAnotherSeries_saysWhereTheInstanceMoved() {
        StoredInstance challenger = new StoredInstance(SERIES_2, object(1, "elsewhere", EXPLICIT), AttributeSet.EMPTY);
        ConflictOpened opened = new ConflictOpened(
                STUDY,
                new ConflictId(1),
                ConflictKind.DIFFERENT_SERIES,
                Optional.of(sop(1)),
                Optional.of(challenger),
                Optional.empty(),
                List.of(),
                ROUTER,
                NOON);
        fixture.given(registered(), series(), stored(1), series(SERIES_2), opened)
                .when(resolve(Optional.of(challenger.object().version())))
                .expectEvents(new ConflictResolved(
                        STUDY,
                        new ConflictId(1),
                        Optional.of(challenger.object().version()),
                        Optional.of(new VersionChange(
                                stored(1).instances().getFirst().standing(), challenger.standing())),
                        STEWARD,
                        "seen",
                        NOON));
        fixture.given(registered(), series(), stored(1), series(SERIES_2), opened)
                .when(resolve(Optional.of(object(1, "", EXPLICIT).version())))
                .expectEvents(resolved(Optional.of(object(1, "", EXPLICIT).version())));
    }

    @Test
    void resolutionForAnotherPatient_saysWhoseTheInstanceBecomes() {
        StoredInstance challenger = new StoredInstance(SERIES, object(1, "of bert", EXPLICIT), AttributeSet.EMPTY, 1);
        ConflictOpened opened = new ConflictOpened(
                STUDY,
                new ConflictId(1),
                ConflictKind.DIFFERENT_CONTENT,
                Optional.of(sop(1)),
                Optional.of(challenger),
                Optional.empty(),
                List.of(),
                ROUTER,
                NOON);
        fixture.given(registered(), series(), stored(1), described(1, Optional.of(BERT), "Doe^Bert"), opened)
                .when(resolve(Optional.of(challenger.object().version())))
                .expectEvents(new ConflictResolved(
                        STUDY,
                        new ConflictId(1),
                        Optional.of(challenger.object().version()),
                        Optional.of(new VersionChange(
                                stored(1).instances().getFirst().standing(), challenger.standing())),
                        STEWARD,
                        "seen",
                        NOON));
    }

    @Test
    void decisionOnWhatIsNoLongerCurrent_isRefused() {
        ConflictOpened opened = conflict(1, ConflictKind.DIFFERENT_CONTENT, ROUTER, "other");
        VersionId first = object(1, "", EXPLICIT).version();
        VersionId challenger = object(1, "other", EXPLICIT).version();
        for (VersionId seen : List.of(first, challenger)) {
            var result = fixture.given(registered(), series(), stored(1), opened)
                    .when(new ResolveConflict(
                            STUDY, new ConflictId(1), Optional.of(first), Optional.of(seen), STEWARD, "seen"));
            if (seen.equals(first)) {
                result.expectEvents(resolved(Optional.of(first)));
            } else {
                result.expectNoEvents().expectException(ArchiveException.class);
            }
        }
    }

    /** It may have come back from another system with a patient's identity that is no longer in force. */
    @Test
    void otherEncoding_cannotBeChosen() {
        ConflictOpened opened = conflict(1, ConflictKind.DIFFERENT_CONTENT, ROUTER, "other");
        fixture.given(registered(), series(), stored(1), rendition(), opened)
                .when(resolve(Optional.of(object(1, "", IMPLICIT).version())))
                .expectNoEvents()
                .expectException(ArchiveException.class);
    }

    private ResolveConflict resolve(Optional<VersionId> current) {
        return new ResolveConflict(STUDY, new ConflictId(1), current, Optional.empty(), STEWARD, "seen");
    }

    private ConflictResolved resolved(Optional<VersionId> current) {
        return new ConflictResolved(STUDY, new ConflictId(1), current, STEWARD, "seen", NOON);
    }
}
