package org.archipelago.node.ingest;

import java.util.Optional;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.log.LocalPosition;

/**
 * An object that is durable and recorded.
 *
 * @param study empty when quarantined
 * @param lengthBytes of the data set as it came
 * @param position a query with this minimum sees it
 * @param uidCoerced whether the data set's SOP Instance UID differs from the announced one (B007H)
 */
public record Ingested(
        SopClassUid sopClassUid,
        SopInstanceUid sopInstanceUid,
        Optional<StudyInstanceUid> study,
        Outcome outcome,
        long lengthBytes,
        LocalPosition position,
        boolean uidCoerced) {
    /** All of these are success to the sender. */
    public enum Outcome {
        STORED,
        RETRANSMITTED,
        OTHER_RENDITION,
        NEWER_VERSION,
        CONFLICT,
        QUARANTINED
    }
}
