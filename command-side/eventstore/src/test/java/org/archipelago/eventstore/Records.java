package org.archipelago.eventstore;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.archipelago.contract.Actor;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.ClaimSource;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.UniqueClaim;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent.StudyHeld;
import org.archipelago.eventstore.body.EventBodies;
import org.archipelago.eventstore.body.EventTypes;
import org.archipelago.eventstore.body.UpcasterChain;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.keystore.Key;

/** Makes records of small events, in streams named by a word. The reason of a held study names the claims that it makes. */
public final class Records {
    public static final SiteId SITE = SiteId.parse("11111111-2222-3333-4444-555555555555");
    public static final SiteId OTHER = SiteId.parse("99999999-2222-3333-4444-555555555555");
    public static final Instant AT = Instant.parse("2026-11-22T10:15:30.123456Z");

    public final InMemoryKeyStore keys = new InMemoryKeyStore();
    public final Sealing sealing;
    public final ClaimSource claimSource = Records::claimsOf;

    public Records() {
        this(new EventBodies(EventTypes.released(), UpcasterChain.NONE));
    }

    public Records(EventBodies bodies) {
        sealing = new Sealing(bodies, keys, (stream, _) -> new KeyRef(KeyClass.INDEX, stream), new SecureRandom());
    }

    public RecordContents contents() {
        return new RecordContents(sealing, claimSource);
    }

    public static StreamId stream(String name) {
        return stream(SITE, name);
    }

    public static StreamId stream(SiteId origin, String name) {
        return new StreamId(origin + "/study/" + name);
    }

    public static StudyHeld held(StreamId stream, String reason) {
        return new StudyHeld(new StudyCopyId(stream), reason, Actor.node("test"), AT);
    }

    /** {@code claim:a} is exclusive, {@code share:a} is shared. */
    static List<UniqueClaim> claimsOf(Object event) {
        if (!(event instanceof StudyHeld held) || !held.reason().contains(":")) {
            return List.of();
        }
        return java.util.Arrays.stream(held.reason().split(","))
                .map(word -> new UniqueClaim(word.substring(word.indexOf(':') + 1), word.startsWith("share")))
                .toList();
    }

    public Key key(StreamId stream) {
        return keys.obtain(new KeyRef(KeyClass.INDEX, stream));
    }

    public LogRecord record(String stream, long revision, String reason) {
        return record(new RecordId(UUID.randomUUID()), stream(stream), revision, reason);
    }

    public LogRecord record(RecordId id, StreamId stream, long revision, String reason) {
        return sealing.seal(
                id, stream, new Revision(revision), AT, key(stream), held(stream, reason), Map.of("who", "test"));
    }

    /** Of {@link #OTHER}. */
    public LogRecord foreign(String stream, long revision, String reason) {
        return record(new RecordId(UUID.randomUUID()), stream(OTHER, stream), revision, reason);
    }

    public PendingRecord pending(String stream, long revision, String reason) {
        return new PendingRecord(record(stream, revision, reason), claimsOf(held(stream(stream), reason)));
    }

    public PendingRecord pending(LogRecord record) {
        return new PendingRecord(record, List.of());
    }

    /** The reason of the held study that a record opens to; empty when it was erased. */
    public Optional<String> reason(StoredRecord stored) {
        return sealing.open(stored.record()).payload() instanceof StudyHeld held
                ? Optional.of(held.reason())
                : Optional.empty();
    }
}
