package org.archipelago.domain.study;

import static org.archipelago.domain.Samples.*;
import static org.archipelago.domain.study.StudyEvents.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.study.ConflictId;
import org.archipelago.contract.study.ConflictKind;
import org.archipelago.contract.study.StoredInstance;
import org.archipelago.contract.study.StudyEvent;
import org.archipelago.contract.study.StudyEvent.ConflictResolved;
import org.archipelago.contract.study.StudyEvent.InstancesStored;
import org.archipelago.contract.study.StudyEvent.StudyHeld;
import org.archipelago.contract.study.StudyEvent.StudySettled;
import org.archipelago.contract.study.VersionChange;
import org.archipelago.domain.patient.StudyPeople;
import org.junit.jupiter.api.Test;

class StudyContentsTest {
    private final StudyContents one = StudyContents.empty().applyAll(List.of(registered(), series(), stored(1)));

    @Test
    void noEvents_noStudy() {
        assertThat(StudyContents.empty().exists()).isFalse();
        assertThat(StudyContents.empty().revision()).isEqualTo(new Revision(-1));
    }

    @Test
    void storedInstance_isCurrentAndItsStudyKnown() {
        assertThat(one.studyInstanceUid()).contains(STUDY_UID);
        assertThat(one.patient()).contains(ANNA);
        assertThat(one.pixelKey()).contains(PIXEL_KEY);
        assertThat(one.instance(sop(1)).orElseThrow().current().object()).isEqualTo(object(1, "", EXPLICIT));
        assertThat(one.instance(sop(1)).orElseThrow().current().patient()).contains(ANNA);
        assertThat(one.revision()).isEqualTo(new Revision(2));
    }

    @Test
    void apply_leavesTheViewBeforeAsItWas() {
        StudyContents more = one.apply(new InstancesStored(STUDY, List.of(differing(2)), SCANNER, NOON));
        assertThat(one.instances()).hasSize(1);
        assertThat(more.instances()).extracting(StudyContents.Instance::uid).containsExactly(sop(1), sop(2));
    }

    @Test
    void variedAttribute_isNoLongerConstant() {
        StudyContents.Series series = one.apply(varied()).series(SERIES).orElseThrow();
        assertThat(series.baseline().contains(Tags.INSTANCE_NUMBER)).isTrue();
        assertThat(series.constant().contains(Tags.INSTANCE_NUMBER)).isFalse();
        assertThat(series.constant().contains(Tags.MODALITY)).isTrue();
    }

    @Test
    void rendition_isKeptBesideTheCurrentOne() {
        StudyContents.Instance instance =
                one.apply(rendition()).instance(sop(1)).orElseThrow();
        assertThat(instance.current().object().transferSyntax()).isEqualTo(EXPLICIT);
        assertThat(instance.others().getFirst().renditionOf())
                .contains(object(1, "", EXPLICIT).version());
    }

    @Test
    void supersededVersion_staysRetrievableById() {
        StudyContents.Instance instance =
                one.apply(superseded()).instance(sop(1)).orElseThrow();
        assertThat(instance.current().object()).isEqualTo(object(1, "corrected", EXPLICIT));
        assertThat(instance.version(object(1, "", EXPLICIT).version())).isPresent();
    }

    @Test
    void conflict_keepsTheFirstCurrentUntilResolved() {
        StudyContents open = one.apply(conflict(1, ConflictKind.DIFFERENT_CONTENT, ROUTER, "corrected"));
        assertThat(open.openConflicts()).hasSize(1);
        assertThat(open.instance(sop(1)).orElseThrow().current().object()).isEqualTo(object(1, "", EXPLICIT));
        StudyContents resolved = open.apply(new ConflictResolved(
                STUDY,
                new ConflictId(1),
                Optional.of(object(1, "corrected", EXPLICIT).version()),
                STEWARD,
                "seen",
                NOON));
        assertThat(resolved.openConflicts()).isEmpty();
        assertThat(resolved.instance(sop(1)).orElseThrow().current().object())
                .isEqualTo(object(1, "corrected", EXPLICIT));
        assertThat(resolved.instance(sop(1)).orElseThrow().others()).hasSize(1);
    }

    @Test
    void instancesOfTwoPatients_keepTheirOwn() {
        StudyContents both = one.apply(described(1, Optional.of(BERT), "Doe^Bert"))
                .apply(described(2, Optional.empty(), "White^Wendy"))
                .apply(stored(2, 1))
                .apply(stored(3, 2));
        assertThat(both.instance(sop(1)).orElseThrow().current().patient()).contains(ANNA);
        assertThat(both.instance(sop(2)).orElseThrow().current().patient()).contains(BERT);
        assertThat(both.instance(sop(3)).orElseThrow().current().patient()).isEmpty();
        assertThat(both.people().all())
                .extracting(StudyPeople.Person::instances)
                .containsExactly(1, 1, 1);
    }

    @Test
    void instancesBeforeThePatientWasKnown_stayNobodys() {
        StudyContents late = StudyContents.empty()
                .applyAll(List.of(
                        registered(Optional.empty()),
                        series(),
                        stored(1),
                        described(1, Optional.of(ANNA), "Doe^Anna"),
                        stored(2, 1)));
        assertThat(late.patient()).contains(ANNA);
        assertThat(late.instance(sop(1)).orElseThrow().current().patient()).isEmpty();
        assertThat(late.instance(sop(2)).orElseThrow().current().patient()).contains(ANNA);
    }

    @Test
    void correctedVersionThatIsChosenAgain_isCurrentAsItWas() {
        StoredInstance first = stored(1).instances().getFirst();
        StudyContents questioned =
                one.apply(superseded()).apply(conflict(1, ConflictKind.DIFFERENT_CONTENT, SCANNER, ""));
        assertThat(questioned.instance(sop(1)).orElseThrow().others()).hasSize(1);
        StudyContents back = questioned.apply(new ConflictResolved(
                STUDY,
                new ConflictId(1),
                Optional.of(first.object().version()),
                Optional.of(new VersionChange(superseded().newer().standing(), first.standing())),
                STEWARD,
                "seen",
                NOON));
        StudyContents.Instance instance = back.instance(sop(1)).orElseThrow();
        assertThat(instance.current())
                .isEqualTo(one.instance(sop(1)).orElseThrow().current());
        assertThat(instance.others()).hasSize(1);
    }

    @Test
    void settledAndHeld_show() {
        StudyContents settled = one.apply(new StudySettled(STUDY, 1, 1, NOON))
                .apply(new StudyHeld(STUDY, "court order", STEWARD, NOON));
        assertThat(settled.isSettled()).isTrue();
        assertThat(settled.isHeld()).isTrue();
        assertThat(settled.apply(rendition()).isSettled()).isFalse();
    }

    @Test
    void erasedStudy_tellsNothing() {
        StudyContents erased = StudyContents.empty()
                .apply(new Erased(STUDY.stream(), "StudyRegistered"))
                .apply(new Erased(STUDY.stream(), "InstancesStored"));
        assertThat(erased.exists()).isTrue();
        assertThat(erased.isErased()).isTrue();
        assertThat(erased.instances()).isEmpty();
        assertThat(erased.copy()).contains(STUDY);
        assertThat(erased.revision()).isEqualTo(new Revision(1));
    }

    @Test
    void eventOfAnotherStudy_isABug() {
        assertThatThrownBy(() -> one.apply(new StudyHeld(OTHER_STUDY, "", STEWARD, NOON)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void fiveThousandEvents_foldAtOnceOrOneByOneToTheSame() {
        List<StudyEvent> events = new ArrayList<>(List.of(registered(), series()));
        for (int i = 1; i <= 5000; i++) {
            events.add(new InstancesStored(STUDY, List.of(differing(i)), SCANNER, NOON));
        }
        StudyContents atOnce = StudyContents.empty().applyAll(events);
        StudyContents oneByOne = StudyContents.empty();
        for (StudyEvent event : events) {
            oneByOne = oneByOne.apply(event);
        }
        assertThat(atOnce.instances()).hasSize(5000).containsExactlyElementsOf(oneByOne.instances());
        assertThat(atOnce.revision()).isEqualTo(new Revision(5001)).isEqualTo(oneByOne.revision());
    }
}
