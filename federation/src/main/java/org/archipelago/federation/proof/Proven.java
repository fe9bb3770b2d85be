package org.archipelago.federation.proof;

import java.time.Instant;
import java.util.List;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.eventstore.record.RecordHeader;
import org.archipelago.federation.checkpoint.Checkpoint;
import org.archipelago.federation.note.VerifierKey;

/**
 * What a proof has shown: the record was written by its origin, at this place of its log, before the checkpoint was signed.
 *
 * @param cosigned who has stated that it saw no other history of this log, of those that were asked about
 */
public record Proven(RecordHeader record, OriginPosition position, Checkpoint checkpoint, List<Cosigned> cosigned) {
    public Proven {
        cosigned = List.copyOf(cosigned);
    }

    /** @param at what the cosigner's clock said, in whole seconds */
    public record Cosigned(VerifierKey cosigner, Instant at) {}
}
