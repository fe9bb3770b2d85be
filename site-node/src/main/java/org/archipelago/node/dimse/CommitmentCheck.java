package org.archipelago.node.dimse;

import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;

/** Port: whether an instance is durable here, so that responsibility for it can be taken (PS3.4 §J.3). Thread-safe. */
@FunctionalInterface
public interface CommitmentCheck {
    Result check(SopClassUid sopClass, SopInstanceUid instance);

    /** With the Failure Reason (0008,1197) of PS3.4 §J.3.3.1.1 for each. */
    enum Result {
        COMMITTED(0),
        PROCESSING_FAILURE(0x0110),
        NO_SUCH_OBJECT(0x0112),
        CLASS_INSTANCE_CONFLICT(0x0119);

        private final int failureReason;

        Result(int failureReason) {
            this.failureReason = failureReason;
        }

        int failureReason() {
            return failureReason;
        }
    }
}
