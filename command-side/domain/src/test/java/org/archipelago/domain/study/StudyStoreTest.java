package org.archipelago.domain.study;

import static org.archipelago.domain.Samples.*;
import static org.archipelago.domain.study.StudyEvents.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.patient.AccessionIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.ConflictId;
import org.archipelago.contract.study.ConflictKind;
import org.archipelago.contract.study.ContentComparison;
import org.archipelago.contract.study.EventAttributes;
import org.archipelago.contract.study.IncomingInstance;
import org.archipelago.contract.study.NamedValues;
import org.archipelago.contract.study.StoreOutcome;
import org.archipelago.contract.study.StoredInstance;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCommand.ResolveConflict;
import org.archipelago.contract.study.StudyCommand.StoreInstances;
import org.archipelago.contract.study.StudyEvent.AttributesVaried;
import org.archipelago.contract.study.StudyEvent.BlobReplaced;
import org.archipelago.contract.study.StudyEvent.ConflictOpened;
import org.archipelago.contract.study.StudyEvent.ConflictResolved;
import org.archipelago.contract.study.StudyEvent.InstancesCommitted;
import org.archipelago.contract.study.StudyEvent.InstancesStored;
import org.archipelago.contract.study.StudyEvent.PersonDescribed;
import org.archipelago.contract.study.StudyEvent.RenditionKept;
import org.archipelago.contract.study.StudyEvent.SeriesRegistered;
import org.archipelago.contract.study.StudyEvent.StudyRegistered;
import org.archipelago.contract.study.StudyEvent.VersionSuperseded;
import org.archipelago.contract.study.StudyPolicy;
import org.archipelago.domain.patient.StudyPeople;
import org.axonframework.test.aggregate.AggregateTestFixture;
import org.hamcrest.CustomTypeSafeMatcher;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StudyStoreTest {
    /** As every sample object describes its patient. */
    private static final Optional<PatientRecordId> NOBODY = Optional.empty();

    private static final int PATIENT_COMMENTS = 0x00104000;

    private final TestClock clock = new TestClock();
    private final ScriptedComparison comparison = new ScriptedComparison();
    private final AggregateTestFixture<Study> fixture = new AggregateTestFixture<>(Study.class);
    private final Map<PatientRecordId, PatientRecordId> merged = new HashMap<>();

    @BeforeEach
    void inject() {
        inject(fixture, comparison, new StudyPolicy(Duration.ofMinutes(10), LIMITS));
    }

    private void inject(AggregateTestFixture<Study> into, ContentComparison comparing, StudyPolicy policy) {
        into.registerInjectableResource((Clock) clock);
        into.registerInjectableResource(comparing);
        into.registerInjectableResource(policy);
        into.registerInjectableResource(new StudySizes());
        into.registerInjectableResource(merges(merged));
    }

    @Test
    void firstInstance_registersStudyAndSeriesAndIsStored() {
        fixture.givenNoPriorActivity()
                .when(store(ct(1)))
                .expectResultMessagePayload(List.of(StoreOutcome.STORED))
                .expectEvents(registered(), series(), stored(1));
    }

    @Test
    void batch_isOneEventInOrderOfArrival() {
        fixture.given(registered(), series(), stored(1), varied())
                .when(store(ct(2), ct(3)))
                .expectResultMessagePayload(List.of(StoreOutcome.STORED, StoreOutcome.STORED))
                .expectEvents(new InstancesStored(STUDY, List.of(differing(2), differing(3)), SCANNER, NOON));
    }

    @Test
    void attributesThatDiffer_areNamedOncePerSeries() {
        fixture.given(registered(), series(), stored(1))
                .when(store(ct(2), ct(3)))
                .expectEvents(varied(), new InstancesStored(STUDY, List.of(differing(2), differing(3)), SCANNER, NOON));
    }

    @Test
    void studyAttributeThatDiffers_isNamedWithItsValue() {
        AttributeSet further = set(Tags.STUDY_DATE, text(Vr.DA, "20260302"));
        IncomingInstance incoming = second(ctHeader(1).with(further));
        fixture.given(registered(), series(), stored(1))
                .when(store(incoming))
                .expectEvents(ofStudy(further), storedSaying(incoming, says(Tags.STUDY_DATE, 1)));
    }

    @Test
    void valueThatIsKnown_isNotNamedAgain() {
        AttributeSet further = set(Tags.STUDY_DATE, text(Vr.DA, "20260302"));
        IncomingInstance incoming = second(ctHeader(1).with(further));
        fixture.given(registered(), series(), stored(1), ofStudy(further))
                .when(store(incoming))
                .expectEvents(storedSaying(incoming, says(Tags.STUDY_DATE, 1)));
    }

    @Test
    void studyAttributeThatAnObjectLacks_isSaidToBeAbsent() {
        AttributeSet silent =
                ctHeader(1).filter(tag -> tag != Tags.ACCESSION_NUMBER).with(Tags.STUDY_DATE, text(Vr.DA));
        IncomingInstance incoming = second(silent);
        NamedValues says = new NamedValues(Map.of(
                Tags.ACCESSION_NUMBER, NamedValues.ABSENT,
                Tags.STUDY_DATE, NamedValues.ABSENT));
        fixture.given(registered(), series(), stored(1))
                .when(store(incoming))
                .expectEvents(storedSaying(incoming, says));
    }

    @Test
    void studyAttributeThatTheFirstLacked_isAdded() {
        AttributeSet more = ctHeader(1).with(Tags.STUDY_DESCRIPTION, text(Vr.LO, "Abdomen"));
        IncomingInstance incoming = second(more);
        fixture.given(registered(), series(), stored(1))
                .when(store(incoming))
                .expectEvents(
                        new AttributesVaried(
                                STUDY,
                                Optional.empty(),
                                0,
                                Set.of(),
                                set(Tags.STUDY_DESCRIPTION, text(Vr.LO, "Abdomen")),
                                NamedValues.OF_BASELINE,
                                Optional.empty()),
                        storedSaying(incoming, says(Tags.STUDY_DESCRIPTION, 0)));
    }

    @Test
    void newsOfABatch_isNamedOnce() {
        AttributeSet further = set(Tags.STUDY_DATE, text(Vr.DA, "20260302"));
        AttributeSet later = ctHeader(1).with(further);
        IncomingInstance two = second(later);
        IncomingInstance three = new IncomingInstance(SERIES, object(3, "", EXPLICIT), later);
        fixture.given(registered(), series(), stored(1))
                .when(store(two, three))
                .expectEvents(
                        ofStudy(further),
                        new InstancesStored(
                                STUDY,
                                List.of(
                                        storedSaying(two, says(Tags.STUDY_DATE, 1))
                                                .instances()
                                                .getFirst(),
                                        storedSaying(three, says(Tags.STUDY_DATE, 1))
                                                .instances()
                                                .getFirst()),
                                SCANNER,
                                NOON));
    }

    @Test
    void whatDescribesASeries_keepsAllItsValues() {
        AttributeSet other = ctHeader(1).with(Tags.MODALITY, text(Vr.CS, "OT"));
        IncomingInstance incoming = second(other);
        fixture.given(registered(), series(), stored(1))
                .when(store(incoming))
                .expectEvents(
                        new AttributesVaried(
                                STUDY,
                                Optional.of(SERIES),
                                0,
                                Set.of(),
                                set(Tags.MODALITY, text(Vr.CS, "OT")),
                                says(Tags.MODALITY, 1),
                                Optional.empty()),
                        storedSaying(incoming, says(Tags.MODALITY, 1)));
    }

    @Test
    void seriesAttributeThatTheFirstLacked_isAddedUntilItVaries() {
        AttributeSet thick = ctHeader(1).with(0x00180050, text(Vr.DS, "5"));
        AttributesVaried added = new AttributesVaried(
                STUDY,
                Optional.of(SERIES),
                0,
                Set.of(),
                set(0x00180050, text(Vr.DS, "5")),
                NamedValues.OF_BASELINE,
                Optional.empty());
        fixture.given(registered(), series(), stored(1))
                .when(store(second(thick)))
                .expectEvents(added, storedAlike(second(thick)));
        AttributeSet thin = ctHeader(1).with(0x00180050, text(Vr.DS, "1"));
        fixture.given(registered(), series(), stored(1), added)
                .when(store(second(thin)))
                .expectEvents(
                        new AttributesVaried(STUDY, Optional.of(SERIES), Set.of(0x00180050)),
                        storedAlike(second(thin)));
    }

    @Test
    void furtherOrder_isNamedWithItsIssuer() {
        AccessionIdentifier local = new AccessionIdentifier("A-2026-1", "NORTH");
        AccessionIdentifier foreign = new AccessionIdentifier("A-2026-1", "SOUTH");
        IncomingInstance one = new IncomingInstance(SERIES, object(1, "", EXPLICIT), ctHeader(1), Optional.of(local));
        IncomingInstance two = new IncomingInstance(SERIES, object(2, "", EXPLICIT), ctHeader(1), Optional.of(foreign));
        StudyRegistered first = registered();
        StudyRegistered ordered = new StudyRegistered(
                STUDY,
                STUDY_UID,
                first.patient(),
                PIXEL_KEY,
                first.attributes(),
                Optional.of(local),
                first.registeredAt());
        fixture.givenNoPriorActivity().when(store(one)).expectEvents(ordered, series(), stored(1));
        fixture.given(ordered, series(), stored(1))
                .when(store(two))
                .expectEvents(
                        new AttributesVaried(
                                STUDY,
                                Optional.empty(),
                                0,
                                Set.of(),
                                AttributeSet.EMPTY,
                                NamedValues.OF_BASELINE,
                                Optional.of(foreign)),
                        storedAlike(two));
    }

    @Test
    void attributeThatAnInstanceLacks_isCarriedAsEmpty() {
        IncomingInstance incoming = second(ctHeader(1).filter(tag -> tag != Tags.ROWS));
        AttributeSet difference = set(Tags.ROWS, text(Vr.US));
        fixture.given(registered(), series(), stored(1))
                .when(store(incoming))
                .expectEvents(new InstancesStored(
                        STUDY, List.of(new StoredInstance(SERIES, incoming.object(), difference)), SCANNER, NOON));
    }

    /** A second object, with these attributes. */
    private static IncomingInstance second(AttributeSet attributes) {
        return new IncomingInstance(SERIES, object(2, "", EXPLICIT), attributes);
    }

    /** Another Study Date than the first object's. */
    private static AttributesVaried ofStudy(AttributeSet further) {
        return new AttributesVaried(
                STUDY, Optional.empty(), 0, Set.of(), further, says(Tags.STUDY_DATE, 1), Optional.empty());
    }

    private static NamedValues says(int tag, int place) {
        return new NamedValues(Map.of(tag, place));
    }

    private static InstancesStored storedAlike(IncomingInstance incoming) {
        return storedSaying(incoming, NamedValues.OF_BASELINE);
    }

    private static InstancesStored storedSaying(IncomingInstance incoming, NamedValues says) {
        return new InstancesStored(
                STUDY,
                List.of(new StoredInstance(SERIES, incoming.object(), AttributeSet.EMPTY, 0, says)),
                SCANNER,
                NOON);
    }

    @Test
    void retransmission_succeedsWithoutEvent() {
        fixture.given(registered(), series(), stored(1))
                .when(from(ROUTER, store(again(ct(1)))))
                .expectResultMessagePayload(List.of(StoreOutcome.RETRANSMITTED))
                .expectNoEvents();
        assertThat(comparison.comparedWith).isEmpty();
    }

    /** An answer that was lost on the way: the blob that came with the command is the one that is kept. */
    @Test
    void retransmissionOfALostBlob_takesItsPlace() {
        comparison.intact = false;
        IncomingInstance resent = again(ct(1));
        BlobReplaced replaced =
                new BlobReplaced(STUDY, resent.object(), ct(1).object().blob().id(), ROUTER, clock.instant());
        fixture.given(registered(), series(), stored(1))
                .when(from(ROUTER, store(resent)))
                .expectResultMessagePayload(List.of(StoreOutcome.RESTORED))
                .expectEvents(replaced);
    }

    @Test
    void retransmissionOfALostBlob_isReadAsTheFirstWas() {
        comparison.intact = false;
        IncomingInstance resent = again(ct(1));
        StoredObject sent = resent.object();
        StoredObject assumed = new StoredObject(
                sent.sopInstanceUid(),
                sent.sopClassUid(),
                sent.transferSyntax(),
                sent.digest(),
                sent.lengthBytes(),
                sent.blob(),
                Optional.of("ISO_IR 144"));
        fixture.given(registered(), series(), stored(1))
                .when(from(ROUTER, store(new IncomingInstance(resent.series(), assumed, resent.attributes()))))
                .expectEvents(
                        new BlobReplaced(STUDY, sent, ct(1).object().blob().id(), ROUTER, clock.instant()));
    }

    @Test
    void commandCarriedOutBefore_isStoredWithoutEvent() {
        fixture.given(registered(), series(), stored(1), rendition())
                .when(store(ct(1), ct(1, "", IMPLICIT)))
                .expectResultMessagePayload(List.of(StoreOutcome.STORED, StoreOutcome.STORED))
                .expectNoEvents();
    }

    @Test
    void sameInstanceTwiceInABatch_isStoredOnce() {
        fixture.givenNoPriorActivity()
                .when(store(ct(1), again(ct(1))))
                .expectResultMessagePayload(List.of(StoreOutcome.STORED, StoreOutcome.RETRANSMITTED))
                .expectEvents(registered(), series(), stored(1));
    }

    @Test
    void otherEncoding_isKeptAsRendition() {
        comparison.answer = ContentComparison.Result.ONLY_ENCODING_DIFFERS;
        fixture.given(registered(), series(), stored(1))
                .when(from(ROUTER, store(ct(1, "", IMPLICIT))))
                .expectResultMessagePayload(List.of(StoreOutcome.OTHER_RENDITION))
                .expectEvents(rendition());
    }

    @Test
    void retransmittedRendition_succeedsWithoutEvent() {
        fixture.given(registered(), series(), stored(1), rendition())
                .when(store(again(ct(1, "", IMPLICIT))))
                .expectResultMessagePayload(List.of(StoreOutcome.RETRANSMITTED))
                .expectNoEvents();
    }

    @Test
    void correctionBySameSourceWithinWindow_supersedes() {
        clock.advance(Duration.ofMinutes(10));
        fixture.given(registered(), series(), stored(1))
                .when(store(ct(1, "corrected", EXPLICIT)))
                .expectResultMessagePayload(List.of(StoreOutcome.NEWER_VERSION))
                .expectEvents(new VersionSuperseded(
                        STUDY,
                        new StoredInstance(SERIES, object(1, "corrected", EXPLICIT), AttributeSet.EMPTY),
                        object(1, "", EXPLICIT).version(),
                        SCANNER,
                        clock.instant()));
    }

    @Test
    void supersededVersionFromElsewhere_isRetransmission() {
        fixture.given(registered(), series(), stored(1), superseded())
                .when(from(ROUTER, store(again(ct(1)))))
                .expectResultMessagePayload(List.of(StoreOutcome.RETRANSMITTED))
                .expectNoEvents();
    }

    /** A merge can be taken back, and the object would be the other patient's then. */
    @Test
    void correctionForTheRecordThatIsMergedWith_isConflict() {
        merged.put(ANNA, BERT);
        fixture.given(registered(), series(), stored(1))
                .when(of(Optional.of(BERT), store(ct(1, "corrected", EXPLICIT))))
                .expectResultMessagePayload(List.of(StoreOutcome.CONFLICT));
        merged.clear();
        fixture.given(registered(), series(), stored(1))
                .when(of(Optional.of(BERT), store(ct(1, "corrected", EXPLICIT))))
                .expectResultMessagePayload(List.of(StoreOutcome.NEWER_VERSION));
    }

    @Test
    void correctionTakenBackUnderAMerge_isConflict() {
        PersonDescribed bert = described(1, Optional.of(BERT), "Doe^Anna");
        StoredInstance first = stored(1).instances().getFirst();
        StoredInstance corrected = new StoredInstance(SERIES, object(1, "corrected", EXPLICIT), AttributeSet.EMPTY, 1);
        VersionSuperseded superseded =
                new VersionSuperseded(STUDY, corrected, first.object().version(), first.standing(), SCANNER, NOON);
        merged.put(ANNA, BERT);
        fixture.given(registered(), series(), stored(1), bert, superseded)
                .when(store(again(ct(1))))
                .expectResultMessagePayload(List.of(StoreOutcome.EARLIER_VERSION))
                .expectEvents(questioned(first));
    }

    /** The number of people is the same: the object that nothing identified is now that record's second person. */
    @Test
    void recordThatDescribesWhoWasNobodyBefore_isFlagged() {
        PersonDescribed bob = described(1, NOBODY, "Jones^Bob");
        fixture.given(registered(), series(), stored(1), varied(), bob, stored(2, 1))
                .when(store(named(3, "Jones^Bob")))
                .expectEvents(described(2, Optional.of(ANNA), "Jones^Bob"), stored(3, 2), patientConflict(1, 0, 2));
    }

    @Test
    void correctionAfterWindow_isConflict() {
        clock.advance(Duration.ofMinutes(10).plusMillis(1));
        expectConflict(store(ct(1, "corrected", EXPLICIT)), ConflictKind.DIFFERENT_CONTENT);
    }

    @Test
    void correctionByOtherSource_isConflict() {
        expectConflict(from(ROUTER, store(ct(1, "corrected", EXPLICIT))), ConflictKind.DIFFERENT_CONTENT);
    }

    @Test
    void correctionBySomebodyUnidentified_isConflict() {
        fixture.given(registered(), series(), storedBy(SOMEBODY, 1))
                .when(from(SOMEBODY, store(ct(1, "corrected", EXPLICIT))))
                .expectResultMessagePayload(List.of(StoreOutcome.CONFLICT))
                .expectEvents(conflict(1, ConflictKind.DIFFERENT_CONTENT, SOMEBODY, "corrected"));
    }

    @Test
    void differentPixels_areConflictEvenBySameSource() {
        comparison.answer = ContentComparison.Result.PIXELS_DIFFER;
        expectConflict(store(ct(1, "pixels", EXPLICIT)), ConflictKind.DIFFERENT_CONTENT);
    }

    @Test
    void pixelsThatCannotBeDecoded_areConflict() {
        comparison.answer = ContentComparison.Result.NOT_COMPARABLE;
        expectConflict(store(ct(1, "damaged", EXPLICIT)), ConflictKind.NOT_COMPARABLE);
    }

    @Test
    void committedInstance_isNeverSuperseded() {
        fixture.given(registered(), series(), stored(1), new InstancesCommitted(STUDY, List.of(sop(1)), SCANNER, NOON))
                .when(store(ct(1, "corrected", EXPLICIT)))
                .expectResultMessagePayload(List.of(StoreOutcome.CONFLICT))
                .expectEvents(conflict(1, ConflictKind.DIFFERENT_CONTENT, SCANNER, "corrected"));
    }

    @Test
    void challengerAgainInOtherEncoding_isItsRendition() {
        comparison.answer = ContentComparison.Result.CONTENT_DIFFERS;
        ContentComparison onlyChallengerMatches =
                (study, current, incoming) -> current.equals(object(1, "corrected", EXPLICIT))
                        ? ContentComparison.Result.ONLY_ENCODING_DIFFERS
                        : ContentComparison.Result.CONTENT_DIFFERS;
        AggregateTestFixture<Study> other = new AggregateTestFixture<>(Study.class);
        inject(other, onlyChallengerMatches, new StudyPolicy(Duration.ZERO, LIMITS));
        other.given(registered(), series(), stored(1), conflict(1, ConflictKind.DIFFERENT_CONTENT, ROUTER, "corrected"))
                .when(store(ct(1, "corrected", IMPLICIT)))
                .expectResultMessagePayload(List.of(StoreOutcome.OTHER_RENDITION))
                .expectEvents(new RenditionKept(
                        STUDY,
                        object(1, "corrected", IMPLICIT),
                        object(1, "corrected", EXPLICIT).version(),
                        SCANNER,
                        NOON));
    }

    @Test
    void senderAtAnotherAddress_isTheSameSource() {
        comparison.answer = ContentComparison.Result.CONTENT_DIFFERS;
        fixture.given(registered(), series(), stored(1))
                .when(from(Actor.device(SCANNER.name(), "10.0.0.8"), store(ct(1, "corrected", EXPLICIT))))
                .expectResultMessagePayload(List.of(StoreOutcome.NEWER_VERSION));
    }

    @Test
    void studyAtItsLimits_takesNothingNew() {
        StudyPolicy.Limits limits = new StudyPolicy.Limits(1, 2, 2, 1);
        AggregateTestFixture<Study> bounded = new AggregateTestFixture<>(Study.class);
        inject(bounded, comparison, new StudyPolicy(Duration.ofMinutes(10), limits));
        comparison.answer = ContentComparison.Result.CONTENT_DIFFERS;
        ConflictOpened second = conflict(1, ConflictKind.DIFFERENT_CONTENT, ROUTER, "second");
        Object[] full = {registered(), series(), stored(1), varied(), stored(2), second};
        assertRefused(bounded, full, store(ct(3)), "instances of a study");
        assertRefused(bounded, full, from(ROUTER, store(ct(1, "third", EXPLICIT))), "versions of an instance");
        assertRefused(bounded, full, of(Optional.of(BERT), store(ct(3))), "patients of a study");
        IncomingInstance elsewhere =
                new IncomingInstance(new SeriesInstanceUid("1.2.99"), object(2, "second", EXPLICIT), ctHeader(2));
        assertRefused(bounded, full, from(ROUTER, store(elsewhere)), "series of a study");
        bounded.given(full)
                .when(store(again(ct(1)), again(ct(2))))
                .expectResultMessagePayload(List.of(StoreOutcome.RETRANSMITTED, StoreOutcome.RETRANSMITTED));
        bounded.given(full)
                .when(from(ROUTER, store(ct(2, "second", EXPLICIT))))
                .expectResultMessagePayload(List.of(StoreOutcome.CONFLICT));
    }

    @Test
    void studyOfAsManyPeopleAsItMayHave_takesNobodyElseUnderAKnownUid() {
        AggregateTestFixture<Study> bounded = new AggregateTestFixture<>(Study.class);
        inject(
                bounded,
                comparison,
                new StudyPolicy(Duration.ofMinutes(10), new StudyPolicy.Limits(100, 100_000, 64, 1)));
        Object[] full = {registered(), series(), stored(1)};
        StoreInstances another = store(ct(1, "another", EXPLICIT));
        assertRefused(bounded, full, of(Optional.of(BERT), another), "patients of a study");
        assertRefused(bounded, full, from(ROUTER, of(Optional.of(BERT), another)), "patients of a study");
        bounded.given(full).when(another).expectResultMessagePayload(List.of(StoreOutcome.NEWER_VERSION));
        comparison.answer = ContentComparison.Result.ONLY_ENCODING_DIFFERS;
        bounded.given(full)
                .when(of(Optional.of(BERT), store(ct(1, "", IMPLICIT))))
                .expectResultMessagePayload(List.of(StoreOutcome.OTHER_RENDITION));
    }

    @Test
    void peopleOfOneBatch_areBoundedTogether() {
        AggregateTestFixture<Study> bounded = new AggregateTestFixture<>(Study.class);
        inject(
                bounded,
                comparison,
                new StudyPolicy(Duration.ofMinutes(10), new StudyPolicy.Limits(100, 100_000, 64, 2)));
        assertRefused(
                bounded,
                new Object[] {registered(), series(), stored(1)},
                of(NOBODY, store(named(2, "White^Wendy"), named(3, "Black^Bob"))),
                "patients of a study");
    }

    private static void assertRefused(
            AggregateTestFixture<Study> fixture, Object[] given, StoreInstances command, String what) {
        fixture.given(given)
                .when(command)
                .expectNoEvents()
                .expectException(new CustomTypeSafeMatcher<ArchiveException>(what) {
                    @Override
                    protected boolean matchesSafely(ArchiveException e) {
                        return e.error() == ArchiveError.STUDY_LIMIT
                                && e.subject().equals(what);
                    }
                });
    }

    @Test
    void manyContents_areComparedUpToABound() {
        Object[] given = new Object[23];
        given[0] = registered();
        given[1] = series();
        given[2] = stored(1);
        for (int i = 1; i <= 20; i++) {
            given[2 + i] = conflict(i, ConflictKind.DIFFERENT_CONTENT, ROUTER, "content " + i);
        }
        fixture.given(given)
                .when(from(ROUTER, store(ct(1, "new", EXPLICIT))))
                .expectEvents(conflict(21, ConflictKind.DIFFERENT_CONTENT, ROUTER, "new"));
        assertThat(comparison.comparedWith).hasSize(RepeatedInstance.MAX_COMPARISONS);
        assertThat(comparison.comparedWith.getFirst()).isEqualTo(object(1, "", EXPLICIT));
        assertThat(comparison.comparedWith.get(1)).isEqualTo(object(1, "content 20", EXPLICIT));
    }

    @Test
    void sameInstanceInOtherSeries_isConflictWithoutComparison() {
        IncomingInstance moved = new IncomingInstance(SERIES_2, object(1, "moved", EXPLICIT), ctHeader(1));
        fixture.given(registered(), series(), stored(1))
                .when(store(moved))
                .expectResultMessagePayload(List.of(StoreOutcome.CONFLICT))
                .expectEvents(
                        series(SERIES_2),
                        new ConflictOpened(
                                STUDY,
                                new ConflictId(1),
                                ConflictKind.DIFFERENT_SERIES,
                                Optional.of(sop(1)),
                                Optional.of(new StoredInstance(SERIES_2, moved.object(), AttributeSet.EMPTY)),
                                Optional.empty(),
                                List.of(),
                                SCANNER,
                                NOON));
        assertThat(comparison.comparedWith).isEmpty();
    }

    @Test
    void instanceHeldElsewhere_isStoredMarkedAndFlagged() {
        fixture.given(registered(), series(), stored(1), varied())
                .when(elsewhere(Map.of(sop(2), OTHER_STUDY), store(ct(2), ct(3))))
                .expectResultMessagePayload(List.of(StoreOutcome.STORED, StoreOutcome.STORED))
                .expectEvents(
                        new InstancesStored(STUDY, List.of(differing(2), differing(3)), List.of(sop(2)), SCANNER, NOON),
                        elsewhereConflict(1, sop(2), SCANNER));
    }

    @Test
    void secondPatient_isStoredAndFlaggedOnce() {
        PersonDescribed bert = described(1, Optional.of(BERT), "Doe^Anna");
        fixture.given(registered(), series(), stored(1), varied())
                .when(of(Optional.of(BERT), store(ct(2))))
                .expectResultMessagePayload(List.of(StoreOutcome.STORED))
                .expectEvents(bert, stored(2, 1), patientConflict());
        AggregateTestFixture<Study> later = new AggregateTestFixture<>(Study.class);
        inject(later, comparison, new StudyPolicy(Duration.ZERO, LIMITS));
        later.given(registered(), series(), stored(1), varied(), bert, stored(2, 1), patientConflict())
                .when(of(Optional.of(BERT), store(ct(3))))
                .expectEvents(stored(3, 1));
    }

    @Test
    void instanceUnderAMergedRecord_isNoConflictWhicheverSurvives() {
        for (Map<PatientRecordId, PatientRecordId> into :
                List.of(Map.of(ANNA, BERT), Map.of(BERT, ANNA), Map.of(ANNA, CARA, BERT, CARA))) {
            merged.clear();
            merged.putAll(into);
            fixture.given(registered(), series(), stored(1), varied())
                    .when(of(Optional.of(BERT), store(ct(2))))
                    .expectEvents(described(1, Optional.of(BERT), "Doe^Anna"), stored(2, 1));
        }
    }

    @Test
    void unidentifiedInstance_isMarkedAndNoConflict() {
        fixture.given(registered(), series(), stored(1), varied())
                .when(of(NOBODY, store(ct(2))))
                .expectEvents(described(1, NOBODY, "Doe^Anna"), stored(2, 1));
    }

    @Test
    void unidentifiedInstanceOfAnotherName_isFlaggedOnce() {
        PersonDescribed wendy = described(1, NOBODY, "White^Wendy");
        for (Optional<PatientRecordId> first : List.of(Optional.of(ANNA), NOBODY)) {
            fixture.given(registered(first), series(), stored(1), varied())
                    .when(of(NOBODY, store(named(2, "White^Wendy"))))
                    .expectEvents(wendy, stored(2, 1), patientConflict());
            fixture.given(registered(first), series(), stored(1), varied(), wendy, stored(2, 1), patientConflict())
                    .when(of(NOBODY, store(named(3, "White^Wendy"))))
                    .expectEvents(stored(3, 1));
        }
    }

    @Test
    void peopleOfOneBatch_areDescribedBeforeItsInstancesAndFlagged() {
        StoredInstance first = stored(1).instances().getFirst();
        StoredInstance second = stored(2, 1).instances().getFirst();
        fixture.givenNoPriorActivity()
                .when(of(NOBODY, store(ct(1), named(2, "White^Wendy"))))
                .expectResultMessagePayload(List.of(StoreOutcome.STORED, StoreOutcome.STORED))
                .expectEvents(
                        registered(NOBODY),
                        described(1, NOBODY, "White^Wendy"),
                        series(),
                        new AttributesVaried(
                                STUDY,
                                Optional.of(SERIES),
                                1,
                                varied().tags(),
                                AttributeSet.EMPTY,
                                NamedValues.OF_BASELINE,
                                Optional.empty()),
                        new InstancesStored(STUDY, List.of(first, second), SCANNER, NOON),
                        patientConflict());
    }

    @Test
    void firstIdentifiedPatient_isDescribed() {
        fixture.given(registered(NOBODY), series(), stored(1), varied())
                .when(store(ct(2)))
                .expectEvents(described(1, Optional.of(ANNA), "Doe^Anna"), stored(2, 1));
    }

    @Test
    void firstIdentifiedPatientOfAnotherName_isFlagged() {
        fixture.given(registered(NOBODY), series(), stored(1), varied())
                .when(store(named(2, "Smith^John")))
                .expectEvents(described(1, Optional.of(ANNA), "Smith^John"), stored(2, 1), patientConflict());
    }

    @Test
    void whomNothingIdentifiesBesideANamelessRecord_isFlagged() {
        AttributeSet nameless = registered().attributes().filter(tag -> tag != Tags.PATIENT_NAME);
        StudyRegistered registered =
                new StudyRegistered(STUDY, STUDY_UID, Optional.of(ANNA), PIXEL_KEY, nameless, NOON);
        fixture.given(registered, series(), stored(1), varied())
                .when(of(NOBODY, store(named(2, "Smith^Anna"))))
                .expectEvents(described(1, NOBODY, "Smith^Anna"), stored(2, 1), patientConflict());
    }

    @Test
    void secondRecord_isFlaggedThoughItMayBeWhomNothingIdentified() {
        PersonDescribed jones = described(1, NOBODY, "Jones^Bob");
        fixture.given(registered(), series(), stored(1), varied(), jones, stored(2, 1), patientConflict())
                .when(of(Optional.of(BERT), store(named(3, "Jones^Bob"))))
                .expectEvents(described(2, Optional.of(BERT), "Jones^Bob"), stored(3, 2), patientConflict(2, 0, 2));
    }

    @Test
    void differingObjectAfterAStewardsDecision_isConflict() {
        ConflictOpened opened = conflict(1, ConflictKind.DIFFERENT_CONTENT, SCANNER, "pixels");
        ConflictResolved resolved = new ConflictResolved(
                STUDY, new ConflictId(1), Optional.of(object(1, "", EXPLICIT).version()), STEWARD, "seen", NOON);
        fixture.given(registered(), series(), stored(1), opened, resolved)
                .when(store(ct(1, "corrected", EXPLICIT)))
                .expectResultMessagePayload(List.of(StoreOutcome.CONFLICT));
    }

    @Test
    void correctionForAnotherPatient_saysWhoseTheObjectWas() {
        PersonDescribed bert = described(1, Optional.of(BERT), "Doe^Anna");
        StoredInstance first = stored(1).instances().getFirst();
        StoredInstance corrected = new StoredInstance(SERIES, object(1, "corrected", EXPLICIT), AttributeSet.EMPTY, 1);
        VersionSuperseded superseded =
                new VersionSuperseded(STUDY, corrected, first.object().version(), first.standing(), SCANNER, NOON);
        fixture.given(registered(), series(), stored(1))
                .when(of(Optional.of(BERT), store(ct(1, "corrected", EXPLICIT))))
                .expectEvents(bert, superseded, patientConflict());
        StoredInstance back = new StoredInstance(SERIES, object(1, "back", EXPLICIT), AttributeSet.EMPTY);
        fixture.given(registered(), series(), stored(1), bert, superseded, patientConflict())
                .when(store(ct(1, "back", EXPLICIT)))
                .expectEvents(new VersionSuperseded(
                        STUDY, back, corrected.object().version(), corrected.standing(), SCANNER, NOON));
    }

    /** Once a steward has closed the conflict of the study's patients, a correction that hands an object over opens another. */
    @Test
    void correctionToAKnownOtherPatient_isFlaggedAgain() {
        PersonDescribed bert = described(1, Optional.of(BERT), "Doe^Anna");
        StoredInstance first = stored(1).instances().getFirst();
        StoredInstance ofBert = new StoredInstance(SERIES, object(1, "corrected", EXPLICIT), AttributeSet.EMPTY, 1);
        VersionSuperseded superseded =
                new VersionSuperseded(STUDY, ofBert, first.object().version(), first.standing(), SCANNER, NOON);
        ConflictResolved closed =
                new ConflictResolved(STUDY, new ConflictId(1), Optional.empty(), STEWARD, "seen", NOON);
        StoredInstance back = new StoredInstance(SERIES, object(1, "back", EXPLICIT), AttributeSet.EMPTY);
        VersionSuperseded handedBack =
                new VersionSuperseded(STUDY, back, ofBert.object().version(), ofBert.standing(), SCANNER, NOON);
        fixture.given(registered(), series(), stored(1), bert, superseded, patientConflict(), closed)
                .when(store(ct(1, "back", EXPLICIT)))
                .expectEvents(handedBack, patientConflict(2));
    }

    @Test
    void twinsUnderOneIdentifier_areFlaggedAndWhoMarriesIsNot() {
        fixture.givenCommands(store(born(1, "Doe^Anna")))
                .when(store(born(2, "Doe^Bertha")))
                .expectState(study -> {
                    StudySnapshot snapshot = (StudySnapshot) study.snapshot().orElseThrow();
                    assertThat(snapshot.openConflicts())
                            .extracting(StudySnapshot.Conflict::kind)
                            .containsExactly(ConflictKind.TWO_PATIENTS);
                });
        fixture.givenCommands(store(born(1, "Doe^Anna")))
                .when(store(born(2, "Roe^Anna")))
                .expectState(
                        study -> assertThat(((StudySnapshot) study.snapshot().orElseThrow()).openConflicts())
                                .isEmpty());
    }

    private static IncomingInstance born(int number, String name) {
        AttributeSet attributes = ctHeader(number)
                .with(Tags.PATIENT_NAME, name(name))
                .with(Tags.PATIENT_BIRTH_DATE, text(Vr.DA, "20200101"))
                .with(Tags.PATIENT_SEX, text(Vr.CS, "F"));
        return new IncomingInstance(SERIES, object(number, "", EXPLICIT), attributes);
    }

    /** There is no number left for another description of a known record. */
    @Test
    void knownRecordDescribedAsAnotherBeyondTheBound_isFlagged() {
        List<Object> before = new ArrayList<>(List.of(registered(), series(), stored(1), varied()));
        for (int person = 1; person < StudyPeople.MAX_DESCRIPTIONS; person++) {
            before.add(described(person, NOBODY, "Nobody^Number" + person));
        }
        fixture.given(before).when(store(named(2, "Smith^John"))).expectState(study -> {
            StudySnapshot snapshot = (StudySnapshot) study.snapshot().orElseThrow();
            assertThat(snapshot.people()).hasSize(StudyPeople.MAX_DESCRIPTIONS);
            assertThat(snapshot.openConflicts())
                    .extracting(StudySnapshot.Conflict::kind)
                    .containsExactly(ConflictKind.TWO_PATIENTS);
        });
        fixture.given(before)
                .when(store(ct(2)))
                .expectState(
                        study -> assertThat(((StudySnapshot) study.snapshot().orElseThrow()).openConflicts())
                                .isEmpty());
    }

    @Test
    void correctionThatLosesThePatient_isConflict() {
        fixture.given(registered(), series(), stored(1))
                .when(of(NOBODY, store(ct(1, "corrected", EXPLICIT))))
                .expectResultMessagePayload(List.of(StoreOutcome.CONFLICT));
        fixture.given(registered(NOBODY), series(), stored(1))
                .when(of(NOBODY, store(ct(1, "corrected", EXPLICIT))))
                .expectResultMessagePayload(List.of(StoreOutcome.NEWER_VERSION));
    }

    /** A lost answer makes a sender send again what it has corrected since; nothing tells that from a correction taken back. */
    @Test
    void correctedVersionThatComesAgain_isConflictOnce() {
        VersionSuperseded superseded = superseded();
        StoredInstance first = stored(1).instances().getFirst();
        ConflictOpened opened = questioned(first);
        fixture.given(registered(), series(), stored(1), superseded)
                .when(store(again(ct(1))))
                .expectResultMessagePayload(List.of(StoreOutcome.EARLIER_VERSION))
                .expectEvents(opened);
        fixture.given(registered(), series(), stored(1), superseded, opened)
                .when(store(again(ct(1))))
                .expectResultMessagePayload(List.of(StoreOutcome.RETRANSMITTED))
                .expectNoEvents();
        fixture.given(registered(), series(), stored(1), superseded, opened)
                .when(new ResolveConflict(
                        STUDY,
                        new ConflictId(1),
                        Optional.of(first.object().version()),
                        Optional.empty(),
                        STEWARD,
                        "taken back"))
                .expectState(study -> {
                    StudySnapshot.Instance kept = ((StudySnapshot)
                                    study.snapshot().orElseThrow())
                            .instances()
                            .getFirst();
                    assertThat(kept.current().object()).isEqualTo(first.object());
                    assertThat(kept.others()).hasSize(1);
                });
    }

    private static ConflictOpened questioned(StoredInstance earlier) {
        return new ConflictOpened(
                STUDY,
                new ConflictId(1),
                ConflictKind.DIFFERENT_CONTENT,
                Optional.of(sop(1)),
                Optional.of(earlier),
                Optional.empty(),
                List.of(),
                SCANNER,
                NOON);
    }

    @Test
    void correctionWhileAStewardIsToDecide_isAnotherConflict() {
        fixture.given(registered(), series(), stored(1), conflict(1, ConflictKind.DIFFERENT_CONTENT, ROUTER, "pixels"))
                .when(store(ct(1, "corrected", EXPLICIT)))
                .expectResultMessagePayload(List.of(StoreOutcome.CONFLICT));
    }

    @Test
    void versionThatAStewardDecidedAgainst_comesBackAsNothingNew() {
        ConflictOpened opened = conflict(1, ConflictKind.DIFFERENT_CONTENT, SCANNER, "pixels");
        for (String chosen : List.of("", "pixels")) {
            ConflictResolved resolved = new ConflictResolved(
                    STUDY,
                    new ConflictId(1),
                    Optional.of(object(1, chosen, EXPLICIT).version()),
                    STEWARD,
                    "seen",
                    NOON);
            String other = chosen.isEmpty() ? "pixels" : "";
            fixture.given(registered(), series(), stored(1), opened, resolved)
                    .when(store(again(ct(1, other, EXPLICIT))))
                    .expectResultMessagePayload(List.of(StoreOutcome.RETRANSMITTED))
                    .expectNoEvents();
        }
    }

    @Test
    void correctionBackToAKnownText_saysWhichItIs() {
        AttributeSet other = set(Tags.STUDY_DATE, text(Vr.DA, "20260302"));
        StoredInstance corrected = new StoredInstance(
                SERIES, object(1, "corrected", EXPLICIT), AttributeSet.EMPTY, 0, says(Tags.STUDY_DATE, 1));
        StoredInstance first = stored(1).instances().getFirst();
        VersionSuperseded superseded =
                new VersionSuperseded(STUDY, corrected, first.object().version(), first.standing(), SCANNER, NOON);
        fixture.given(registered(), series(), stored(1), ofStudy(other), superseded)
                .when(store(ct(1, "back", EXPLICIT)))
                .expectEvents(new VersionSuperseded(
                        STUDY,
                        new StoredInstance(SERIES, object(1, "back", EXPLICIT), AttributeSet.EMPTY),
                        corrected.object().version(),
                        corrected.standing(),
                        SCANNER,
                        NOON));
    }

    /** Hundreds of series of large private attributes: what comes further is kept, and little of it named. */
    @Test
    void fullStudy_namesOfAFurtherSeriesWhatTellsItFromOthers() {
        Map<Integer, Attribute> large = new HashMap<>();
        for (int element = 0; element < 31; element++) {
            large.put(0x00091010 + element, text(Vr.LT, "x".repeat(4000)));
        }
        AttributeSet private9 = AttributeSet.of(large);
        List<Object> before = new ArrayList<>(List.of(registered(), series(), stored(1)));
        int needed = StudyState.MAX_BYTES / EventAttributes.sizeBytes(private9) + 1;
        for (int number = 1; number <= needed; number++) {
            before.add(new SeriesRegistered(STUDY, new SeriesInstanceUid("2.25.900." + number), private9));
        }
        SeriesInstanceUid further = new SeriesInstanceUid("2.25.900.0");
        AttributeSet object = ctHeader(2)
                .with(private9)
                .with(Tags.SERIES_DESCRIPTION, text(Vr.LO, "d".repeat(1000)))
                .with(Tags.STUDY_DATE, text(Vr.DA, "20260302"));
        IncomingInstance incoming = new IncomingInstance(further, object(2, "", EXPLICIT), object);
        fixture.given(before)
                .when(store(incoming))
                .expectResultMessagePayload(List.of(StoreOutcome.STORED))
                .expectState(study -> {
                    StudySnapshot snapshot = (StudySnapshot) study.snapshot().orElseThrow();
                    StudySnapshot.Series last = snapshot.series().getLast();
                    assertThat(last.uid()).contains(further);
                    assertThat(last.values().getFirst().attributes()).containsOnlyKeys(Tags.MODALITY);
                    StudySnapshot.Version kept = snapshot.instances().getLast().current();
                    assertThat(kept.says()).isEqualTo(says(Tags.STUDY_DATE, NamedValues.UNNAMED));
                });
    }

    @Test
    void fullStudy_namesOfAFurtherPersonWhatTellsPeopleApart() {
        AttributeSet large = AttributeSet.EMPTY;
        for (int element = 0; element < 31; element++) {
            large = large.with(0x00091010 + element, text(Vr.LT, "x".repeat(4000)));
        }
        List<Object> before = new ArrayList<>(List.of(registered(), series(), stored(1)));
        for (int number = 1; number <= StudyState.MAX_BYTES / EventAttributes.sizeBytes(large) + 1; number++) {
            before.add(new SeriesRegistered(STUDY, new SeriesInstanceUid("2.25.900." + number), large));
        }
        AttributeSet further = ctHeader(2)
                .with(Tags.PATIENT_NAME, name("Doe^Bert"))
                .with(PATIENT_COMMENTS, text(Vr.LT, "x".repeat(4000)));
        fixture.given(before)
                .when(of(Optional.of(BERT), store(new IncomingInstance(SERIES, object(2, "", EXPLICIT), further))))
                .expectState(study -> {
                    AttributeSet named = ((StudySnapshot) study.snapshot().orElseThrow())
                            .furtherPeople()
                            .getLast()
                            .values()
                            .getFirst();
                    assertThat(named.contains(Tags.PATIENT_NAME)).isTrue();
                    assertThat(named.contains(PATIENT_COMMENTS)).isFalse();
                });
    }

    @Test
    void valueBeyondTheBound_isSaidToBeUnnamed() {
        List<Object> before = new ArrayList<>(List.of(registered(), series(), stored(1)));
        for (int place = 1; place < SeriesState.MAX_VALUES; place++) {
            before.add(new AttributesVaried(
                    STUDY,
                    Optional.empty(),
                    0,
                    Set.of(),
                    set(Tags.STUDY_DATE, text(Vr.DA, Integer.toString(20260401 + place))),
                    says(Tags.STUDY_DATE, place),
                    Optional.empty()));
        }
        IncomingInstance further = second(ctHeader(1).with(Tags.STUDY_DATE, text(Vr.DA, "20260501")));
        fixture.given(before)
                .when(store(further))
                .expectEvents(storedSaying(further, says(Tags.STUDY_DATE, NamedValues.UNNAMED)));
    }

    @Test
    void correctedVersionThatComesInAnotherEncoding_isKeptAndConflict() {
        StoredInstance first = stored(1).instances().getFirst();
        StoredInstance recoded = new StoredInstance(SERIES, object(1, "", IMPLICIT), AttributeSet.EMPTY);
        comparison.answers.put(first.object().version(), ContentComparison.Result.ONLY_ENCODING_DIFFERS);
        RenditionKept kept =
                new RenditionKept(STUDY, recoded.object(), first.object().version(), SCANNER, NOON);
        fixture.given(registered(), series(), stored(1), superseded())
                .when(store(ct(1, "", IMPLICIT)))
                .expectResultMessagePayload(List.of(StoreOutcome.CONFLICT))
                .expectEvents(kept, questioned(first));
        fixture.given(registered(), series(), stored(1), kept, superseded())
                .when(store(again(ct(1, "", IMPLICIT))))
                .expectResultMessagePayload(List.of(StoreOutcome.EARLIER_VERSION))
                .expectEvents(questioned(first));
        RenditionKept ofCurrent = new RenditionKept(
                STUDY,
                object(1, "corrected", IMPLICIT),
                superseded().newer().object().version(),
                SCANNER,
                NOON);
        fixture.given(registered(), series(), stored(1), superseded(), ofCurrent)
                .when(store(again(ct(1, "corrected", IMPLICIT))))
                .expectResultMessagePayload(List.of(StoreOutcome.RETRANSMITTED))
                .expectNoEvents();
    }

    @Test
    void correctedVersionThatComesForItsLostBlob_isKeptAndConflict() {
        comparison.intact = false;
        IncomingInstance resent = again(ct(1));
        fixture.given(registered(), series(), stored(1), superseded())
                .when(store(resent))
                .expectResultMessagePayload(List.of(StoreOutcome.CONFLICT))
                .expectEvents(
                        new BlobReplaced(
                                STUDY, resent.object(), ct(1).object().blob().id(), SCANNER, clock.instant()),
                        questioned(new StoredInstance(SERIES, resent.object(), AttributeSet.EMPTY)));
    }

    private static IncomingInstance named(int number, String name) {
        return new IncomingInstance(
                SERIES, object(number, "", EXPLICIT), ctHeader(number).with(Tags.PATIENT_NAME, name(name)));
    }

    @Test
    void retransmissionUnderAnotherPatient_isNoConflict() {
        fixture.given(registered(), series(), stored(1))
                .when(of(Optional.of(BERT), store(again(ct(1)))))
                .expectNoEvents();
    }

    @Test
    void otherStudysUid_isRefused() {
        StoreInstances wrong = new StoreInstances(
                STUDY, new StudyInstanceUid("2.25.5"), Optional.of(ANNA), PIXEL_KEY, List.of(ct(2)), Map.of(), SCANNER);
        fixture.given(registered(), series(), stored(1))
                .when(wrong)
                .expectNoEvents()
                .expectException(ArchiveException.class);
    }

    @Test
    void otherPixelKey_isRefusedSinceTheBlobCouldNotBeOpened() {
        StoreInstances wrong = new StoreInstances(
                STUDY,
                STUDY_UID,
                Optional.of(ANNA),
                new org.archipelago.contract.KeyId(org.archipelago.contract.Digest.sha256(new byte[] {2})),
                List.of(ct(2)),
                Map.of(),
                SCANNER);
        fixture.given(registered(), series(), stored(1))
                .when(wrong)
                .expectNoEvents()
                .expectException(refused(ArchiveError.CONFLICTING_STATE));
    }

    @Test
    void erasedStudy_refusesWhatComesAgain() {
        fixture.given(new Erased(STUDY.stream(), "StudyRegistered"), new Erased(STUDY.stream(), "InstancesStored"))
                .when(store(ct(1)))
                .expectNoEvents()
                .expectException(refused(ArchiveError.ERASED));
    }

    private void expectConflict(StoreInstances command, ConflictKind kind) {
        String content = command.instances().getFirst().object().equals(object(1, "corrected", EXPLICIT))
                ? "corrected"
                : command.instances().getFirst().object().equals(object(1, "pixels", EXPLICIT)) ? "pixels" : "damaged";
        ConflictOpened expected = conflict(1, kind, command.source(), content);
        fixture.given(registered(), series(), stored(1))
                .when(command)
                .expectResultMessagePayload(List.of(StoreOutcome.CONFLICT))
                .expectEvents(at(expected, clock.instant()));
    }
}
