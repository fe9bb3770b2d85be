package org.archipelago.contract.quarantine;

import java.time.Instant;
import org.archipelago.contract.Actor;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.study.StoredObject;

/** What can happen to a quarantined object. */
public sealed interface QuarantineEvent {
    QuarantineId quarantine();

    /** Acknowledged, durable, hidden from every query and retrieval, listed for stewards. */
    record ObjectQuarantined(
            QuarantineId quarantine,
            QuarantineReason reason,
            StoredObject object,
            AttributeSet attributes,
            Actor source,
            Instant quarantinedAt)
            implements QuarantineEvent {}

    /**
     * The same bytes came again while those kept were lost or damaged: the new blob takes the place of the old one.
     *
     * @param replaced what named the bytes until now
     */
    record QuarantinedBlobReplaced(
            QuarantineId quarantine, StoredObject object, BlobId replaced, Actor source, Instant replacedAt)
            implements QuarantineEvent {}
}
