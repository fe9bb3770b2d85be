package org.archipelago.contract.study;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.Actor;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.patient.PatientRecordId;
import org.axonframework.modelling.command.TargetAggregateIdentifier;

/** What may be asked of a study copy. */
public sealed interface StudyCommand {
    StudyCopyId study();

    /**
     * Records what arrived while the previous commit was in flight; all of one source. Answers with one
     * {@link StoreOutcome} per instance, in order.
     *
     * @param patient the patient of these instances, empty when not identified
     * @param heldElsewhere SOP Instance UIDs that the log says another study copy holds
     */
    record StoreInstances(
            @TargetAggregateIdentifier StudyCopyId study,
            StudyInstanceUid studyInstanceUid,
            Optional<PatientRecordId> patient,
            KeyId pixelKey,
            List<IncomingInstance> instances,
            Map<SopInstanceUid, StudyCopyId> heldElsewhere,
            Actor source)
            implements StudyCommand {}

    /** The other side of a SOP Instance UID in two studies: flags this one. Idempotent. */
    record FlagInstanceElsewhere(
            @TargetAggregateIdentifier StudyCopyId study,
            SopInstanceUid sopInstanceUid,
            StudyCopyId other,
            Actor source)
            implements StudyCommand {}

    /** Answers with those of the instances that are held here and committed, now or before, in the order asked. */
    record CommitInstances(
            @TargetAggregateIdentifier StudyCopyId study, List<SopInstanceUid> instances, Actor requester)
            implements StudyCommand {}

    /**
     * Refused with CONFLICTING_STATE when another version than the decider saw is current by now.
     *
     * @param current any kept version of the conflict's instance that is not only another encoding of one; empty: what is
     *     current stays so
     * @param seen what was current when the decider looked; empty: whatever is
     */
    record ResolveConflict(
            @TargetAggregateIdentifier StudyCopyId study,
            ConflictId conflict,
            Optional<VersionId> current,
            Optional<VersionId> seen,
            Actor by,
            String reason)
            implements StudyCommand {}

    /** Without an event when nothing has arrived since the study last settled. */
    record SettleStudy(@TargetAggregateIdentifier StudyCopyId study) implements StudyCommand {}

    record HoldStudy(@TargetAggregateIdentifier StudyCopyId study, String reason, Actor by) implements StudyCommand {}

    record ReleaseStudy(@TargetAggregateIdentifier StudyCopyId study, String reason, Actor by)
            implements StudyCommand {}
}
