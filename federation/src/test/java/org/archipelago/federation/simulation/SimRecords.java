package org.archipelago.federation.simulation;

import java.time.Instant;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.eventstore.record.RecordFormat;
import org.archipelago.eventstore.record.RecordHeader;
import org.archipelago.eventstore.record.Suite;

/** Records of nothing in particular. */
final class SimRecords {
    private static final Instant AT = Instant.parse("2026-11-29T12:00:00Z");
    private static final int MAX_BODY_BYTES = 60;

    private SimRecords() {}

    static LogRecord next(SimRandom random, StreamId stream, long revision) {
        byte[] body = random.bytes(1 + random.below(MAX_BODY_BYTES));
        Digest digest = Digest.sha256(body);
        RecordHeader header = new RecordHeader(
                Suite.FIRST,
                new RecordId(random.uuid()),
                "StudyHeld",
                1,
                stream,
                new Revision(revision),
                AT,
                new KeyId(digest),
                digest);
        return LogRecord.of(RecordFormat.encode(header), body);
    }
}
