package org.archipelago.federation.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.eventstore.EventLog;
import org.archipelago.federation.checkpoint.SigningState.Reason;
import org.archipelago.federation.checkpoint.SigningState.Signing;
import org.archipelago.federation.checkpoint.SigningState.Withheld;
import org.archipelago.federation.disk.DurableFile;
import org.archipelago.federation.follow.LogFollower;
import org.archipelago.federation.identity.SiteIdentity;
import org.archipelago.federation.merkle.ConsistencyProof;
import org.archipelago.federation.merkle.Frontier;
import org.archipelago.federation.tree.OriginTree;
import org.archipelago.federation.tree.Recomputed;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A site's checkpoints of its own log. Each is durable before anybody gets it, is larger than the one before and is shown, by a
 * consistency proof, to extend it; else nothing is signed and {@link #state} says why. Thread-safe.
 */
public final class Checkpoints implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Checkpoints.class);

    private final SiteIdentity identity;
    private final OriginTree tree;
    private final CheckpointFile file;
    private final ReentrantLock turn = new ReentrantLock();
    private final LogFollower follower;
    private final CheckpointProofs proofs;
    private volatile Optional<SignedCheckpoint> latest = Optional.empty();
    private volatile SigningState state = new Signing();
    private boolean unreadable;
    private Optional<Reason> unconfirmed = Optional.empty();
    private boolean recomputed;

    private Checkpoints(EventLog log, SiteIdentity identity, OriginTree tree, CheckpointFile file, Duration interval) {
        this.identity = identity;
        this.tree = tree;
        this.file = file;
        this.follower = new LogFollower("checkpoints", log, interval, this::advanceQuietly);
        this.proofs = new CheckpointProofs(tree, this::latest, this::recomputeOnce);
    }

    /**
     * @param directory of these checkpoints and their tree; made when it is not there
     * @param interval that at least lies between two checkpoints once {@link #start} was called
     * @throws IllegalArgumentException the log is another site's
     */
    public static Checkpoints open(Path directory, EventLog log, SiteIdentity identity, Duration interval)
            throws IOException {
        if (!log.site().equals(identity.site())) {
            throw new IllegalArgumentException("the log is of " + log.site() + ", not of " + identity.site());
        }
        DurableFile.createDirectories(directory);
        OriginTree tree = OriginTree.open(directory.resolve("tree"), log, identity.site());
        try {
            Checkpoints checkpoints = new Checkpoints(log, identity, tree, new CheckpointFile(directory), interval);
            checkpoints.readLatest();
            return checkpoints;
        } catch (IOException | RuntimeException e) {
            tree.close();
            throw e;
        }
    }

    private void readLatest() throws IOException {
        try {
            latest = file.read(identity.verifierKey());
        } catch (ArchiveException e) {
            LOGGER.error("The last checkpoint cannot be read: {}", e.getMessage());
            unreadable = true;
            withhold(Reason.LAST_CHECKPOINT_UNREADABLE);
        }
    }

    /** From now on follows the log by itself. */
    public void start() {
        follower.start();
    }

    /**
     * Nothing is signed from now on for this reason, until {@link #confirmed}. A site that has peers calls this before {@link #start}: its log
     * may be an older one.
     */
    public void withholdFor(Reason reason) {
        turn.lock();
        try {
            unconfirmed = Optional.of(reason);
            withhold(reason);
        } finally {
            turn.unlock();
        }
    }

    /** This site has signed nothing larger than its latest, as far as peers have seen: it may sign on. */
    public void confirmed() {
        turn.lock();
        try {
            unconfirmed = Optional.empty();
        } finally {
            turn.unlock();
        }
    }

    /**
     * Takes one that this site signed and has lost for its latest, durably, if it is larger.
     *
     * @throws ArchiveException NOT_VERIFIED when the log is not the one that it states
     */
    public void restore(SignedCheckpoint lost) {
        turn.lock();
        try {
            takeIn();
            boolean isOurs =
                    lost.checkpoint().origin().equals(identity.verifierKey().name())
                            && lost.size() <= tree.size()
                            && tree.root(lost.size()).equals(lost.checkpoint().root());
            if (!isOurs) {
                throw new ArchiveException(ArchiveError.NOT_VERIFIED, "checkpoint of another log than this");
            }
            if (lost.size() > signedSize()) {
                file.write(lost);
                latest = Optional.of(lost);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            turn.unlock();
        }
    }

    /** Size of the log as far as its tree has come, and the root. For who compares it with what peers hold. */
    public Checkpoint here() {
        turn.lock();
        try {
            takeIn();
            return new Checkpoint(identity.verifierKey().name(), tree.size(), tree.root());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            turn.unlock();
        }
    }

    /** @throws ArchiveException INVALID_REQUEST when the log has not been as large */
    public Digest root(long size) {
        return tree.root(size);
    }

    /** What grows from an earlier size of the log, without it growing. */
    public Frontier frontier(long size) {
        return tree.frontier(size);
    }

    /** The last one that was signed, also by an earlier run. */
    public Optional<SignedCheckpoint> latest() {
        return latest;
    }

    public SigningState state() {
        return state;
    }

    /**
     * Takes in what the log has now, and signs it if it is more than was signed. Empty while the log is.
     *
     * @throws ArchiveException SIGNING_WITHHELD with what {@link #state} says
     */
    public Optional<SignedCheckpoint> advance() {
        turn.lock();
        try {
            boolean whole = takeIn();
            Optional<Reason> reason = reasonNotToSign();
            if (reason.isEmpty() && tree.size() > signedSize()) {
                sign();
            }
            reason = whole || unreadable ? reason : Optional.of(Reason.RECORD_DAMAGED);
            reason.ifPresentOrElse(this::withhold, this::resume);
        } catch (IOException e) {
            LOGGER.error("No checkpoint could be stored", e);
            withhold(Reason.NOT_STORED);
        } finally {
            turn.unlock();
        }
        if (state instanceof Withheld withheld) {
            throw new ArchiveException(ArchiveError.SIGNING_WITHHELD, withheld.sentence());
        }
        return latest;
    }

    /** @return false when a damaged record is in the way of the rest */
    private boolean takeIn() throws IOException {
        try {
            tree.advance();
            return true;
        } catch (ArchiveException e) {
            if (e.error() != ArchiveError.CORRUPT) {
                throw e;
            }
            return false;
        }
    }

    private Optional<Reason> reasonNotToSign() {
        if (unreadable) {
            return Optional.of(Reason.LAST_CHECKPOINT_UNREADABLE);
        }
        if (unconfirmed.isPresent()) {
            return unconfirmed;
        }
        if (tree.size() < signedSize()) {
            return Optional.of(Reason.LOG_IS_SHORTER);
        }
        return extendsLatest() ? Optional.empty() : Optional.of(Reason.LOG_DIFFERS);
    }

    /** The tree is derived: before it is taken to contradict what was signed, it is made anew from the log, once. */
    private boolean extendsLatest() {
        if (latest.isEmpty() || isExtensionOf(latest.get().checkpoint())) {
            return true;
        }
        recomputeOnce();
        return isExtensionOf(latest.get().checkpoint());
    }

    private boolean isExtensionOf(Checkpoint earlier) {
        return tree.consistency(earlier.size(), tree.size()).proves(earlier.root(), tree.root());
    }

    private void sign() throws IOException {
        Checkpoint checkpoint = new Checkpoint(identity.verifierKey().name(), tree.size(), tree.root());
        SignedCheckpoint signed = SignedCheckpoint.sign(checkpoint, identity.signer());
        file.write(signed);
        latest = Optional.of(signed);
    }

    private void withhold(Reason reason) {
        Withheld next = new Withheld(reason, tree.size(), signedSize());
        boolean known = state instanceof Withheld withheld && withheld.reason() == reason;
        state = next;
        if (!known && reason == Reason.NOT_CONFIRMED) {
            LOGGER.info("No checkpoint is signed yet: peers are asked what they have seen of this site");
        } else if (!known) {
            LOGGER.error("No checkpoint is signed. {}", next.sentence());
        }
    }

    private void resume() {
        if (state instanceof Withheld) {
            LOGGER.warn("Checkpoints are signed again, from {} records on", tree.size());
        }
        state = new Signing();
    }

    private long signedSize() {
        return latest.map(SignedCheckpoint::size).orElse(0L);
    }

    /** Throws what is worth another try without a new record. */
    private void advanceQuietly() {
        try {
            advance();
        } catch (ArchiveException e) {
            boolean mayPass = state instanceof Withheld withheld && withheld.reason() == Reason.NOT_STORED;
            if (e.error() != ArchiveError.SIGNING_WITHHELD || mayPass) {
                throw e;
            }
        }
    }

    /** Proofs that lead to the latest one. */
    public CheckpointProofs proofs() {
        return proofs;
    }

    /**
     * From stored hashes, to be verified by who gets it.
     *
     * @throws ArchiveException INVALID_REQUEST when there are no such sizes
     */
    public ConsistencyProof consistency(long first, long second) {
        return tree.consistency(first, second);
    }

    private void recomputeOnce() {
        turn.lock();
        try {
            if (!recomputed) {
                recomputed = true;
                recompute();
            }
        } finally {
            turn.unlock();
        }
    }

    /** Proves all of the stored tree by the log, and mends it. Reads the whole log; no checkpoint is signed meanwhile. */
    public Recomputed recompute() {
        turn.lock();
        try {
            return tree.recompute(_ -> {});
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            turn.unlock();
        }
    }

    @Override
    public void close() {
        follower.close();
        turn.lock();
        try {
            tree.close();
        } finally {
            turn.unlock();
        }
    }
}
