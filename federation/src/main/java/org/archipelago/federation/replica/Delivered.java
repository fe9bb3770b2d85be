package org.archipelago.federation.replica;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.federation.link.LinkBounds;
import org.archipelago.federation.link.LinkRecord;
import org.archipelago.federation.link.PeerLink;
import org.archipelago.federation.link.RecordBatch;
import org.archipelago.federation.merkle.ConsistencyProof;

/**
 * What a peer gave, as far as it can be told without a signature: it answers what was asked, and records are records. An answer to
 * another question is no lie, and proves something else.
 */
public final class Delivered {
    private Delivered() {}

    /**
     * @throws ArchiveException INVALID_REQUEST when it begins elsewhere; and as {@link PeerLink}
     */
    public static RecordBatch batch(PeerLink link, SiteId origin, long from) {
        OriginPosition asked = new OriginPosition(from);
        RecordBatch batch = link.records(origin, asked, LinkBounds.MAX_BATCH_BYTES, Duration.ZERO);
        if (!batch.from().equals(asked)) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "records from " + batch.from() + " on");
        }
        return batch;
    }

    /**
     * The proof itself is for the caller to check; that it is one of other sizes would not show.
     *
     * @throws ArchiveException INVALID_REQUEST when it is; and as {@link PeerLink}
     */
    public static ConsistencyProof consistency(PeerLink link, SiteId origin, long first, long second) {
        ConsistencyProof proof = link.consistency(origin, first, second);
        if (proof.first() != first || proof.second() != second) {
            throw new ArchiveException(
                    ArchiveError.INVALID_REQUEST, "proof from " + proof.first() + " to " + proof.second() + " records");
        }
        return proof;
    }

    /**
     * Each has the body that its header names or none. In whose streams they are is for the signature to tell, and then for the log: who
     * signs a record of another site is not the peer that gives it.
     *
     * @throws ArchiveException CORRUPT, REQUEST_TOO_LARGE
     */
    public static List<LogRecord> records(RecordBatch batch) {
        List<LogRecord> records = new ArrayList<>();
        long bytes = 0;
        for (LinkRecord record : batch.records()) {
            bytes += record.lengthBytes();
            if (bytes > LinkBounds.MAX_BATCH_BYTES && !records.isEmpty()) {
                throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "batch of more than 4 MiB");
            }
            records.add(record.body()
                    .map(body -> LogRecord.of(record.header(), body))
                    .orElseGet(() -> LogRecord.withheld(record.header())));
        }
        return records;
    }
}
