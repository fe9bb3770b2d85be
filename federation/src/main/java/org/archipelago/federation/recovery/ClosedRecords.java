package org.archipelago.federation.recovery;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.federation.grant.GrantedStreams;
import org.archipelago.keystore.KeyStore;

/**
 * What of a site's own records cannot be opened here.
 *
 * @param byKind how many, by kind of stream; those whose body nobody gave, too
 * @param keys what they are sealed with; none that is known to have been destroyed
 * @param uses what of these is for one stream alone: its subject is never to get another
 */
public record ClosedRecords(Map<String, Long> byKind, Set<KeyId> keys, Set<KeyRef> uses) {
    private static final int CHUNK_RECORDS = 4096;

    /** Reads the whole log. */
    public static ClosedRecords of(EventLog log, KeyStore keys) {
        Map<String, Long> byKind = new TreeMap<>();
        Set<KeyId> missing = new HashSet<>();
        Set<KeyRef> uses = new HashSet<>();
        SiteId site = log.site();
        long next = 0;
        List<StoredRecord> chunk = log.readOrigin(site, new OriginPosition(next), CHUNK_RECORDS);
        while (!chunk.isEmpty()) {
            for (StoredRecord stored : chunk) {
                LogRecord record = stored.record();
                KeyId key = record.header().key();
                boolean isMissing = missing.contains(key) || keys.find(key).isEmpty();
                if (isMissing || record.isWithheld()) {
                    byKind.merge(record.header().stream().kind(), 1L, Long::sum);
                }
                if (isMissing && !keys.isDestroyed(key)) {
                    missing.add(key);
                    if (record.header().revision().value() == 0) {
                        use(record.header().stream()).ifPresent(uses::add);
                    }
                }
            }
            next += chunk.size();
            chunk = log.readOrigin(site, new OriginPosition(next), CHUNK_RECORDS);
        }
        return new ClosedRecords(byKind, missing, uses);
    }

    private static Optional<KeyRef> use(StreamId stream) {
        return GrantedStreams.classes(stream.kind()).stream().findFirst().map(keyClass -> new KeyRef(keyClass, stream));
    }
}
