package org.archipelago.node.dimse;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.node.audit.AccessRecorder;
import org.archipelago.node.retrieve.HeldInstance;

/**
 * The accesses of one retrieval, one for each study: those that are named begin before anything is looked for, the others
 * before the asker is told anything of them. A retrieval that names no study and finds nothing is one access of none.
 */
final class StudyAccesses implements AutoCloseable {
    private final AccessRecorder recorder;
    private final Actor who;
    private final String purpose;
    private final String what;
    private final Map<Optional<StudyInstanceUid>, Tally> open = new HashMap<>();

    private static final class Tally {
        private final AccessRecorder.Access access;
        /** What came of it if nothing left. */
        private AccessOutcome unsent = AccessOutcome.FAILED;

        private int found;
        private int taken;
        private boolean anyLeft;

        Tally(AccessRecorder.Access access) {
            this.access = access;
        }

        AccessOutcome outcome() {
            if (!anyLeft) {
                return unsent;
            }
            return taken < found ? AccessOutcome.PARTIAL : AccessOutcome.COMPLETED;
        }
    }

    StudyAccesses(AccessRecorder recorder, Actor who, String purpose, String what) {
        this.recorder = recorder;
        this.who = who;
        this.purpose = purpose;
        this.what = what;
    }

    /**
     * What the selection finds; all of its studies are on record. A study that is named and of which it finds nothing is
     * refused, as is what it throws; of the record it cannot be told whether the study is here.
     *
     * @throws ArchiveException of the selection, or LOG_UNAVAILABLE: nothing may be sent or told
     */
    List<HeldInstance> find(
            AskedIdentifier asked,
            Supplier<List<HeldInstance>> selection,
            Function<List<HeldInstance>, Set<PatientRecordId>> patientsOf) {
        try {
            for (String named : new LinkedHashSet<>(asked.studies())) {
                tally(Optional.of(new StudyInstanceUid(named)));
            }
            List<HeldInstance> found = selection.get();
            open.values().forEach(tally -> tally.unsent = AccessOutcome.REFUSED);
            if (found.isEmpty() && open.isEmpty()) {
                tally(Optional.empty()).unsent = AccessOutcome.REFUSED;
            }
            found.stream()
                    .collect(Collectors.groupingBy(HeldInstance::study, LinkedHashMap::new, Collectors.toList()))
                    .forEach((study, instances) -> {
                        Tally tally = tally(Optional.of(study));
                        tally.unsent = AccessOutcome.FAILED;
                        tally.found += instances.size();
                        tally.access.found(patientsOf.apply(instances));
                    });
            return found;
        } catch (ArchiveException e) {
            if (open.isEmpty()) {
                tally(Optional.empty());
            }
            open.values().forEach(tally -> tally.unsent = asked.outcome(e));
            throw e;
        }
    }

    private Tally tally(Optional<StudyInstanceUid> study) {
        Tally known = open.get(study);
        if (known != null) {
            return known;
        }
        Tally begun = new Tally(recorder.begin(AccessKind.RETRIEVE, who, purpose, study, what));
        open.put(study, begun);
        return begun;
    }

    /** Of one object, whatever the receiver then says of it. */
    void left(StudyInstanceUid study, long bytes, boolean whole) {
        Tally tally = open.get(Optional.of(study));
        if (tally != null && (whole || bytes > 0)) {
            tally.anyLeft = true;
            tally.access.count(whole ? 1 : 0, bytes);
        }
    }

    /** The receiver has the object that left last. */
    void taken(StudyInstanceUid study) {
        Tally tally = open.get(Optional.of(study));
        if (tally != null) {
            tally.taken++;
        }
    }

    /** The asker cancelled, or is gone: that the rest is not sent is no failure. */
    void askerLeft() {
        open.values().stream().filter(tally -> tally.found > 0).forEach(tally -> tally.unsent = AccessOutcome.PARTIAL);
    }

    @Override
    public void close() {
        open.values().forEach(tally -> {
            tally.access.outcome(tally.outcome());
            tally.access.close();
        });
        open.clear();
    }
}
