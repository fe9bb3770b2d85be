package org.archipelago.node.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collection;
import java.util.Optional;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.VersionId;
import org.archipelago.node.audit.AccessRecorder;

/** Wraps each answer: its record is durable before its first byte, and its counts follow whatever happens. */
public final class Disclosures {
    private static final String PURPOSE = "not stated";
    private static final int MAX_WHAT_CHARS = 4 * 1024;

    private final AccessRecorder recorder;
    private final Callers callers;

    public Disclosures(AccessRecorder recorder, Callers callers) {
        this.recorder = recorder;
        this.callers = callers;
    }

    public interface Answer {
        void send(Tally tally) throws IOException;
    }

    /** What has left so far. */
    public static final class Tally {
        private long objects;
        private long bytes;
        private final AccessRecorder.Access access;

        private Tally(AccessRecorder.Access access) {
            this.access = access;
        }

        /** Whom the answer is about, as far as they are identified; also when it then fails. */
        public void found(Collection<PatientRecordId> patients) {
            access.found(patients);
        }

        public void add(long moreObjects, long moreBytes) {
            objects += moreObjects;
            bytes += moreBytes;
        }
    }

    /**
     * The answer is handed to the connection before its record ends, so one that could not be sent never counts as
     * complete. A refusal, such as of what is not here, is recorded as one.
     */
    public void disclose(
            AccessKind kind,
            HttpServletRequest request,
            HttpServletResponse response,
            Optional<StudyInstanceUid> study,
            String what,
            Answer answer)
            throws IOException {
        disclose(kind, request, response, study, Optional.empty(), what, answer);
    }

    /** @param version of an instance, where the caller names one */
    public void disclose(
            AccessKind kind,
            HttpServletRequest request,
            HttpServletResponse response,
            Optional<StudyInstanceUid> study,
            Optional<VersionId> version,
            String what,
            Answer answer)
            throws IOException {
        String cut = what.length() > MAX_WHAT_CHARS ? what.substring(0, MAX_WHAT_CHARS) : what;
        try (AccessRecorder.Access access = recorder.begin(kind, callers.of(request), PURPOSE, study, version, cut)) {
            Tally tally = new Tally(access);
            AccessOutcome outcome = AccessOutcome.FAILED;
            try {
                answer.send(tally);
                response.flushBuffer();
                outcome = AccessOutcome.COMPLETED;
            } catch (ArchiveException e) {
                outcome = AccessOutcome.of(e.error());
                throw e;
            } finally {
                access.count(tally.objects, tally.bytes);
                boolean broken = outcome != AccessOutcome.COMPLETED && tally.bytes > 0;
                access.outcome(broken ? AccessOutcome.PARTIAL : outcome);
            }
        }
    }
}
