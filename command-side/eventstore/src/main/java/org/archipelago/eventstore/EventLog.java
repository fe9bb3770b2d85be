package org.archipelago.eventstore;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.ClaimHeldElsewhereException;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.LocalToken;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.axonframework.modelling.command.ConcurrencyException;

/**
 * One node's merged log of records, as every engine keeps it. Thread-safe. Every method throws {@link ArchiveException}
 * LOG_UNAVAILABLE while the log has stopped because a write or sync failed, and CORRUPT instead of serving bytes that
 * do not match their digests.
 */
public interface EventLog extends AutoCloseable {
    LocalPosition BEFORE_FIRST = new LocalPosition(-1);

    /** The origin of what is appended here. */
    SiteId site();

    Incarnation incarnation();

    /** Position of the last durable record; -1 when there is none. */
    LocalPosition head();

    /** The token that a projection has which has taken in everything up to now. */
    LocalToken headToken();

    /** The token of a projection that has taken in nothing. */
    LocalToken tailToken();

    /** Whether a token is of this incarnation and its record is at its position. If not: rebuild. */
    boolean recognises(LocalToken token);

    /**
     * Appends records of this site, atomically: all or none. MUST complete the future only after all of them are on disk
     * (synced), with the local position of the last; and MUST give them consecutive local and origin positions. MUST
     * complete it exceptionally, in bounded time, in every other case; a failed append is never tried again.
     *
     * <p>Failures: {@link ConcurrencyException} when a record does not follow its stream's last one;
     * {@link ClaimHeldElsewhereException}; {@link ArchiveException} CONFLICTING_STATE when a record id is there already,
     * INVALID_REQUEST for a record of another origin, OVERLOADED when too much is waiting, LOG_UNAVAILABLE when the
     * outcome is unknown (after the log has reopened, all of the records are there or none is).
     */
    CompletableFuture<LocalPosition> append(List<PendingRecord> records);

    /** Whether appends are taken. */
    boolean writable();

    /** Records from a position on, in order, at most this many and at most some MiB; none beyond the head. */
    List<StoredRecord> read(LocalPosition from, int limit);

    /** Waits until there is a record behind this position, or time is up. */
    boolean awaitBeyond(LocalPosition position, Duration timeout) throws InterruptedException;

    /** Records of a stream from a revision on, in order, at most this many. */
    List<StoredRecord> readStream(StreamId stream, Revision from, int limit);

    Optional<StreamHead> streamHead(StreamId stream);

    Optional<LocalPosition> positionOf(RecordId record);

    /** Empty where there is no record. Of a damaged one, what it is {@link DamagedRecord#knownAs() known as}. */
    Optional<RecordId> recordIdAt(LocalPosition position);

    /** Position of the last record of an origin; -1 when there is none. */
    OriginPosition originHead(SiteId origin);

    Optional<StoredRecord> atOrigin(SiteId origin, OriginPosition position);

    /** The streams that hold a claim, in the order in which they made it. */
    List<StreamId> claimHolders(String name);

    /** Every claim that records up to the head have made, in no order. */
    void eachClaim(ClaimVisitor visitor) throws IOException;

    /** What is left of a record that {@link #read} refuses as CORRUPT: evidence, and the places that it took. */
    DamagedRecord damaged(LocalPosition position);

    /** Hears of claims. */
    interface ClaimVisitor {
        /** @param holders local positions of the first record of each stream that holds it, ascending */
        void claim(String name, long[] holders) throws IOException;
    }

    /** Keeps a snapshot, in place of an earlier one of this stream. It need not survive power loss. */
    void storeSnapshot(StreamId stream, byte[] snapshot);

    Optional<byte[]> readSnapshot(StreamId stream);

    LogSize size();

    /** Looks at every record and every index entry up to the head; reports what is wrong and goes on. */
    Verification verify(RecordContents contents, VerificationListener listener);

    /** Takes no more appends, completes what was taken, and lets go of the files. */
    @Override
    void close();
}
