package org.archipelago.federation.recovery;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.log.UniqueClaim;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent.StudyRegistered;
import org.archipelago.eventstore.LogListener;
import org.archipelago.eventstore.PendingRecord;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.body.EventBodies;
import org.archipelago.eventstore.body.EventTypes;
import org.archipelago.eventstore.body.UpcasterChain;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.eventstore.record.RecordFormat;
import org.archipelago.eventstore.record.RecordHeader;
import org.archipelago.eventstore.record.Suite;
import org.archipelago.eventstore.rocksdb.RocksEventLog;
import org.archipelago.eventstore.rocksdb.RocksEventLogOptions;
import org.archipelago.federation.checkpoint.Checkpoints;
import org.archipelago.federation.identity.SiteIdentity;
import org.archipelago.keystore.FileKeyStore;

/** A site with a log, keys and checkpoints of its own in a directory. */
final class RecoveringTestSite implements AutoCloseable {
    private static final Instant AT = Instant.parse("2026-11-29T15:00:00Z");

    final SiteId site;
    final FileKeyStore keys;
    final StreamNames names;
    final Sealing sealing;
    final RocksEventLog log;
    final Checkpoints checkpoints;
    private final Map<StreamId, Long> revisions = new HashMap<>();

    RecoveringTestSite(Path directory, SiteIdentity identity) throws IOException {
        site = identity.site();
        keys = FileKeyStore.open(directory.resolve("keys"), directory.resolve("master.key"));
        names = new StreamNames(site, new byte[StreamNames.SECRET_LENGTH_BYTES]);
        sealing = new Sealing(
                new EventBodies(EventTypes.released(), UpcasterChain.released()),
                keys,
                (stream, _) -> new KeyRef(KeyClass.INDEX, stream),
                new SecureRandom());
        RocksEventLogOptions options = RocksEventLogOptions.standard(LogListener.NONE, () -> {});
        Path place = directory.resolve("log");
        log = RocksEventLog.exists(place)
                ? RocksEventLog.open(place, options)
                : RocksEventLog.create(place, site, new Incarnation(UUID.randomUUID()), options);
        checkpoints = Checkpoints.open(directory.resolve("checkpoints"), log, identity, Duration.ofSeconds(1));
    }

    /** Studies that are on record; signed. */
    List<StreamId> studies(int number) {
        List<StreamId> studies = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            StreamId stream =
                    new StreamId(site + "/study/" + UUID.randomUUID().toString().replace("-", ""));
            StudyRegistered event = new StudyRegistered(
                    new StudyCopyId(stream),
                    new StudyInstanceUid("1.2." + (i + 1)),
                    Optional.empty(),
                    keys.obtain(new KeyRef(KeyClass.PIXEL, stream)).id(),
                    AttributeSet.EMPTY,
                    AT);
            LogRecord record = sealing.seal(
                    new RecordId(UUID.randomUUID()),
                    stream,
                    new Revision(revisions.merge(stream, 1L, Long::sum) - 1),
                    AT,
                    sealing.firstKey(stream, event),
                    event,
                    Map.of());
            log.append(List.of(pending(record))).join();
            studies.add(stream);
        }
        checkpoints.advance();
        return studies;
    }

    /** A stream of grants whose header names this key, whatever it is; signed. */
    StreamId grants(KeyId key) {
        StreamId stream =
                new StreamId(site + "/grant/" + UUID.randomUUID().toString().replace("-", ""));
        byte[] body = new byte[64];
        RecordHeader header = new RecordHeader(
                Suite.FIRST,
                new RecordId(UUID.randomUUID()),
                "KeyGranted",
                1,
                stream,
                new Revision(0),
                AT,
                key,
                Digest.sha256(body));
        log.append(List.of(new PendingRecord(LogRecord.of(RecordFormat.encode(header), body), List.of())))
                .join();
        checkpoints.advance();
        return stream;
    }

    /** Each record claims its own id, once it opens. */
    PendingRecord pending(LogRecord record) {
        sealing.open(record);
        return new PendingRecord(
                record, List.of(new UniqueClaim(record.header().id().toString(), false)));
    }

    boolean isClaimed(LogRecord record) {
        return !log.claimHolders(record.header().id().toString()).isEmpty();
    }

    List<LogRecord> records() {
        return log.readOrigin(site, new OriginPosition(0), 1000).stream()
                .map(StoredRecord::record)
                .toList();
    }

    static List<KeyRef> keysOf(StreamId study) {
        return Stream.of(KeyClass.INDEX, KeyClass.PIXEL)
                .map(keyClass -> new KeyRef(keyClass, study))
                .toList();
    }

    @Override
    public void close() {
        checkpoints.close();
        log.close();
        keys.close();
    }
}
