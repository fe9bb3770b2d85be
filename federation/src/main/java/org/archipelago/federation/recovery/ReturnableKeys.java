package org.archipelago.federation.recovery;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.record.RecordHeader;
import org.archipelago.federation.grant.GrantedStreams;
import org.archipelago.federation.link.LinkBounds;
import org.archipelago.keystore.Key;
import org.archipelago.keystore.KeyStore;

/**
 * What this site has of another's keys: what that one granted it, and the key of those grants. They go back to the site that made them and
 * to nobody else. Thread-safe.
 */
public final class ReturnableKeys {
    private static final int CHUNK_RECORDS = 1024;
    private static final String GRANT = "grant";

    private final EventLog log;
    private final KeyStore keys;

    public ReturnableKeys(EventLog log, KeyStore keys) {
        this.log = log;
        this.keys = keys;
    }

    /**
     * @param next position of the first record that was not looked at
     * @param keys at most {@link LinkBounds#MAX_RETURNED_KEYS}, in the order of the records
     */
    public record Found(OriginPosition next, Map<KeyRef, Key> keys) {}

    /** Of the streams that begin in these records of a site; looks at some {@value #CHUNK_RECORDS} records. */
    public Found of(SiteId site, OriginPosition from, OriginPosition through) {
        Map<KeyRef, Key> found = new LinkedHashMap<>();
        long next = Math.max(0, from.value());
        for (StoredRecord stored : log.readOrigin(site, new OriginPosition(next), CHUNK_RECORDS)) {
            Map<KeyRef, Key> more = keysOf(stored.record().header());
            boolean full = found.size() + more.size() > LinkBounds.MAX_RETURNED_KEYS;
            if (stored.originPosition().compareTo(through) > 0 || full) {
                break;
            }
            found.putAll(more);
            next = stored.originPosition().value() + 1;
        }
        return new Found(new OriginPosition(next), found);
    }

    private Map<KeyRef, Key> keysOf(RecordHeader header) {
        if (header.revision().value() != 0) {
            return Map.of();
        }
        Map<KeyRef, Key> found = new LinkedHashMap<>();
        StreamId stream = header.stream();
        List<KeyClass> classes = GrantedStreams.classes(stream.kind());
        for (KeyClass keyClass : classes) {
            KeyRef use = new KeyRef(keyClass, stream);
            keys.find(use).ifPresent(key -> found.put(use, key));
        }
        if (stream.kind().equals(GRANT)) {
            // One key for all that was granted: here it is known by another name than that of a single release.
            Optional<Key> key = keys.find(header.key());
            key.ifPresent(known -> found.put(new KeyRef(KeyClass.GRANT, stream), known));
        }
        return found;
    }
}
