package org.archipelago.eventstore;

import java.util.Optional;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;

/**
 * What is left of a record that is no longer what was written. Its places stay taken: nothing may be written in them.
 *
 * @param remains the bytes as the engine has them, empty when none can be read. Callers do not change the array
 * @param inStream its place in its stream, when the index of streams still tells
 * @param atOrigin its place among the records of its origin, when that index still tells
 * @param id its record id, when that index still tells
 */
public record DamagedRecord(
        LocalPosition local,
        byte[] remains,
        Optional<InStream> inStream,
        Optional<AtOrigin> atOrigin,
        Optional<RecordId> id) {
    /** @param streamDigest the first {@value #STREAM_DIGEST_BYTES} bytes of the SHA-256 of the stream's id */
    public record InStream(byte[] streamDigest, Revision revision) {
        public static final int STREAM_DIGEST_BYTES = 16;
    }

    /** A place among the records of an origin. */
    public record AtOrigin(SiteId origin, OriginPosition position) {}
}
