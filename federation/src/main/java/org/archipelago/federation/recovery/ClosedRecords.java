package org.archipelago.federation.recovery;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.study.StudyEvent.StudyRegistered;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.eventstore.record.RecordHeader;
import org.archipelago.federation.grant.GrantedStreams;
import org.archipelago.keystore.KeyStore;

/**
 * What of a site's own records cannot be opened here.
 *
 * @param byKind how many, by kind of stream; those whose body nobody gave, too
 * @param keys what they, and the blobs that they name, are sealed with; none that is known to have been destroyed
 * @param uses what of these is for one stream alone: its subject is never to get another
 */
public record ClosedRecords(Map<String, Long> byKind, Set<KeyId> keys, Set<KeyRef> uses) {
    private static final int CHUNK_RECORDS = 4096;
    private static final String STUDY = "study";
    private static final String QUARANTINE = "quarantine";

    /** Reads the whole log. */
    public static ClosedRecords of(EventLog log, KeyStore keys, Sealing sealing) {
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
                        uses.addAll(uses(record.header().stream()));
                    }
                }
                if (!isMissing) {
                    pixelKey(record, sealing)
                            .filter(pixels -> keys.find(pixels).isEmpty() && !keys.isDestroyed(pixels))
                            .ifPresent(pixels -> {
                                missing.add(pixels);
                                uses.add(new KeyRef(KeyClass.PIXEL, record.header().stream()));
                            });
                }
            }
            next += chunk.size();
            chunk = log.readOrigin(site, new OriginPosition(next), CHUNK_RECORDS);
        }
        return new ClosedRecords(byKind, missing, uses);
    }

    private static List<KeyRef> uses(StreamId stream) {
        List<KeyClass> classes = stream.kind().equals(QUARANTINE)
                ? List.of(KeyClass.INDEX, KeyClass.PIXEL)
                : GrantedStreams.classes(stream.kind());
        return classes.stream().map(keyClass -> new KeyRef(keyClass, stream)).toList();
    }

    /** The one that a study's first record names: without it what the study holds cannot be opened, though its records can. */
    private static Optional<KeyId> pixelKey(LogRecord record, Sealing sealing) {
        RecordHeader header = record.header();
        boolean isFirst =
                header.revision().value() == 0 && header.stream().kind().equals(STUDY);
        return isFirst && !record.isWithheld() && sealing.open(record).payload() instanceof StudyRegistered registered
                ? Optional.of(registered.pixelKey())
                : Optional.empty();
    }
}
