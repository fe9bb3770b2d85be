package org.archipelago.eventstore.record;

import java.time.Instant;
import java.util.regex.Pattern;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;

/**
 * The clear part of a record: a closed list. The origin is the one that the stream names, since nobody else writes
 * there. No position is in it: the same bytes are at different local positions of different nodes.
 *
 * @param type stable name of the event's type; 1 to 64 of {@code [0-9A-Za-z.-]}
 * @param typeVersion from 1
 * @param recordedAt nanosecond precision
 * @param body SHA-256 of the sealed body as stored
 */
public record RecordHeader(
        Suite suite,
        RecordId id,
        String type,
        int typeVersion,
        StreamId stream,
        Revision revision,
        Instant recordedAt,
        KeyId key,
        Digest body) {
    public static final int MAX_TYPE_VERSION = 0xffff;
    private static final Pattern TYPE = Pattern.compile("[0-9A-Za-z.-]{1,64}");
    private static final Pattern STREAM = Pattern.compile(
            "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/[0-9A-Za-z._-]+/[0-9A-Za-z._-]+");

    /** @throws ArchiveException INVALID_REQUEST for a field that the format cannot carry */
    public RecordHeader {
        require(TYPE.matcher(type).matches(), "event type name");
        require(typeVersion >= 1 && typeVersion <= MAX_TYPE_VERSION, "event type version");
        require(STREAM.matcher(stream.value()).matches(), "stream id");
        require(revision.value() >= 0, "revision");
    }

    public SiteId origin() {
        return stream.origin();
    }

    private static void require(boolean condition, String subject) {
        if (!condition) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, subject);
        }
    }
}
