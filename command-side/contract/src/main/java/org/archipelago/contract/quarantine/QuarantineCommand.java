package org.archipelago.contract.quarantine;

import org.archipelago.contract.Actor;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.study.StoredObject;
import org.axonframework.modelling.command.TargetAggregateIdentifier;

/** What may be asked about a quarantined object. */
public sealed interface QuarantineCommand {
    QuarantineId quarantine();

    /** Idempotent: the same bytes again succeed without an event. */
    record QuarantineObject(
            @TargetAggregateIdentifier QuarantineId quarantine,
            QuarantineReason reason,
            StoredObject object,
            AttributeSet attributes,
            Actor source)
            implements QuarantineCommand {}
}
