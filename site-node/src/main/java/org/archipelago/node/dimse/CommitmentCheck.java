package org.archipelago.node.dimse;

import java.util.List;
import org.archipelago.contract.Actor;
import org.archipelago.contract.DimseStatus;
import org.archipelago.node.dimse.PendingReport.ReferencedInstance;

/** Port: whether instances are durable here, so that responsibility for them can be taken (PS3.4 §J.3). Thread-safe. */
@FunctionalInterface
public interface CommitmentCheck {
    /**
     * Takes responsibility for what can be read to its end; on return that is durable.
     *
     * @param requester who asked
     * @return one result for each reference, in their order
     * @throws org.archipelago.contract.ArchiveException that can be recorded at another time: nothing is to be reported now
     */
    List<Result> check(List<ReferencedInstance> references, Actor requester);

    /** With the Failure Reason (0008,1197) of PS3.3 §C.14.1.1 for each. */
    enum Result {
        COMMITTED(DimseStatus.SUCCESS),
        PROCESSING_FAILURE(DimseStatus.PROCESSING_FAILURE),
        NO_SUCH_OBJECT(DimseStatus.NO_SUCH_SOP_INSTANCE),
        CLASS_INSTANCE_CONFLICT(DimseStatus.CLASS_INSTANCE_CONFLICT);

        private final int failureReason;

        Result(int failureReason) {
            this.failureReason = failureReason;
        }

        int failureReason() {
            return failureReason;
        }
    }
}
