package org.archipelago.eventstore;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.log.KeyPolicy;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.Unreadable;
import org.archipelago.eventstore.body.EventBodies;
import org.archipelago.eventstore.body.EventType;
import org.archipelago.eventstore.body.OpenedBody;
import org.archipelago.eventstore.body.UnknownRecord;
import org.archipelago.eventstore.record.Aes256Gcm;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.eventstore.record.RecordFormat;
import org.archipelago.eventstore.record.RecordHeader;
import org.archipelago.eventstore.record.Suite;
import org.archipelago.keystore.Key;
import org.archipelago.keystore.KeyStore;

/** Events to records and back: under which key, sealed and opened. Thread-safe. */
public final class Sealing {
    private static final Digest NO_BODY_YET = new Digest(0, 0, 0, 0);

    private final EventBodies bodies;
    private final KeyStore keys;
    private final KeyPolicy policy;
    private final Aes256Gcm cipher;
    private final LongAdder unreadable = new LongAdder();

    public Sealing(EventBodies bodies, KeyStore keys, KeyPolicy policy, SecureRandom random) {
        this.bodies = bodies;
        this.keys = keys;
        this.policy = policy;
        this.cipher = new Aes256Gcm(random);
    }

    public EventBodies bodies() {
        return bodies;
    }

    public Aes256Gcm cipher() {
        return cipher;
    }

    /**
     * The key for a stream's first event; durable on return.
     *
     * @throws ArchiveException ERASED when it was destroyed and has no successor
     */
    public Key firstKey(StreamId stream, Object event) {
        KeyRef use = policy.keyFor(stream, event);
        for (int generation = 1; ; generation++) {
            try {
                return keys.obtain(use);
            } catch (ArchiveException e) {
                Optional<KeyRef> successor = e.error() == ArchiveError.ERASED
                        ? policy.successor(stream, event, generation)
                        : Optional.empty();
                use = successor.orElseThrow(() -> e);
            }
        }
    }

    public Optional<Key> key(KeyId id) {
        return keys.find(id);
    }

    /**
     * The key that a stream's earlier records are sealed with.
     *
     * @throws ArchiveException ERASED when it was destroyed: the stream takes no more events; CORRUPT when it is missing
     */
    public Key laterKey(KeyId id) {
        return keys.find(id).orElseThrow(() -> {
            return keys.isDestroyed(id) ? new ArchiveException(ArchiveError.ERASED, "key of a stream") : missing(id);
        });
    }

    /** Not erased: nobody destroyed it here, so it can come back from a backup of the keys. */
    private static ArchiveException missing(KeyId id) {
        return new ArchiveException(ArchiveError.CORRUPT, "key " + id + " is missing");
    }

    /** @throws ArchiveException REQUEST_TOO_LARGE when the record would exceed 512 KiB: split the command */
    public LogRecord seal(
            RecordId id,
            StreamId stream,
            Revision revision,
            Instant recordedAt,
            Key key,
            Object event,
            Map<String, ?> metadata) {
        EventType<?> type = bodies.types().of(event);
        byte[] plain = bodies.encode(stream, event, metadata);
        if (plain.length > RecordFormat.MAX_RECORD_LENGTH_BYTES) {
            throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, type.name() + " of more than 512 KiB");
        }
        byte[] header = RecordFormat.encode(new RecordHeader(
                Suite.FIRST, id, type.name(), type.version(), stream, revision, recordedAt, key.id(), NO_BODY_YET));
        byte[] additional = RecordFormat.additionalData(header);
        byte[] body = cipher.seal(key.secret(), additional, plain);
        byte[] digest = Digest.sha256(body).toBytes();
        System.arraycopy(digest, 0, header, additional.length, digest.length);
        return LogRecord.of(header, body);
    }

    /**
     * As {@link #open}, of a record of another origin, whose key and body this site may not have: the payload is {@link Unreadable}
     * then. Never throws for what that origin wrote.
     */
    public OpenedBody openReplica(LogRecord record) {
        RecordHeader header = record.header();
        boolean keyKnown =
                !record.isSuiteKnown() || keys.find(header.key()).isPresent() || keys.isDestroyed(header.key());
        if (record.isWithheld()) {
            return unreadable(header, Unreadable.Reason.BODY_WITHHELD);
        }
        if (!keyKnown) {
            return unreadable(header, Unreadable.Reason.KEY_NOT_GRANTED);
        }
        try {
            OpenedBody opened = open(record);
            return isOfItsStream(header, opened.payload())
                    ? opened
                    : unreadable(header, Unreadable.Reason.NOT_OF_ITS_STREAM);
        } catch (RuntimeException _) {
            return unreadable(header, Unreadable.Reason.DOES_NOT_OPEN);
        }
    }

    private OpenedBody unreadable(RecordHeader header, Unreadable.Reason reason) {
        unreadable.increment();
        return new OpenedBody(new Unreadable(header.stream(), header.type(), reason), Map.of());
    }

    private boolean isOfItsStream(RecordHeader header, Object payload) {
        return payload instanceof Erased
                || payload instanceof UnknownRecord
                || bodies.types().streamOf(payload).equals(header.stream());
    }

    /** How often a record of another origin was opened that this site cannot read. */
    public long unreadableRecords() {
        return unreadable.sum();
    }

    /**
     * A record's event: the payload is {@link Erased} when its key was destroyed, {@link UnknownRecord} when a newer node wrote
     * it.
     *
     * @throws ArchiveException CORRUPT when the key is here and the body is not what it sealed, or when the key is lost; NOT_FOUND when
     *     the body is withheld, which no site does of its own records
     */
    public OpenedBody open(LogRecord record) {
        RecordHeader header = record.header();
        if (record.isWithheld()) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "body of a record");
        }
        if (!record.isSuiteKnown()) {
            return bodies.ofAnUnknownSuite(header);
        }
        Optional<Key> key = keys.find(header.key());
        if (key.isEmpty()) {
            if (!keys.isDestroyed(header.key())) {
                throw missing(header.key());
            }
            return new OpenedBody(new Erased(header.stream(), header.type()), Map.of());
        }
        byte[] additional = RecordFormat.additionalData(record.headerBytes());
        byte[] plain = Aes256Gcm.open(key.get().secret(), additional, record.body())
                .orElseThrow(() -> new ArchiveException(ArchiveError.CORRUPT, "sealed body of a record"));
        return bodies.decode(header, plain);
    }
}
