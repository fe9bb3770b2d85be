package org.archipelago.federation.link;

import java.util.List;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.federation.note.SignedNote;

/**
 * Consecutive records of one origin. What it claims of itself holds only once its origin's checkpoint shows it: a batch that ends
 * before the checkpoint does is shown by a proof of consistency from its end to there.
 *
 * @param from position of the first record
 * @param records at most {@link LinkBounds#MAX_BATCH_RECORDS}; none when there is nothing beyond {@code from}
 * @param checkpoint the largest up to which the peer has the origin's records; empty while there is none
 */
public record RecordBatch(OriginPosition from, List<LinkRecord> records, Optional<SignedNote> checkpoint) {
    /** @throws ArchiveException REQUEST_TOO_LARGE, INVALID_REQUEST */
    public RecordBatch {
        records = List.copyOf(records);
        if (records.size() > LinkBounds.MAX_BATCH_RECORDS) {
            throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "batch of records");
        }
        if (!records.isEmpty() && checkpoint.isEmpty()) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "records without a checkpoint");
        }
    }
}
