package org.archipelago.federation.replica;

import java.util.ArrayList;
import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.federation.link.LinkBounds;
import org.archipelago.federation.link.LinkRecord;
import org.archipelago.federation.link.RecordBatch;

/** A batch as records: each is one, has the body that its header names or none, and is in a stream of its origin. */
public final class Delivered {
    private Delivered() {}

    /** @throws ArchiveException CORRUPT, INVALID_REQUEST, REQUEST_TOO_LARGE */
    public static List<LogRecord> records(SiteId origin, RecordBatch batch) {
        List<LogRecord> records = new ArrayList<>();
        long bytes = 0;
        for (LinkRecord record : batch.records()) {
            bytes += record.lengthBytes();
            if (bytes > LinkBounds.MAX_BATCH_BYTES && !records.isEmpty()) {
                throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "batch of more than 4 MiB");
            }
            records.add(record(origin, record));
        }
        return records;
    }

    private static LogRecord record(SiteId origin, LinkRecord given) {
        LogRecord record = given.body()
                .map(body -> LogRecord.of(given.header(), body))
                .orElseGet(() -> LogRecord.withheld(given.header()));
        if (!record.header().origin().equals(origin)) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "record of a stream of another site");
        }
        return record;
    }
}
