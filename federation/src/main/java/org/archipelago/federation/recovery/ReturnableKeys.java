package org.archipelago.federation.recovery;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
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
    private final Function<SiteId, Optional<StreamId>> grants;

    /** @param grants subject of the key of what a site grants this one, as far as that site has handed it over */
    public ReturnableKeys(EventLog log, KeyStore keys, Function<SiteId, Optional<StreamId>> grants) {
        this.log = log;
        this.keys = keys;
        this.grants = grants;
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
        Optional<Key> ofGrants = grants.apply(site).flatMap(subject -> keys.find(new KeyRef(KeyClass.GRANT, subject)));
        for (StoredRecord stored : log.readOrigin(site, new OriginPosition(next), CHUNK_RECORDS)) {
            Map<KeyRef, Key> more = keysOf(stored.record().header(), ofGrants);
            boolean full = found.size() + more.size() > LinkBounds.MAX_RETURNED_KEYS;
            if (stored.originPosition().compareTo(through) > 0 || full) {
                break;
            }
            found.putAll(more);
            next = stored.originPosition().value() + 1;
        }
        return new Found(new OriginPosition(next), found);
    }

    private Map<KeyRef, Key> keysOf(RecordHeader header, Optional<Key> ofGrants) {
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
            // One key for all that was granted: here it is known by another name than that of a single release. Whoever
            // asks wrote this header and could name any key in it, so nothing is looked up by that.
            ofGrants.filter(key -> key.id().equals(header.key()))
                    .ifPresent(key -> found.put(new KeyRef(KeyClass.GRANT, stream), key));
        }
        return found;
    }
}
