package org.archipelago.eventstore;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;

/**
 * What is left of a record that is no longer what was written. Its places stay taken: nothing may be written in them.
 *
 * @param remains the bytes as the engine has them, empty when none can be read. Callers do not change the array
 * @param inStream its place in its stream, when the index of streams still tells
 * @param atOrigin its place among the records of its origin, when that index still tells
 * @param id its record id, when that index still tells
 * @param stream its stream, when its header or another record of the stream still tells
 */
public record DamagedRecord(
        LocalPosition local,
        byte[] remains,
        Optional<InStream> inStream,
        Optional<AtOrigin> atOrigin,
        Optional<RecordId> id,
        Optional<StreamId> stream)
        implements LogEntry {
    /** Its record id, or if that is lost one that stands for it, the same every time. */
    public RecordId knownAs() {
        return id.orElseGet(() -> new RecordId(
                UUID.nameUUIDFromBytes(("damaged record at " + local.value()).getBytes(StandardCharsets.US_ASCII))));
    }

    /** @param streamDigest the first {@value #STREAM_DIGEST_BYTES} bytes of the SHA-256 of the stream's id */
    public record InStream(byte[] streamDigest, Revision revision) {
        public static final int STREAM_DIGEST_BYTES = 16;
    }

    /** A place among the records of an origin. */
    public record AtOrigin(SiteId origin, OriginPosition position) {}
}
