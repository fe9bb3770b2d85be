package org.archipelago.eventstore;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.archipelago.contract.ArchiveError;
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
import org.archipelago.eventstore.record.LogRecord;
import org.axonframework.modelling.command.ConcurrencyException;

/**
 * One node's merged log of records, its own and those of other origins, as every engine keeps it. Thread-safe. Every method throws {@link ArchiveException}
 * LOG_UNAVAILABLE while the log has stopped because a write or sync failed, and CORRUPT instead of serving bytes that
 * do not match their digests.
 */
public interface EventLog extends AutoCloseable {
    LocalPosition BEFORE_FIRST = new LocalPosition(-1);

    /** Of headers and bodies in one {@link #appendReplica}. */
    long MAX_REPLICA_BYTES = 8L << 20;

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

    /**
     * As {@link #append}, of records that this site wrote before and that its log has lost: only at the place that they had.
     *
     * <p>Failures: as {@link #append}, and CONFLICTING_STATE when {@code first} is not the next origin position, since something else was
     * recorded meanwhile.
     */
    CompletableFuture<LocalPosition> takeBack(OriginPosition first, List<PendingRecord> records);

    /**
     * Takes in records of another origin, with its positions for them: all or none, durable as with {@link #append}, by the same
     * writer. They make no claims. The caller has verified them under a checkpoint of that origin. What is here already, with
     * the same header, is no error and changes nothing, also if its body is here and was withheld before, or the other way
     * round.
     *
     * <p>Failures, none of them of anything but this call: {@link ArchiveException} INVALID_REQUEST for a record of another origin than
     * this one, for one of this site itself, or beyond the next position of the origin; CONFLICTING_STATE when another record is at
     * its place, in the origin's log or in its stream, when it does not follow its stream's last one, or when its id was used by
     * this origin before; REQUEST_TOO_LARGE beyond {@link #MAX_REPLICA_BYTES}; OVERLOADED, LOG_UNAVAILABLE.
     *
     * @param first origin position of the first record
     * @return local position of the head as it was when all of them were there
     */
    CompletableFuture<LocalPosition> appendReplica(SiteId origin, OriginPosition first, List<LogRecord> records);

    /**
     * Puts the body of a record in its place that was withheld when the record came; durable on completion. Its local position stays:
     * whoever has read past it has to be told.
     *
     * <p>Failures: {@link ArchiveException} NOT_FOUND where there is no such record; CORRUPT when the header names another body;
     * NEWER_PROGRAM when nothing here can tell; and as {@link #append}.
     *
     * @return false when a body was there, and nothing changed
     */
    CompletableFuture<Boolean> fillBody(SiteId origin, OriginPosition position, byte[] body);

    /** Whether appends are taken. */
    boolean writable();

    /** Records from a position on, in order, at most this many and at most some MiB; none beyond the head. */
    List<StoredRecord> read(LocalPosition from, int limit);

    /** Waits until there is a record behind this position, or time is up. */
    boolean awaitBeyond(LocalPosition position, Duration timeout) throws InterruptedException;

    /** Records of a stream from a revision on, in order, at most this many. */
    List<StoredRecord> readStream(StreamId stream, Revision from, int limit);

    Optional<StreamHead> streamHead(StreamId stream);

    /** Of a record of this site. */
    Optional<LocalPosition> positionOf(RecordId record);

    /** Empty where there is no record. Of a damaged one, what it is {@link DamagedRecord#knownAs() known as}. */
    Optional<RecordId> recordIdAt(LocalPosition position);

    /** Position of the last record of an origin; -1 when there is none. Never of one that {@link #readOrigin} does not give yet. */
    OriginPosition originHead(SiteId origin);

    Optional<StoredRecord> atOrigin(SiteId origin, OriginPosition position);

    /** Records of an origin from a position on, in its order, at most this many and at most some MiB; ends before a damaged one. */
    List<StoredRecord> readOrigin(SiteId origin, OriginPosition from, int limit);

    /** Why {@link #readOrigin} gives nothing from a position on: whether a damaged record is there, rather than none yet. */
    default boolean isDamaged(SiteId origin, OriginPosition position) {
        try {
            atOrigin(origin, position);
            return false;
        } catch (ArchiveException e) {
            if (e.error() != ArchiveError.CORRUPT) {
                throw e;
            }
            return true;
        }
    }

    /** The streams that hold a claim, in the order in which they made it. */
    List<StreamId> claimHolders(String name);

    /** Every claim that records up to the head have made, in no order. */
    void eachClaim(ClaimVisitor visitor) throws IOException;

    /**
     * As {@link #eachClaim}, also when they cannot all be read: those are folded again from the records, except what records
     * claim that cannot be opened.
     *
     * @return whether all could be read
     */
    default boolean salvageClaims(RecordContents contents, ClaimVisitor visitor) throws IOException {
        eachClaim(visitor);
        return true;
    }

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
