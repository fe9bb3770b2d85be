package org.archipelago.contract.log;

import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;

/**
 * One aggregate's stream: {@code <origin>/<kind>/<HMAC(site secret, natural key)>}. Tells no UID, identifier or name.
 * Also the aggregate identifier that Axon sees.
 */
public record StreamId(String value) {
    public static final int MAX_LENGTH_CHARS = 128;

    public StreamId {
        int first = value.indexOf('/');
        int last = value.lastIndexOf('/');
        if (first <= 0 || first == last || last == value.length() - 1 || value.length() > MAX_LENGTH_CHARS) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "stream id");
        }
    }

    public SiteId origin() {
        return SiteId.parse(value.substring(0, value.indexOf('/')));
    }

    public String kind() {
        return value.substring(value.indexOf('/') + 1, value.lastIndexOf('/'));
    }

    /** The last part: what tells it from others of its kind and origin. */
    public String name() {
        return value.substring(value.lastIndexOf('/') + 1);
    }

    @Override
    public String toString() {
        return value;
    }
}
