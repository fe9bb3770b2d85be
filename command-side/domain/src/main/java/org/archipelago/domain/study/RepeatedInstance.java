package org.archipelago.domain.study;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.archipelago.contract.Actor;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.ConflictKind;
import org.archipelago.contract.study.ContentComparison;
import org.archipelago.contract.study.ContentComparison.Result;
import org.archipelago.contract.study.IncomingInstance;
import org.archipelago.contract.study.StudyPolicy;
import org.archipelago.domain.study.StudySnapshot.Version;

/** The same SOP Instance UID again (architecture section 3): what it is to the study copy that has one already. */
record RepeatedInstance(StudyState state, StudyPolicy policy, ContentComparison comparison) {
    /** Each comparison may read two blobs; contents beyond these, the current and the latest, are not looked at. */
    static final int MAX_COMPARISONS = 8;

    /** @param survivor of a patient record, by the merges that are in force */
    record Sender(Actor source, Optional<PatientRecordId> patient, UnaryOperator<PatientRecordId> survivor) {
        /** Whether it names another record than this one, and the two count as one person only while they are merged. */
        private boolean namesOneMergedWith(Optional<PatientRecordId> record) {
            return patient.isPresent()
                    && record.isPresent()
                    && !patient.equals(record)
                    && patient.map(survivor).equals(record.map(survivor));
        }
    }

    sealed interface Verdict {
        record Retransmitted() implements Verdict {}

        /**
         * The same bytes as this version, whose own blob is lost or damaged.
         *
         * @param isCorrected see {@link Corrected}
         */
        record Restored(Version version, boolean isCorrected) implements Verdict {}

        /** @param isCorrected see {@link Corrected} */
        record Rendition(Version of, boolean isCorrected) implements Verdict {}

        record Newer(Version than) implements Verdict {}

        /**
         * This version, kept already, which its sender has corrected: a lost answer makes it come again, and so does who takes the
         * correction back. Nothing tells one from the other.
         */
        record Corrected(Version version) implements Verdict {}

        record Conflict(ConflictKind kind) implements Verdict {}
    }

    /** @param sender of the incoming object, and whom it names as its patient */
    Verdict judge(KeptInstance kept, IncomingInstance incoming, Sender sender, Instant now) {
        Optional<Version> same = kept.sameBytes(incoming.object());
        if (same.isPresent()) {
            boolean isCorrected = isCorrected(kept, same.get(), incoming, sender, now);
            if (!comparison.isIntact(same.get().object())) {
                return new Verdict.Restored(same.get(), isCorrected);
            }
            return isCorrected ? new Verdict.Corrected(same.get()) : new Verdict.Retransmitted();
        }
        Optional<Result> againstCurrent = Optional.empty();
        for (Version version : comparable(kept, incoming)) {
            Result result = comparison.compare(state.study(), version.object(), incoming.object());
            if (result == Result.ONLY_ENCODING_DIFFERS) {
                return new Verdict.Rendition(version, isCorrected(kept, version, incoming, sender, now));
            }
            if (version.equals(kept.current())) {
                againstCurrent = Optional.of(result);
            }
        }
        return judge(kept, incoming, againstCurrent, sender, now);
    }

    private Verdict judge(
            KeptInstance kept, IncomingInstance incoming, Optional<Result> againstCurrent, Sender sender, Instant now) {
        if (!state.seriesOf(kept.current()).equals(incoming.series())) {
            return new Verdict.Conflict(ConflictKind.DIFFERENT_SERIES);
        }
        if (againstCurrent.equals(Optional.of(Result.NOT_COMPARABLE))) {
            return new Verdict.Conflict(ConflictKind.NOT_COMPARABLE);
        }
        if (againstCurrent.equals(Optional.of(Result.CONTENT_DIFFERS))
                && isItsSendersToCorrect(kept, sender, now)
                && keepsPatient(kept, sender)) {
            return new Verdict.Newer(kept.current());
        }
        return new Verdict.Conflict(ConflictKind.DIFFERENT_CONTENT);
    }

    /** Versions that a steward decided against, or may yet decide for, come back as nothing new. */
    private boolean isCorrected(
            KeptInstance kept, Version version, IncomingInstance incoming, Sender sender, Instant now) {
        return !version.content().equals(kept.current().content())
                && state.seriesOf(kept.current()).equals(incoming.series())
                && state.seriesOf(version).equals(incoming.series())
                && isItsSendersToCorrect(kept, sender, now);
    }

    /** Not where a steward has decided before, or is to decide. */
    private boolean isItsSendersToCorrect(KeptInstance kept, Sender sender, Instant now) {
        Instant end = kept.firstStoredAt().plus(policy.correctionWindow());
        return !kept.isCommitted()
                && !kept.isDecided()
                && !state.hasOpenConflict(kept.current().object().sopInstanceUid())
                && !now.isAfter(end)
                && sender.source().isSameSource(state.sourceOf(kept.current()));
    }

    /**
     * Who is identified does not become nobody by a correction: the first stays current, and a steward looks. Nor does a record
     * become one that it is merged with, since a merge can be taken back.
     */
    private boolean keepsPatient(KeptInstance kept, Sender sender) {
        Optional<PatientRecordId> current =
                state.people().patientOf(kept.current().person());
        boolean losesPatient = sender.patient().isEmpty() && current.isPresent();
        return !losesPatient && !sender.namesOneMergedWith(current);
    }

    /** One version of each content; in another series or of another class the attributes differ by definition. */
    private List<Version> comparable(KeptInstance kept, IncomingInstance incoming) {
        return kept.versions()
                .filter(version -> version.renditionOf().isEmpty() || version.equals(kept.current()))
                .filter(version -> state.seriesOf(version).equals(incoming.series()))
                .filter(version ->
                        version.object().sopClassUid().equals(incoming.object().sopClassUid()))
                .limit(MAX_COMPARISONS)
                .toList();
    }
}
