package org.archipelago.federation.replica;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.federation.checkpoint.Checkpoints;
import org.archipelago.federation.checkpoint.SignedCheckpoint;
import org.archipelago.federation.checkpoint.SigningState.Reason;
import org.archipelago.federation.checkpoint.SigningState.Withheld;
import org.archipelago.federation.link.HandedKeys;
import org.archipelago.federation.link.LinkBounds;
import org.archipelago.federation.link.LinkRecord;
import org.archipelago.federation.link.LinkService;
import org.archipelago.federation.link.OriginHead;
import org.archipelago.federation.link.RecordBatch;
import org.archipelago.federation.link.ReturnedKeys;
import org.archipelago.federation.merkle.ConsistencyProof;
import org.archipelago.federation.note.SignedNote;

/**
 * Every origin's log from this node's merged one: its own up to what it has signed, others' up to what it has verified, each with the
 * origin's note. Nothing beyond a signature leaves.
 */
public final class LogLinkService implements LinkService {
    private static final int CHUNK_RECORDS = 1024;
    private static final Duration LOOK_AGAIN = Duration.ofMillis(10);

    private final EventLog log;
    private final Checkpoints own;
    private final Supplier<Map<SiteId, Replica>> replicas;
    private final BodyPolicy policy;
    private final KeyRelease keys;
    private final KeyReturn ownKeys;

    /** Port: what of this site's keys another site may have. */
    public interface KeyRelease {
        /** As {@link LinkService#keys}. */
        HandedKeys keys(SiteId caller, Optional<StreamId> study);

        KeyRelease NONE = (_, _) -> {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "keys");
        };
    }

    /** Port: what this site holds of another's keys goes back to it. */
    public interface KeyReturn {
        /** As {@link LinkService#returned}. */
        ReturnedKeys returned(SiteId caller, OriginPosition from, OriginPosition through);

        KeyReturn NONE = (_, _, _) -> {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "keys");
        };
    }

    /** Port: whether a body may leave; what is withheld is given as its header alone. */
    public interface BodyPolicy {
        BodyPolicy ALL = (_, _) -> true;

        boolean mayHave(SiteId caller, StoredRecord record);
    }

    /** One that gives out no keys. */
    public LogLinkService(EventLog log, Checkpoints own, Supplier<Map<SiteId, Replica>> replicas, BodyPolicy policy) {
        this(log, own, replicas, policy, KeyRelease.NONE, KeyReturn.NONE);
    }

    public LogLinkService(
            EventLog log,
            Checkpoints own,
            Supplier<Map<SiteId, Replica>> replicas,
            BodyPolicy policy,
            KeyRelease keys,
            KeyReturn ownKeys) {
        this.log = log;
        this.own = own;
        this.replicas = replicas;
        this.policy = policy;
        this.keys = keys;
        this.ownKeys = ownKeys;
    }

    @Override
    public List<OriginHead> heads(SiteId caller) {
        List<OriginHead> heads = new ArrayList<>();
        own.latest().ifPresent(signed -> heads.add(new OriginHead(log.site(), signed.note())));
        for (Replica replica : replicas.get().values()) {
            replica.announced().ifPresent(signed -> heads.add(new OriginHead(replica.origin(), signed.note())));
        }
        return heads;
    }

    @Override
    public long unsignedRecords() {
        long signed = own.latest().map(SignedCheckpoint::size).orElse(0L);
        long beyond = Math.max(0, log.originHead(log.site()).value() + 1 - signed);
        boolean isOtherThanSigned = own.state() instanceof Withheld withheld
                && (withheld.reason() == Reason.LOG_DIFFERS || withheld.reason() == Reason.TAIL_PARTED);
        return isOtherThanSigned ? Math.max(1, beyond) : beyond;
    }

    @Override
    public Optional<SignedNote> checkpoint(SiteId caller, SiteId origin) {
        return served(origin).map(SignedCheckpoint::note);
    }

    /** The largest whose records are all here. */
    private Optional<SignedCheckpoint> served(SiteId origin) {
        if (!origin.equals(log.site())) {
            return replica(origin).complete();
        }
        Optional<SignedCheckpoint> latest = own.latest();
        if (latest.isPresent() && latest.get().size() > log.originHead(origin).value() + 1) {
            throw new ArchiveException(ArchiveError.SIGNING_WITHHELD, "log, which is shorter than was signed");
        }
        return latest;
    }

    private Replica replica(SiteId origin) {
        Replica replica = replicas.get().get(origin);
        if (replica == null) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "log of " + origin);
        }
        return replica;
    }

    @Override
    public RecordBatch records(SiteId caller, SiteId origin, OriginPosition from, int maxBytes, Duration wait)
            throws InterruptedException {
        if (from.value() < 0 || maxBytes < 0 || maxBytes > LinkBounds.MAX_BATCH_BYTES) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "position or length of records");
        }
        Optional<SignedCheckpoint> under = await(origin, from, wait);
        long end = under.map(SignedCheckpoint::size).orElse(0L);
        return new RecordBatch(
                from, records(caller, origin, from.value(), end, maxBytes), under.map(SignedCheckpoint::note));
    }

    private Optional<SignedCheckpoint> await(SiteId origin, OriginPosition from, Duration wait)
            throws InterruptedException {
        Duration longest = wait.compareTo(LinkBounds.MAX_WAIT) > 0 ? LinkBounds.MAX_WAIT : wait;
        long deadline = System.nanoTime() + longest.toNanos();
        Optional<SignedCheckpoint> under = served(origin);
        while (under.filter(signed -> signed.size() > from.value()).isEmpty() && System.nanoTime() < deadline) {
            Thread.sleep(LOOK_AGAIN);
            log.head(); // throws once the log is closed
            under = served(origin);
        }
        return under;
    }

    private List<LinkRecord> records(SiteId caller, SiteId origin, long from, long end, int maxBytes) {
        List<LinkRecord> records = new ArrayList<>();
        long bytes = 0;
        long next = from;
        while (next < end && records.size() < LinkBounds.MAX_BATCH_RECORDS) {
            int limit = (int)
                    Math.min(Math.min(CHUNK_RECORDS, end - next), LinkBounds.MAX_BATCH_RECORDS - (long) records.size());
            List<StoredRecord> chunk = log.readOrigin(origin, new OriginPosition(next), limit);
            for (StoredRecord stored : chunk) {
                LinkRecord record = given(caller, stored);
                bytes += record.lengthBytes();
                if (bytes > maxBytes && !records.isEmpty()) {
                    return records;
                }
                records.add(record);
            }
            if (chunk.isEmpty()) {
                return throughDamage(origin, next, records);
            }
            next += chunk.size();
        }
        return records;
    }

    /** @throws ArchiveException CORRUPT when there is nothing to give before a damaged record */
    private static List<LinkRecord> throughDamage(SiteId origin, long position, List<LinkRecord> before) {
        if (before.isEmpty()) {
            throw new ArchiveException(ArchiveError.CORRUPT, "record " + position + " of " + origin);
        }
        return before;
    }

    private LinkRecord given(SiteId caller, StoredRecord stored) {
        LogRecord record = stored.record();
        return record.isWithheld() || !policy.mayHave(caller, stored)
                ? LinkRecord.withheld(record.headerBytes())
                : LinkRecord.whole(record.headerBytes(), record.body());
    }

    @Override
    public HandedKeys keys(SiteId caller, Optional<StreamId> study) {
        return keys.keys(caller, study);
    }

    @Override
    public ReturnedKeys returned(SiteId caller, OriginPosition from, OriginPosition through) {
        return ownKeys.returned(caller, from, through);
    }

    @Override
    public ConsistencyProof consistency(SiteId caller, SiteId origin, long first, long second) {
        long signed = served(origin).map(SignedCheckpoint::size).orElse(0L);
        if (first < 0 || first > second || second > signed) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "checkpoint of " + second + " records of " + origin);
        }
        return origin.equals(log.site())
                ? own.consistency(first, second)
                : replica(origin).consistency(first, second);
    }
}
