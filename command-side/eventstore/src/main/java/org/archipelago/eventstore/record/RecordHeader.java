package org.archipelago.eventstore.record;

import java.time.Instant;
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
    private static final int MAX_TYPE_LENGTH_CHARS = 64;

    /** @throws ArchiveException INVALID_REQUEST for a field that the format cannot carry */
    public RecordHeader {
        require(isType(type), "event type name");
        require(typeVersion >= 1 && typeVersion <= MAX_TYPE_VERSION, "event type version");
        require(isStream(stream.value()), "stream id");
        require(revision.value() >= 0, "revision");
    }

    public SiteId origin() {
        return stream.origin();
    }

    // Letter by letter: every record that is written or read passes here, and patterns take several times as long.
    private static boolean isType(String text) {
        return text.length() <= MAX_TYPE_LENGTH_CHARS && text.indexOf('_') < 0 && isWord(text, 0, text.length());
    }

    /** {@code origin/kind/name}, the origin as {@link java.util.UUID#toString} has it, the others words. */
    private static boolean isStream(String text) {
        int kind = RecordFormat.ORIGIN_TEXT_CHARS + 1;
        int name = text.lastIndexOf('/') + 1;
        return name > kind
                && text.charAt(kind - 1) == '/'
                && isOrigin(text)
                && isWord(text, kind, name - 1)
                && isWord(text, name, text.length());
    }

    private static boolean isOrigin(String text) {
        for (int i = 0; i < RecordFormat.ORIGIN_TEXT_CHARS; i++) {
            char c = text.charAt(i);
            boolean hyphen = i == 8 || i == 13 || i == 18 || i == 23;
            if (hyphen ? c != '-' : !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
                return false;
            }
        }
        return true;
    }

    /** One or more of {@code [0-9A-Za-z._-]}. */
    private static boolean isWord(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            boolean alphanumeric = c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z';
            if (!alphanumeric && c != '.' && c != '_' && c != '-') {
                return false;
            }
        }
        return from < to;
    }

    private static void require(boolean condition, String subject) {
        if (!condition) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, subject);
        }
    }
}
