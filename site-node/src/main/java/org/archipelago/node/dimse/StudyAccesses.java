package org.archipelago.node.dimse;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.node.audit.AccessRecorder;
import org.archipelago.node.retrieve.HeldInstance;

/**
 * The accesses of one retrieval, one for each study: those that are named begin before anything is looked for, the others
 * before their first byte leaves. A retrieval that names no study and finds nothing is one access of none.
 */
final class StudyAccesses implements AutoCloseable {
    private final AccessRecorder recorder;
    private final Actor who;
    private final String purpose;
    private final String what;
    private final Map<Optional<StudyInstanceUid>, Tally> open = new HashMap<>();

    private static final class Tally {
        private final AccessRecorder.Access access;
        /** What came of it if nothing is sent. */
        private AccessOutcome unsent = AccessOutcome.FAILED;

        private boolean sent;
        private boolean failed;

        Tally(AccessRecorder.Access access) {
            this.access = access;
        }
    }

    StudyAccesses(AccessRecorder recorder, Actor who, String purpose, String what) {
        this.recorder = recorder;
        this.who = who;
        this.purpose = purpose;
        this.what = what;
    }

    /**
     * What the selection finds. A study that is named and of which it finds nothing is refused, as is what it throws; of the
     * record it cannot be told whether the study is here.
     *
     * @throws ArchiveException of the selection, or LOG_UNAVAILABLE
     */
    List<HeldInstance> find(Identifier identifier, Supplier<List<HeldInstance>> selection) {
        try {
            for (String named : new LinkedHashSet<>(identifier.values(Tags.STUDY_INSTANCE_UID))) {
                tally(Optional.of(new StudyInstanceUid(named)));
            }
            List<HeldInstance> found = selection.get();
            open.values().forEach(tally -> tally.unsent = AccessOutcome.REFUSED);
            if (found.isEmpty() && open.isEmpty()) {
                tally(Optional.empty()).unsent = AccessOutcome.REFUSED;
            }
            found.stream()
                    .map(instance -> open.get(Optional.of(instance.study())))
                    .filter(Objects::nonNull)
                    .forEach(tally -> tally.unsent = AccessOutcome.FAILED);
            return found;
        } catch (ArchiveException e) {
            if (open.isEmpty()) {
                tally(Optional.empty());
            }
            open.values().forEach(tally -> tally.unsent = AccessOutcome.of(e.error()));
            throw e;
        }
    }

    /** @throws ArchiveException LOG_UNAVAILABLE: nothing may leave */
    void begin(StudyInstanceUid study) {
        tally(Optional.of(study));
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

    void sent(StudyInstanceUid study, long bytes) {
        Tally tally = open.get(Optional.of(study));
        if (tally != null) {
            tally.sent = true;
            tally.access.count(1, bytes);
        }
    }

    void failed(StudyInstanceUid study) {
        Tally tally = open.get(Optional.of(study));
        if (tally != null) {
            tally.failed = true;
        }
    }

    @Override
    public void close() {
        open.values().forEach(tally -> {
            AccessOutcome some = tally.failed ? AccessOutcome.PARTIAL : AccessOutcome.COMPLETED;
            tally.access.outcome(tally.sent ? some : tally.unsent);
            tally.access.close();
        });
        open.clear();
    }
}
