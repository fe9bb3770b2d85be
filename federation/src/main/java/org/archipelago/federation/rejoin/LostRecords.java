package org.archipelago.federation.rejoin;

import java.util.List;
import java.util.concurrent.CompletionException;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.PendingRecord;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.federation.checkpoint.Checkpoints;
import org.archipelago.federation.checkpoint.SignedCheckpoint;
import org.archipelago.federation.link.PeerLink;
import org.archipelago.federation.link.RecordBatch;
import org.archipelago.federation.merkle.Frontier;
import org.archipelago.federation.merkle.MerkleHash;
import org.archipelago.federation.replica.Delivered;

/** Brings back what this site signed and its log has lost, from whoever holds it. For one thread. */
public final class LostRecords {
    private final EventLog log;
    private final SiteId site;
    private final Checkpoints checkpoints;
    private final Claims claims;

    /** Port: records as they are appended, with the claims that their events make. */
    public interface Claims {
        /** @throws ArchiveException when its body cannot be opened: what it claims is not known, so it cannot be taken back */
        PendingRecord pending(LogRecord record);

        /** As {@link #pending}, of consecutive records from a position on, all of them verified. */
        default List<PendingRecord> pending(OriginPosition first, List<LogRecord> records) {
            return records.stream().map(this::pending).toList();
        }
    }

    public LostRecords(EventLog log, Checkpoints checkpoints, Claims claims) {
        this.log = log;
        this.site = log.site();
        this.checkpoints = checkpoints;
        this.claims = claims;
    }

    /**
     * From the end of this log up to a checkpoint of this site. Each batch is durable before the next is asked for, so that after whatever
     * kind of end it goes on from there.
     *
     * @throws ArchiveException NOT_VERIFIED when what the peer gives is not what was signed, or does not continue this log; and as
     *     {@link PeerLink} and {@link EventLog#takeBack}
     */
    public void takeBack(PeerLink link, SignedCheckpoint lost) {
        long next = checkpoints.here().size();
        Frontier grown = checkpoints.frontier(next);
        while (next < lost.size()) {
            List<LogRecord> records = verified(link, lost, grown, next);
            append(next, records);
            next += records.size();
        }
    }

    /** Nothing that this site has not signed itself. */
    List<LogRecord> verified(PeerLink link, SignedCheckpoint lost, Frontier grown, long from) {
        RecordBatch batch = Delivered.batch(link, site, from);
        long most = Math.min(batch.records().size(), lost.size() - from);
        List<LogRecord> records = Delivered.records(batch).subList(0, (int) most);
        if (records.isEmpty()) {
            throw notVerified(link);
        }
        records.forEach(record -> grown.append(MerkleHash.leaf(record.headerBytes()), Frontier.Completed.NOBODY));
        Digest signed = lost.checkpoint().root();
        boolean isUnder = grown.size() == lost.size()
                ? grown.root().equals(signed)
                : Delivered.consistency(link, site, grown.size(), lost.size()).proves(grown.root(), signed);
        if (!isUnder) {
            throw notVerified(link);
        }
        return records;
    }

    private static ArchiveException notVerified(PeerLink link) {
        return new ArchiveException(ArchiveError.NOT_VERIFIED, "records of this site, given by site " + link.peer());
    }

    private void append(long from, List<LogRecord> records) {
        OriginPosition first = new OriginPosition(from);
        try {
            log.takeBack(first, claims.pending(first, records)).join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof ArchiveException refusal
                    ? new ArchiveException(refusal.error(), refusal.subject(), refusal)
                    : new ArchiveException(ArchiveError.CONFLICTING_STATE, "records to be taken back", e);
        }
    }
}
