package org.archipelago.node.portal;

import java.util.List;
import java.util.Optional;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.study.ConflictId;
import org.archipelago.contract.study.ConflictKind;
import org.archipelago.contract.study.VersionId;

/** Port: what contradicts what in a study, and a steward's decisions on it. */
public interface StudyConflicts {
    /**
     * An open one.
     *
     * @param instance in question; empty for a conflict of the whole study
     * @param challenger the version that waits for the decision, where there is one
     * @param other the study that has an object of the same SOP Instance UID, where that is the conflict and it is not erased
     */
    record Open(
            ConflictId conflict,
            ConflictKind kind,
            String openedAt,
            Actor source,
            Optional<SopInstanceUid> instance,
            Optional<VersionId> challenger,
            Optional<StudyInstanceUid> other) {
        /** For a person. */
        public String summary() {
            return summary(kind);
        }

        /** For a person. */
        public static String summary(ConflictKind kind) {
            return switch (kind) {
                case DIFFERENT_CONTENT -> "an instance arrived again with other content.";
                case NOT_COMPARABLE -> "an instance arrived again and its pixels cannot be compared.";
                case DIFFERENT_SERIES -> "an instance arrived again in another series.";
                case DIFFERENT_STUDY -> "an instance is also in another study.";
                case TWO_PATIENTS -> "objects of two patients carry this study's UID.";
            };
        }
    }

    /** A study that waits for decisions. */
    record Waiting(StudyInstanceUid study, int openConflicts) {}

    /** In the order in which they were opened; from the log, so those of this moment. None of a study that is unknown. */
    List<Open> of(StudyInstanceUid study);

    /** Studies with open conflicts, the one that changed last first. @throws ArchiveException SEARCH_UNAVAILABLE */
    List<Waiting> waiting(int offset, int most);

    /**
     * Closes one; durable on return. Every version stays kept.
     *
     * @param current the version that is current from now on; without one what is current stays so
     * @param seen the version that was current when the decider looked
     * @throws ArchiveException NOT_FOUND for a study that is unknown, UNKNOWN_CONFLICT for one that is not open, CONFLICTING_STATE
     *     when another version than the one seen is current, INVALID_REQUEST for a version that the instance does not have or
     *     that is only another encoding of one, and for a reason that is blank or too long
     */
    void resolve(
            StudyInstanceUid study,
            ConflictId conflict,
            Optional<VersionId> current,
            Optional<VersionId> seen,
            Actor by,
            String reason);
}
