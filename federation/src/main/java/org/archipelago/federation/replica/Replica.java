package org.archipelago.federation.replica;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.federation.checkpoint.Checkpoint;
import org.archipelago.federation.checkpoint.SignedCheckpoint;
import org.archipelago.federation.identity.SiteKeyName;
import org.archipelago.federation.link.LinkBounds;
import org.archipelago.federation.link.PeerLink;
import org.archipelago.federation.link.RecordBatch;
import org.archipelago.federation.merkle.ConsistencyProof;
import org.archipelago.federation.merkle.Frontier;
import org.archipelago.federation.merkle.MerkleHash;
import org.archipelago.federation.note.NoteSigner;
import org.archipelago.federation.note.SignedNote;
import org.archipelago.federation.note.VerifierKey;
import org.archipelago.federation.replica.ReplicaState.Damaged;
import org.archipelago.federation.replica.ReplicaState.Following;
import org.archipelago.federation.replica.ReplicaState.Forked;
import org.archipelago.federation.replica.ReplicaState.Malformed;
import org.archipelago.federation.tree.OriginTree;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One other site's log in this node's merged log. Records are appended only after their headers were found to be those under a
 * checkpoint that the origin's pinned key has signed, whoever gave them; so a record that can be read here was verified. What was appended
 * is where it goes on, after whatever kind of end: nothing else needs to survive, and the tree is made anew from it. Thread-safe.
 */
public final class Replica implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Replica.class);

    private final EventLog log;
    private final SiteId origin;
    private final VerifierKey originKey;
    private final RefusalJournal refusals;
    private final ReplicaFiles files;
    private final ReplicaNotes notes;
    private final OriginTree tree;
    private final ReentrantLock turn = new ReentrantLock();
    private volatile ReplicaState state;
    private boolean recomputed;

    /**
     * Who states, by cosigning, that it has verified a checkpoint.
     *
     * @param signer of this site
     * @param known keys of the members' cosignatures: those of others are not passed on
     */
    public record Witness(NoteSigner signer, Supplier<Collection<VerifierKey>> known, Clock clock) {}

    private Replica(
            EventLog log,
            VerifierKey originKey,
            Witness witness,
            RefusalJournal refusals,
            ReplicaFiles files,
            OriginTree tree)
            throws IOException {
        this.log = log;
        this.origin = SiteKeyName.parse(originKey.name());
        this.originKey = originKey;
        this.refusals = refusals;
        this.files = files;
        this.tree = tree;
        this.state = files.state();
        grow();
        this.notes = new ReplicaNotes(files, originKey, witness, tree.size());
    }

    /**
     * One with a damaged record is {@link ReplicaState.Damaged}.
     *
     * @param directory of this replica; made when it is not there
     * @param originKey pinned: what its checkpoints are verified with
     * @throws IllegalArgumentException it is this log's own site
     */
    public static Replica open(
            Path directory, EventLog log, VerifierKey originKey, Witness witness, RefusalJournal refusals)
            throws IOException {
        SiteId origin = SiteKeyName.parse(originKey.name());
        if (origin.equals(log.site())) {
            throw new IllegalArgumentException("a site is no replica of itself");
        }
        ReplicaFiles files = new ReplicaFiles(directory);
        OriginTree tree = OriginTree.open(files.tree(), log, origin);
        try {
            return new Replica(log, originKey, witness, refusals, files, tree);
        } catch (IOException | RuntimeException e) {
            tree.close();
            throw e;
        }
    }

    public SiteId origin() {
        return origin;
    }

    public ReplicaState state() {
        return state;
    }

    /** How many of the origin's records are here, all of them verified. */
    public long size() {
        return log.originHead(origin).value() + 1;
    }

    /** The largest checkpoint all of whose records are here, cosigned by this site. */
    public Optional<SignedCheckpoint> complete() {
        return notes.complete();
    }

    /**
     * The largest checkpoint that the origin is known to have signed; its records need not be here, and what is beyond
     * {@link #complete} is not yet shown to extend it.
     */
    public Optional<SignedCheckpoint> announced() {
        return notes.largest();
    }

    /**
     * Asks a peer for what comes next and takes it in if it verifies.
     *
     * @param wait how long the peer may wait for something new
     * @return whether anything was taken in
     * @throws ArchiveException NOT_VERIFIED when what it gave is not believed, which is in the journal then; CONFLICTING_STATE when
     *     this replica has stopped; CORRUPT when a record of it is damaged; and as {@link PeerLink} and {@link EventLog#appendReplica}
     */
    public boolean pull(PeerLink link, Duration wait) {
        requireFollowing();
        long from = size();
        RecordBatch batch = link.records(origin, new OriginPosition(from), LinkBounds.MAX_BATCH_BYTES, wait);
        turn.lock();
        try {
            requireFollowing();
            takeIn();
            return receive(link, from, batch);
        } catch (IOException e) {
            throw new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "files of the replica of " + origin, e);
        } finally {
            turn.unlock();
        }
    }

    /**
     * Takes note of a checkpoint that somebody has told of, without its records. What contradicts what is here stops the replica.
     *
     * @throws ArchiveException as {@link #pull}
     */
    public void heard(SignedNote note, PeerLink link) {
        requireFollowing();
        turn.lock();
        try {
            requireFollowing();
            takeIn();
            SignedCheckpoint told = verified(link, note, size());
            requireNoFork(told);
            notes.hear(told);
        } catch (IOException e) {
            throw new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "files of the replica of " + origin, e);
        } finally {
            turn.unlock();
        }
    }

    private void requireFollowing() {
        switch (state) {
            case Following _ -> {}
            case Forked _ ->
                throw new ArchiveException(
                        ArchiveError.CONFLICTING_STATE, "replica of " + origin + ", which has signed two histories");
            case Malformed malformed ->
                throw new ArchiveException(
                        ArchiveError.CONFLICTING_STATE, "replica of " + origin + ": " + malformed.what());
            case Damaged damaged ->
                throw new ArchiveException(ArchiveError.CORRUPT, "record " + damaged.at() + " of " + origin);
        }
    }

    private void takeIn() throws IOException {
        grow();
        requireFollowing();
    }

    /** By what the log has now. */
    private void grow() throws IOException {
        try {
            tree.advance();
        } catch (ArchiveException e) {
            if (e.error() != ArchiveError.CORRUPT) {
                throw e;
            }
            damaged();
        }
    }

    private void damaged() {
        LOGGER.error(
                "Record {} of site {} is damaged here; nothing more of that site is taken in. Run 'verify'",
                tree.size(),
                origin);
        if (state instanceof Following) {
            state = new Damaged(tree.size());
        }
    }

    private boolean receive(PeerLink link, long from, RecordBatch batch) throws IOException {
        if (batch.from().value() != from) {
            throw refused(link, from, "records from " + batch.from() + " on", batch.checkpoint());
        }
        if (batch.checkpoint().isEmpty()) {
            return false;
        }
        SignedCheckpoint under = verified(link, batch.checkpoint().get(), from);
        requireNoFork(under);
        requireExtensionOfAccepted(link, under, !batch.records().isEmpty());
        if (tree.size() != from) {
            return false; // another peer was faster
        }
        if (batch.records().isEmpty()) {
            if (under.size() != from) {
                return false;
            }
            notes.accept(under);
            return notes.complete(under, from);
        }
        List<LogRecord> records = decoded(link, from, batch);
        requireUnder(link, under, from, records);
        notes.accept(under);
        append(from, records);
        takeIn();
        notes.complete(under, tree.size());
        return true;
    }

    private SignedCheckpoint verified(PeerLink link, SignedNote note, long from) {
        try {
            return notes.verified(note);
        } catch (ArchiveException e) {
            throw refused(link, from, "a checkpoint: " + e.subject(), Optional.of(note));
        }
    }

    /** By what is here alone. */
    private void requireNoFork(SignedCheckpoint under) throws IOException {
        Checkpoint told = under.checkpoint();
        if (told.size() <= tree.size()) {
            if (!root(told.size()).equals(told.root()) && isStillOther(told)) {
                SignedCheckpoint known = notes.largestVerified().orElse(under);
                throw forked(known, under, "its root at " + told.size() + " records is not that of the records here");
            }
            return;
        }
        for (SignedCheckpoint known : notes.all()) {
            if (known.size() == told.size() && !known.checkpoint().root().equals(told.root())) {
                throw forked(known, under, "two roots of " + told.size() + " records");
            }
        }
    }

    /**
     * By what this peer shows. Where records lead from what is here to the checkpoint they show it themselves, unless an accepted one
     * lies between.
     */
    private void requireExtensionOfAccepted(PeerLink link, SignedCheckpoint under, boolean hasRecords)
            throws IOException {
        Optional<SignedCheckpoint> accepted = notes.accepted();
        if (accepted.isPresent() && accepted.get().size() > tree.size()) {
            requireExtension(link, accepted.get().checkpoint(), under);
        }
        if (!hasRecords && tree.size() > 0) {
            requireExtension(link, here(), under);
        }
    }

    private Digest root(long size) {
        return size == tree.size() ? tree.root() : tree.root(size);
    }

    private Checkpoint here() {
        return new Checkpoint(originKey.name(), tree.size(), tree.root());
    }

    private void requireExtension(PeerLink link, Checkpoint earlier, SignedCheckpoint later) throws IOException {
        if (earlier.size() >= later.size()) {
            return;
        }
        if (!isProven(link, earlier.size(), earlier.root(), later)) {
            throw refusedOrForked(link, later, "a checkpoint that is not shown to extend the one before");
        }
    }

    /** The tree is derived: before it is taken to contradict a signature it is made anew from the log, once. */
    private boolean isStillOther(Checkpoint told) throws IOException {
        if (!recomputed) {
            recomputed = true;
            tree.recompute(_ -> {});
        }
        return !root(told.size()).equals(told.root());
    }

    private List<LogRecord> decoded(PeerLink link, long from, RecordBatch batch) {
        try {
            return Delivered.records(batch);
        } catch (ArchiveException e) {
            throw refused(link, from, e.error() + ", " + e.subject(), batch.checkpoint());
        }
    }

    private void requireUnder(PeerLink link, SignedCheckpoint under, long from, List<LogRecord> records)
            throws IOException {
        Frontier grown = tree.frontier();
        records.forEach(record -> grown.append(MerkleHash.leaf(record.headerBytes()), Frontier.Completed.NOBODY));
        if (grown.size() > under.size()) {
            throw refused(link, from, "records beyond their checkpoint", Optional.of(under.note()));
        }
        boolean isUnder = grown.size() == under.size()
                ? grown.root().equals(under.checkpoint().root())
                : isProven(link, grown.size(), grown.root(), under);
        if (!isUnder) {
            throw refusedOrForked(link, under, "records that are not those under their checkpoint");
        }
    }

    private boolean isProven(PeerLink link, long size, Digest root, SignedCheckpoint later) {
        try {
            return Delivered.consistency(link, origin, size, later.size())
                    .proves(root, later.checkpoint().root());
        } catch (ArchiveException e) {
            if (e.error() == ArchiveError.INVALID_REQUEST) {
                return false;
            }
            throw e;
        }
    }

    private void append(long from, List<LogRecord> records) throws IOException {
        try {
            log.appendReplica(origin, new OriginPosition(from), records).join();
        } catch (CompletionException e) {
            if (!(e.getCause() instanceof ArchiveException refusal)) {
                throw e;
            }
            boolean isOrigins = refusal.error() == ArchiveError.CONFLICTING_STATE
                    || refusal.error() == ArchiveError.INVALID_REQUEST;
            if (isOrigins) {
                throw malformed(from, refusal);
            }
            throw new ArchiveException(refusal.error(), refusal.subject(), refusal);
        }
    }

    private ArchiveException refusedOrForked(PeerLink link, SignedCheckpoint under, String what) throws IOException {
        ForkProof proof = new ForkProof(tree, origin, link);
        for (SignedCheckpoint known : notes.verified()) {
            if (known.size() < under.size() && proof.shows(known.checkpoint(), under.checkpoint())) {
                return forked(known, under, "its tree at " + known.size() + " records has another root");
            }
        }
        return refused(link, tree.size(), what, Optional.of(under.note()));
    }

    private ArchiveException refused(PeerLink link, long from, String what, Optional<SignedNote> note) {
        refusals.record(link.peer(), origin, from, what, note);
        return new ArchiveException(ArchiveError.NOT_VERIFIED, what + ", given by site " + link.peer());
    }

    private ArchiveException forked(SignedCheckpoint known, SignedCheckpoint other, String shownBy) throws IOException {
        ForkEvidence evidence = new ForkEvidence(known.note(), other.note(), shownBy);
        files.writeFork(evidence);
        state = new Forked(evidence);
        LOGGER.error(
                "Site {} has signed two histories of its log ({}); nothing more of it is taken in", origin, shownBy);
        return new ArchiveException(ArchiveError.CONFLICTING_STATE, "two histories of " + origin + ": " + shownBy);
    }

    private ArchiveException malformed(long from, ArchiveException refusal) throws IOException {
        Malformed malformed = new Malformed(from, refusal.subject());
        files.writeMalformed(malformed);
        state = malformed;
        LOGGER.error("Site {} has signed what no log can hold ({}); nothing more of it is taken in", origin, malformed);
        return new ArchiveException(ArchiveError.CONFLICTING_STATE, malformed.what(), refusal);
    }

    /**
     * Asks a peer for the bodies of records whose headers are here alone, from a position on.
     *
     * @return position behind the last one that was looked at; {@code from} when the peer has none there
     * @throws ArchiveException as {@link #pull}
     */
    public OriginPosition fillBodies(PeerLink link, OriginPosition from) {
        RecordBatch batch = Delivered.batch(link, origin, from.value());
        List<LogRecord> given = decoded(link, from.value(), batch);
        long position = from.value();
        for (StoredRecord here : log.readOrigin(origin, from, given.size())) {
            LogRecord whole = given.get((int) (position - from.value()));
            if (!Arrays.equals(here.record().headerBytes(), whole.headerBytes())) {
                throw refused(link, position, "another record than the one here", batch.checkpoint());
            }
            if (here.record().isWithheld() && !whole.isWithheld()) {
                log.fillBody(origin, new OriginPosition(position), whole.body()).join();
            }
            position++;
        }
        return new OriginPosition(position);
    }

    /** From stored hashes, up to {@link #complete}. */
    ConsistencyProof consistency(long first, long second) {
        return tree.consistency(first, second);
    }

    @Override
    public void close() {
        turn.lock();
        try {
            tree.close();
        } finally {
            turn.unlock();
        }
    }
}
