package org.archipelago.eventstore;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.eventstore.record.RecordFormat;

/**
 * A log as one file, independent of the engine, big-endian:
 *
 * <pre>
 * "ARCHLOG1" | site 16 | incarnation 16
 * | for each record in local order: header length 4 (> 0), body length 4, origin position 8, header, body
 * | 0 4 | number of records 8 | SHA-256 of all before 32
 * </pre>
 *
 * Bodies stay sealed: it tells no more than the log, and is useless without the keys.
 */
public final class LogBackup {
    private static final byte[] MAGIC = "ARCHLOG1".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    private static final int CHUNK_RECORDS = 256;

    private LogBackup() {}

    /**
     * Writes every record up to the present head; does not close the stream.
     *
     * @return how many
     */
    public static long write(EventLog log, OutputStream target) throws IOException {
        DigestOutputStream digested = new DigestOutputStream(target, Digest.newSha256());
        DataOutputStream out = new DataOutputStream(digested);
        out.write(MAGIC);
        write(out, log.site().value());
        write(out, log.incarnation().value());
        long records = log.head().value() + 1;
        for (long next = 0; next < records; ) {
            int limit = (int) Math.min(CHUNK_RECORDS, records - next);
            List<StoredRecord> chunk = log.read(new LocalPosition(next), limit);
            for (StoredRecord stored : chunk) {
                write(out, stored);
            }
            next += chunk.size();
        }
        out.writeInt(0);
        out.writeLong(records);
        out.flush();
        digested.on(false);
        out.write(digested.getMessageDigest().digest());
        out.flush();
        return records;
    }

    private static void write(DataOutputStream out, StoredRecord stored) throws IOException {
        out.writeInt(stored.record().headerBytes().length);
        out.writeInt(stored.record().body().length);
        out.writeLong(stored.originPosition().value());
        out.write(stored.record().headerBytes());
        out.write(stored.record().body());
    }

    private static void write(DataOutputStream out, UUID value) throws IOException {
        out.writeLong(value.getMostSignificantBits());
        out.writeLong(value.getLeastSignificantBits());
    }

    /** @throws ArchiveException CORRUPT when it is no backup of a log */
    public static Reader read(InputStream source) throws IOException {
        return new Reader(source);
    }

    /** Record by record; whoever keeps what it gives must wait for the end, where the whole is checked. */
    public static final class Reader {
        private final DigestInputStream digested;
        private final DataInputStream in;
        private final SiteId site;
        private final Incarnation incarnation;
        private long count;
        private boolean ended;

        private Reader(InputStream source) throws IOException {
            digested = new DigestInputStream(source, Digest.newSha256());
            in = new DataInputStream(digested);
            try {
                if (!Arrays.equals(in.readNBytes(MAGIC.length), MAGIC)) {
                    throw corrupt();
                }
                site = new SiteId(uuid());
                incarnation = new Incarnation(uuid());
            } catch (EOFException _) {
                throw corrupt();
            }
        }

        public SiteId site() {
            return site;
        }

        /** Of the log that was backed up. */
        public Incarnation incarnation() {
            return incarnation;
        }

        /**
         * Empty at the end, when everything has matched its digest.
         *
         * @throws ArchiveException CORRUPT
         */
        public Optional<StoredRecord> next() throws IOException {
            try {
                return ended ? Optional.empty() : read();
            } catch (EOFException _) {
                throw corrupt();
            }
        }

        private Optional<StoredRecord> read() throws IOException {
            int headerLength = in.readInt();
            if (headerLength == 0) {
                end();
                return Optional.empty();
            }
            int bodyLength = in.readInt();
            if (headerLength < 0
                    || headerLength > RecordFormat.MAX_HEADER_LENGTH_BYTES
                    || bodyLength < 0
                    || bodyLength > RecordFormat.MAX_RECORD_LENGTH_BYTES) {
                throw corrupt();
            }
            OriginPosition originPosition = new OriginPosition(in.readLong());
            byte[] header = new byte[headerLength];
            byte[] body = new byte[bodyLength];
            in.readFully(header);
            in.readFully(body);
            return Optional.of(
                    new StoredRecord(new LocalPosition(count++), originPosition, LogRecord.of(header, body)));
        }

        private void end() throws IOException {
            long records = in.readLong();
            byte[] computed = digested.getMessageDigest().digest();
            digested.on(false);
            byte[] stored = new byte[Digest.LENGTH_BYTES];
            in.readFully(stored);
            if (records != count || !Arrays.equals(computed, stored)) {
                throw corrupt();
            }
            ended = true;
        }

        private UUID uuid() throws IOException {
            long high = in.readLong();
            return new UUID(high, in.readLong());
        }

        private static ArchiveException corrupt() {
            return new ArchiveException(ArchiveError.CORRUPT, "backup of an event log");
        }
    }
}
