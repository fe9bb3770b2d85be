package org.archipelago.eventstore.axon;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.StreamHead;
import org.archipelago.eventstore.record.Aes256Gcm;
import org.archipelago.keystore.Key;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Snapshots, sealed with their stream's key: version 1 | key id 32 | revision in the stream 8 | recorded at 12 | codec revision 4 | codec
 * name length 1, name | sealed (zstd of CBOR). All before the seal and the stream id are its additional data. One that
 * cannot be opened or read is as good as none.
 */
final class SealedSnapshots {
    private static final Logger LOGGER = LoggerFactory.getLogger(SealedSnapshots.class);
    private static final byte VERSION = 1;
    private static final int LEVEL = 3;
    private static final int MAX_PLAIN_LENGTH_BYTES = 128 << 20;

    private final EventLog log;
    private final Sealing sealing;
    private final Map<Class<?>, SnapshotCodec> byClass = new HashMap<>();
    private final Map<String, SnapshotCodec> byName = new HashMap<>();

    SealedSnapshots(EventLog log, Sealing sealing, Collection<SnapshotCodec> codecs) {
        this.log = log;
        this.sealing = sealing;
        codecs.forEach(codec -> {
            byClass.put(codec.state(), codec);
            byName.put(codec.name(), codec);
        });
    }

    record Snapshot(Revision revision, Instant recordedAt, Object state) {}

    /** Keeps nothing when the stream's key was destroyed. */
    void store(StreamId stream, Revision revision, Instant recordedAt, Object state) {
        SnapshotCodec codec = byClass.get(state.getClass());
        if (codec == null) {
            throw new IllegalArgumentException(state.getClass().getName() + " has no snapshot codec");
        }
        Optional<Key> key = log.streamHead(stream).map(StreamHead::key).flatMap(sealing::key);
        if (key.isEmpty()) {
            return;
        }
        byte[] encoded = codec.encode(state);
        if (encoded.length > MAX_PLAIN_LENGTH_BYTES) {
            LOGGER.warn("A snapshot of {} bytes is too large to be kept; its stream is read whole", encoded.length);
            return;
        }
        byte[] plain = Zstd.compress(encoded, LEVEL);
        byte[] name = codec.name().getBytes(StandardCharsets.US_ASCII);
        byte[] prefix = ByteBuffer.allocate(1 + Digest.LENGTH_BYTES + 8 + 12 + 4 + 1 + name.length)
                .put(VERSION)
                .put(key.get().id().digest().toBytes())
                .putLong(revision.value())
                .putLong(recordedAt.getEpochSecond())
                .putInt(recordedAt.getNano())
                .putInt(codec.revision())
                .put((byte) name.length)
                .put(name)
                .array();
        byte[] sealed = sealing.cipher().seal(key.get().secret(), additionalData(prefix, stream), plain);
        log.storeSnapshot(stream, concat(prefix, sealed));
    }

    Optional<Snapshot> read(StreamId stream) {
        return stored(stream).flatMap(bytes -> {
            try {
                return open(stream, ByteBuffer.wrap(bytes));
            } catch (BufferUnderflowException
                    | DateTimeException
                    | IOException
                    | ZstdException
                    | IllegalArgumentException e) {
                LOGGER.warn(
                        "A snapshot cannot be read and is ignored: {}",
                        e.getClass().getName());
                return Optional.empty();
            }
        });
    }

    /** A damaged one is as good as none: the events make it again. */
    private Optional<byte[]> stored(StreamId stream) {
        try {
            return log.readSnapshot(stream);
        } catch (ArchiveException e) {
            if (e.error() != ArchiveError.CORRUPT) {
                throw e;
            }
            LOGGER.warn("A damaged snapshot is ignored", e);
            return Optional.empty();
        }
    }

    private Optional<Snapshot> open(StreamId stream, ByteBuffer buffer) throws IOException {
        if (buffer.get() != VERSION) {
            return Optional.empty();
        }
        byte[] keyId = new byte[Digest.LENGTH_BYTES];
        buffer.get(keyId);
        Revision revision = new Revision(buffer.getLong());
        long seconds = buffer.getLong();
        Instant recordedAt = Instant.ofEpochSecond(seconds, buffer.getInt());
        int codecRevision = buffer.getInt();
        byte[] name = new byte[Byte.toUnsignedInt(buffer.get())];
        buffer.get(name);
        SnapshotCodec codec = byName.get(new String(name, StandardCharsets.US_ASCII));
        Optional<Key> key = sealing.key(new KeyId(Digest.of(keyId)));
        if (codec == null || codec.revision() != codecRevision || key.isEmpty()) {
            return Optional.empty();
        }
        byte[] prefix = new byte[buffer.position()];
        byte[] sealed = new byte[buffer.remaining()];
        buffer.get(sealed);
        buffer.get(0, prefix);
        Optional<byte[]> plain = Aes256Gcm.open(key.get().secret(), additionalData(prefix, stream), sealed);
        if (plain.isEmpty()) {
            LOGGER.warn("A snapshot is damaged and is ignored");
            return Optional.empty();
        }
        return Optional.of(new Snapshot(revision, recordedAt, codec.decode(decompress(plain.get()))));
    }

    private static byte[] decompress(byte[] compressed) {
        long length = Zstd.getFrameContentSize(compressed);
        if (length < 0 || length > MAX_PLAIN_LENGTH_BYTES) {
            throw new IllegalArgumentException("length of a snapshot");
        }
        return Zstd.decompress(compressed, (int) length);
    }

    private static byte[] additionalData(byte[] prefix, StreamId stream) {
        return concat(prefix, stream.value().getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] concat(byte[] one, byte[] other) {
        return ByteBuffer.allocate(one.length + other.length)
                .put(one)
                .put(other)
                .array();
    }
}
