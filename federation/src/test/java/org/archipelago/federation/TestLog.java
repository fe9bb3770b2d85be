package org.archipelago.federation;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.LogBackup;
import org.archipelago.eventstore.LogListener;
import org.archipelago.eventstore.PendingRecord;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.eventstore.record.RecordFormat;
import org.archipelago.eventstore.record.RecordHeader;
import org.archipelago.eventstore.record.Suite;
import org.archipelago.eventstore.rocksdb.RocksEventLog;
import org.archipelago.eventstore.rocksdb.RocksEventLogOptions;
import org.archipelago.federation.merkle.MerkleHash;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/** A real log, with records of nothing in particular. */
public final class TestLog implements AutoCloseable {
    public static final SiteId SITE = SiteId.parse("11111111-2222-3333-4444-555555555555");

    private static final Instant AT = Instant.parse("2026-11-22T10:15:30.123456Z");
    private static final int BATCH_RECORDS = 512;

    public final RocksEventLog log;

    private final Path place;

    private TestLog(Path place, RocksEventLog log) {
        this.place = place;
        this.log = log;
    }

    public static TestLog create(Path place) {
        return new TestLog(place, RocksEventLog.create(place, SITE, new Incarnation(UUID.randomUUID()), options()));
    }

    public static TestLog open(Path place) {
        return new TestLog(place, RocksEventLog.open(place, options()));
    }

    /** This log, closed and opened again, with the headers of some records overwritten. */
    public TestLog damaged(long... positions) {
        log.close();
        damage(place, positions);
        return open(place);
    }

    /** The headers of some records of a log that is closed are overwritten. */
    public static void damage(Path place, long... positions) {
        List<ColumnFamilyDescriptor> families = new ArrayList<>();
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        try (Options names = new Options()) {
            for (byte[] name : RocksDB.listColumnFamilies(names, place.toString())) {
                families.add(new ColumnFamilyDescriptor(name));
            }
            try (RocksDB store = RocksDB.open(place.toString(), families, handles)) {
                for (long position : positions) {
                    damage(store, handles.get(names(families).indexOf("records")), position);
                }
            }
        } catch (RocksDBException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> names(List<ColumnFamilyDescriptor> families) {
        return families.stream().map(family -> new String(family.getName())).toList();
    }

    private static void damage(RocksDB store, ColumnFamilyHandle records, long position) throws RocksDBException {
        byte[] key = ByteBuffer.allocate(8).putLong(position).array();
        byte[] value = store.get(records, key);
        value[60] ^= 1;
        store.put(records, key, value);
    }

    public byte[] backup() {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            LogBackup.write(log, bytes);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** A backup, restored elsewhere; this log is closed. */
    public TestLog restored(byte[] backup, Path elsewhere) {
        log.close();
        return copyOf(backup, elsewhere);
    }

    /** A backup, restored beside the log that it is of. */
    public static TestLog copyOf(byte[] backup, Path elsewhere) {
        try {
            RocksEventLog.restore(elsewhere, new ByteArrayInputStream(backup), new Incarnation(UUID.randomUUID()));
            return open(elsewhere);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static RocksEventLogOptions options() {
        return RocksEventLogOptions.standard(LogListener.NONE, () -> {});
    }

    /** In a stream of their own. */
    public void append(int records) {
        StreamId stream = new StreamId(SITE + "/study/" + UUID.randomUUID());
        List<PendingRecord> batch = new ArrayList<>();
        for (int revision = 0; revision < records; revision++) {
            batch.add(new PendingRecord(record(stream, revision), List.of()));
            if (batch.size() == BATCH_RECORDS || revision == records - 1) {
                log.append(batch).join();
                batch = new ArrayList<>();
            }
        }
    }

    public static LogRecord record(StreamId stream, long revision) {
        UUID id = UUID.randomUUID();
        byte[] body = id.toString().getBytes();
        Digest digest = Digest.sha256(body);
        RecordHeader header = new RecordHeader(
                Suite.FIRST,
                new RecordId(id),
                "StudyHeld",
                1,
                stream,
                new Revision(revision),
                AT,
                new KeyId(digest),
                digest);
        return LogRecord.of(RecordFormat.encode(header), body);
    }

    public Optional<LogRecord> recordAt(long position) {
        return log.atOrigin(SITE, new OriginPosition(position)).map(stored -> stored.record());
    }

    public List<Digest> leaves() {
        List<Digest> leaves = new ArrayList<>();
        for (long position = 0; recordAt(position).isPresent(); position++) {
            leaves.add(MerkleHash.leaf(recordAt(position).get().headerBytes()));
        }
        return leaves;
    }

    @Override
    public void close() {
        log.close();
    }
}
