package org.archipelago.node.dimse;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.archipelago.contract.Actor;
import org.archipelago.contract.AeTitle;

/**
 * A storage commitment request that was accepted and not yet reported on. Its outcome is determined when nothing more comes on its association.
 *
 * @param local our AE title that was asked
 * @param remote who asked
 * @param remoteAddress from where
 */
public record PendingReport(
        UUID id,
        AeTitle local,
        AeTitle remote,
        String remoteAddress,
        String transactionUid,
        List<ReferencedInstance> references,
        Instant acceptedAt) {
    /** An item of Referenced SOP Sequence (0008,1199), as sent. */
    public record ReferencedInstance(String sopClassUid, String sopInstanceUid) {}

    public PendingReport {
        references = List.copyOf(references);
    }

    Actor requester() {
        return Actor.device(remote.value(), remoteAddress);
    }
}
