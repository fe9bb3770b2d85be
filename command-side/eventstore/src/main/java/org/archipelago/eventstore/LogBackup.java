package org.archipelago.eventstore;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.util.ArrayList;
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
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.eventstore.record.RecordFormat;

/**
 * A log as one file, independent of the engine, big-endian:
 *
 * <pre>
 * "ARCHLOG2" | site 16 | incarnation 16
 * | for each record in local order, either
 *     header length 4 (> 0), body length 4 (-1 when it is withheld), origin position 8, header, body
 *   or, for what is no longer what was written,
 *     -1 4, length of what is left 4, that
 *     | 1 1, digest of the stream 16, revision 8   or 0 1
 *     | 1 1, origin 16, origin position 8          or 0 1
 *     | 1 1, record id 16                          or 0 1
 * | 0 4 | number of records 8
 * | for each claim: length of its name 4 (> 0), name, number of holders 4, local position 8 of each
 * | 0 4 | number of claims 8 | SHA-256 of all before 32
 * </pre>
 *
 * Bodies stay sealed: it tells no more than the log, and is useless without the keys. Claims are in it since those of
 * records that cannot be opened, erased or of a newer program, cannot be found again.
 */
public final class LogBackup {
    private static final byte[] MAGIC = "ARCHLOG2".getBytes(StandardCharsets.US_ASCII);
    private static final int CHUNK_RECORDS = 256;
    private static final int DAMAGED = -1;
    private static final int WITHHELD = -1;
    private static final int MAX_NAME_BYTES = 1024;
    private static final int MAX_HOLDERS = 1 << 16;
    private static final int MAX_NAMED_POSITIONS = 1_000;

    private LogBackup() {}

    /**
     * What was written.
     *
     * @param damaged how many of the records are no longer what was written; what is left of them is in the backup
     * @param damagedAt local positions of the first {@value #MAX_NAMED_POSITIONS} of those
     * @param areClaimsRead false when some had to be folded again from the records
     */
    public record Written(long records, long damaged, List<LocalPosition> damagedAt, boolean areClaimsRead) {}

    /** As {@link #write(EventLog, RecordContents, OutputStream)}, but fails when claims cannot be read. */
    public static Written write(EventLog log, OutputStream target) throws IOException {
        return write(
                log,
                visitor -> {
                    log.eachClaim(visitor);
                    return true;
                },
                target);
    }

    /**
     * Writes every record up to the present head, also what is left of damaged ones; does not close the stream.
     *
     * @param contents for claims that have to be folded again
     */
    public static Written write(EventLog log, RecordContents contents, OutputStream target) throws IOException {
        return write(log, visitor -> log.salvageClaims(contents, visitor), target);
    }

    private interface Claims {
        boolean each(EventLog.ClaimVisitor visitor) throws IOException;
    }

    private static Written write(EventLog log, Claims claims, OutputStream target) throws IOException {
        DigestOutputStream digested = new DigestOutputStream(target, Digest.newSha256());
        DataOutputStream out = new DataOutputStream(digested);
        out.write(MAGIC);
        write(out, log.site().value());
        write(out, log.incarnation().value());
        long records = log.head().value() + 1;
        long damaged = 0;
        List<LocalPosition> damagedAt = new ArrayList<>();
        for (long next = 0; next < records; ) {
            List<StoredRecord> chunk = chunk(log, next, records);
            for (StoredRecord stored : chunk) {
                write(out, stored);
            }
            next += chunk.size();
            if (chunk.isEmpty()) {
                LocalPosition at = new LocalPosition(next++);
                write(out, log.damaged(at));
                if (damaged++ < MAX_NAMED_POSITIONS) {
                    damagedAt.add(at);
                }
            }
        }
        out.writeInt(0);
        out.writeLong(records);
        boolean areClaimsRead = writeClaims(claims, records, out);
        out.flush();
        digested.on(false);
        out.write(digested.getMessageDigest().digest());
        out.flush();
        return new Written(records, damaged, List.copyOf(damagedAt), areClaimsRead);
    }

    /** Empty when the first one is damaged. */
    private static List<StoredRecord> chunk(EventLog log, long from, long records) {
        try {
            return log.read(new LocalPosition(from), (int) Math.min(CHUNK_RECORDS, records - from));
        } catch (ArchiveException e) {
            if (e.error() != ArchiveError.CORRUPT) {
                throw e;
            }
            return List.of();
        }
    }

    private static boolean writeClaims(Claims claims, long records, DataOutputStream out) throws IOException {
        long[] written = {0};
        boolean areAllRead = claims.each((name, holders) -> {
            long[] backedUp =
                    Arrays.stream(holders).filter(holder -> holder < records).toArray();
            if (backedUp.length > 0) {
                byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
                out.writeInt(bytes.length);
                out.write(bytes);
                out.writeInt(backedUp.length);
                for (long holder : backedUp) {
                    out.writeLong(holder);
                }
                written[0]++;
            }
        });
        out.writeInt(0);
        out.writeLong(written[0]);
        return areAllRead;
    }

    private static void write(DataOutputStream out, StoredRecord stored) throws IOException {
        out.writeInt(stored.record().headerBytes().length);
        out.writeInt(stored.record().isWithheld() ? WITHHELD : stored.record().body().length);
        out.writeLong(stored.originPosition().value());
        out.write(stored.record().headerBytes());
        out.write(stored.record().body());
    }

    private static void write(DataOutputStream out, DamagedRecord damaged) throws IOException {
        out.writeInt(DAMAGED);
        out.writeInt(damaged.remains().length);
        out.write(damaged.remains());
        out.writeBoolean(damaged.inStream().isPresent());
        if (damaged.inStream().isPresent()) {
            out.write(damaged.inStream().get().streamDigest());
            out.writeLong(damaged.inStream().get().revision().value());
        }
        out.writeBoolean(damaged.atOrigin().isPresent());
        if (damaged.atOrigin().isPresent()) {
            write(out, damaged.atOrigin().get().origin().value());
            out.writeLong(damaged.atOrigin().get().position().value());
        }
        out.writeBoolean(damaged.id().isPresent());
        if (damaged.id().isPresent()) {
            write(out, damaged.id().get().value());
        }
    }

    private static void write(DataOutputStream out, UUID value) throws IOException {
        out.writeLong(value.getMostSignificantBits());
        out.writeLong(value.getLeastSignificantBits());
    }

    /** @throws ArchiveException CORRUPT when it is no backup of a log */
    public static Reader read(InputStream source) throws IOException {
        return new Reader(source);
    }

    /** What a backup holds, in its order. Whoever keeps it must wait for the end, where the whole is checked. */
    public interface Content {
        void record(StoredRecord record);

        void damaged(DamagedRecord damaged);

        void claim(String name, long[] holders);
    }

    /** For one reading. */
    public static final class Reader {
        private final DigestInputStream digested;
        private final DataInputStream in;
        private final SiteId site;
        private final Incarnation incarnation;

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
         * Returns when everything has matched its digest.
         *
         * @throws ArchiveException CORRUPT
         */
        public void all(Content content) throws IOException {
            try {
                long records = records(content);
                claims(content, records);
                byte[] computed = digested.getMessageDigest().digest();
                digested.on(false);
                byte[] stored = new byte[Digest.LENGTH_BYTES];
                in.readFully(stored);
                if (!Arrays.equals(computed, stored)) {
                    throw corrupt();
                }
            } catch (EOFException _) {
                throw corrupt();
            }
        }

        private long records(Content content) throws IOException {
            long count = 0;
            for (int headerLength = in.readInt(); headerLength != 0; headerLength = in.readInt()) {
                LocalPosition local = new LocalPosition(count++);
                if (headerLength == DAMAGED) {
                    content.damaged(damaged(local));
                } else {
                    content.record(record(local, headerLength));
                }
            }
            if (in.readLong() != count) {
                throw corrupt();
            }
            return count;
        }

        private StoredRecord record(LocalPosition local, int headerLength) throws IOException {
            int bodyLength = in.readInt();
            if (headerLength < 0 || headerLength > RecordFormat.MAX_HEADER_LENGTH_BYTES) {
                throw corrupt();
            }
            boolean withheld = bodyLength == WITHHELD;
            requireLength(withheld ? 0 : bodyLength);
            OriginPosition originPosition = new OriginPosition(in.readLong());
            byte[] header = new byte[headerLength];
            byte[] body = new byte[withheld ? 0 : bodyLength];
            in.readFully(header);
            in.readFully(body);
            LogRecord record = withheld ? LogRecord.withheld(header) : LogRecord.of(header, body);
            return new StoredRecord(local, originPosition, record);
        }

        private DamagedRecord damaged(LocalPosition local) throws IOException {
            int length = in.readInt();
            requireLength(length);
            byte[] remains = new byte[length];
            in.readFully(remains);
            Optional<DamagedRecord.InStream> inStream = Optional.empty();
            if (in.readBoolean()) {
                byte[] digest = new byte[DamagedRecord.InStream.STREAM_DIGEST_BYTES];
                in.readFully(digest);
                inStream = Optional.of(new DamagedRecord.InStream(digest, new Revision(in.readLong())));
            }
            Optional<DamagedRecord.AtOrigin> atOrigin = in.readBoolean()
                    ? Optional.of(new DamagedRecord.AtOrigin(new SiteId(uuid()), new OriginPosition(in.readLong())))
                    : Optional.empty();
            Optional<RecordId> id = in.readBoolean() ? Optional.of(new RecordId(uuid())) : Optional.empty();
            return new DamagedRecord(local, remains, inStream, atOrigin, id, Optional.empty());
        }

        private void claims(Content content, long records) throws IOException {
            long count = 0;
            for (int length = in.readInt(); length != 0; length = in.readInt()) {
                if (length < 0 || length > MAX_NAME_BYTES) {
                    throw corrupt();
                }
                byte[] name = new byte[length];
                in.readFully(name);
                int number = in.readInt();
                if (number < 1 || number > MAX_HOLDERS) {
                    throw corrupt();
                }
                long[] holders = new long[number];
                for (int i = 0; i < number; i++) {
                    holders[i] = in.readLong();
                    if (holders[i] < 0 || holders[i] >= records) {
                        throw corrupt();
                    }
                }
                content.claim(new String(name, StandardCharsets.UTF_8), holders);
                count++;
            }
            if (in.readLong() != count) {
                throw corrupt();
            }
        }

        /** What is left of a record has the engine's few bytes around it. */
        private static void requireLength(int length) {
            if (length < 0 || length > 2 * RecordFormat.MAX_RECORD_LENGTH_BYTES) {
                throw corrupt();
            }
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
