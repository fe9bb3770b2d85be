package org.archipelago.domain.study;

import static org.archipelago.domain.Samples.*;
import static org.archipelago.domain.study.StudyEvents.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.study.ConflictId;
import org.archipelago.contract.study.ConflictKind;
import org.archipelago.contract.study.NamedValues;
import org.archipelago.contract.study.StudyEvent;
import org.archipelago.contract.study.StudyEvent.AttributesVaried;
import org.archipelago.contract.study.StudyEvent.ConflictResolved;
import org.archipelago.contract.study.StudyEvent.InstancesCommitted;
import org.archipelago.contract.study.StudyEvent.InstancesStored;
import org.archipelago.contract.study.StudyEvent.StudyHeld;
import org.archipelago.contract.study.StudyEvent.StudySettled;
import org.junit.jupiter.api.Test;

class StudySnapshotTest {
    private final List<StudyEvent> events = List.of(
            series(),
            stored(1),
            varied(),
            new InstancesStored(STUDY, List.of(differing(2), differing(3)), List.of(sop(3)), ROUTER, NOON),
            elsewhereConflict(1, sop(3), ROUTER),
            described(1, Optional.empty(), "White^Wendy"),
            stored(4, 1),
            new AttributesVaried(
                    STUDY,
                    Optional.empty(),
                    1,
                    Set.of(),
                    set(Tags.PATIENT_SEX, text(Vr.CS, "F")).with(Tags.ACCESSION_NUMBER, text(Vr.SH, "A-2")),
                    new NamedValues(Map.of(Tags.ACCESSION_NUMBER, 1)),
                    Optional.empty()),
            rendition(),
            superseded(),
            patientConflict(2),
            conflict(3, ConflictKind.DIFFERENT_CONTENT, ROUTER, "third"),
            new ConflictResolved(
                    STUDY,
                    new ConflictId(3),
                    Optional.of(object(1, "third", EXPLICIT).version()),
                    STEWARD,
                    "seen",
                    NOON),
            new InstancesCommitted(STUDY, List.of(sop(2)), SCANNER, NOON),
            new StudySettled(STUDY, 1, 3, NOON),
            new StudyHeld(STUDY, "court order", STEWARD, NOON));

    @Test
    void stateFromSnapshot_goesOnAsStateFromEvents() {
        for (int cut = 0; cut <= events.size(); cut++) {
            StudyState before = new StudyState(registered());
            events.subList(0, cut).forEach(before::evolve);
            StudyState restored = new StudyState(before.snapshot());
            assertThat(restored.snapshot()).isEqualTo(before.snapshot());
            events.subList(cut, events.size()).forEach(restored::evolve);
            StudyState whole = new StudyState(registered());
            events.forEach(whole::evolve);
            assertThat(restored.snapshot()).isEqualTo(whole.snapshot());
        }
    }
}
