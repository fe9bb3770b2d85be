package org.archipelago.node.dimse;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.Actor;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.node.audit.AccessRecorder;

/** The accesses of one retrieval, one for each study, begun before the study's first byte leaves. */
final class StudyAccesses implements AutoCloseable {
    private final AccessRecorder recorder;
    private final Actor who;
    private final String purpose;
    private final String what;
    private final Map<StudyInstanceUid, Tally> open = new HashMap<>();

    private static final class Tally {
        private final AccessRecorder.Access access;
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

    /** @throws org.archipelago.contract.ArchiveException LOG_UNAVAILABLE: nothing may leave */
    void begin(StudyInstanceUid study) {
        if (!open.containsKey(study)) {
            open.put(study, new Tally(recorder.begin(AccessKind.RETRIEVE, who, purpose, Optional.of(study), what)));
        }
    }

    void sent(StudyInstanceUid study, long bytes) {
        Tally tally = open.get(study);
        if (tally != null) {
            tally.sent = true;
            tally.access.count(1, bytes);
        }
    }

    void failed(StudyInstanceUid study) {
        Tally tally = open.get(study);
        if (tally != null) {
            tally.failed = true;
        }
    }

    @Override
    public void close() {
        open.values().forEach(tally -> {
            AccessOutcome some = tally.failed ? AccessOutcome.PARTIAL : AccessOutcome.COMPLETED;
            tally.access.outcome(tally.sent ? some : AccessOutcome.FAILED);
            tally.access.close();
        });
        open.clear();
    }
}
