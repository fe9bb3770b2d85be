package org.archipelago.federation.rejoin;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.federation.checkpoint.Checkpoint;
import org.archipelago.federation.checkpoint.Checkpoints;
import org.archipelago.federation.checkpoint.SignedCheckpoint;
import org.archipelago.federation.checkpoint.SigningState.Reason;
import org.archipelago.federation.link.PeerLink;
import org.archipelago.federation.merkle.Frontier;
import org.archipelago.federation.note.VerifierKey;
import org.archipelago.federation.rejoin.RejoinState.Confirmed;
import org.archipelago.federation.rejoin.RejoinState.Parted;
import org.archipelago.federation.rejoin.RejoinState.TakingBack;
import org.archipelago.federation.rejoin.RejoinState.Unconfirmed;
import org.archipelago.federation.replica.Delivered;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node with peers takes writes at once after any start, and signs nothing until a peer has shown its last checkpoint, and none that
 * answers, or has ever answered, a larger one. If peers hold more, which this site signed and its log has lost, that is taken back, verified by the site's own
 * signature. For one thread; {@link #state} for any.
 */
public final class Rejoin {
    private static final Logger LOGGER = LoggerFactory.getLogger(Rejoin.class);

    private final EventLog log;
    private final SiteId site;
    private final Checkpoints checkpoints;
    private final VerifierKey own;
    private final LostRecords lostRecords;
    private final SigningFloor floor;
    private final Set<SiteId> heard = ConcurrentHashMap.newKeySet();
    private volatile RejoinState state = new Unconfirmed();

    /** From now on nothing is signed until {@link #ask} has led to {@link Confirmed}. For a site that has peers. */
    public Rejoin(
            EventLog log, Checkpoints checkpoints, VerifierKey own, LostRecords.Claims claims, SigningFloor floor) {
        this.floor = floor;
        this.log = log;
        this.site = log.site();
        this.checkpoints = checkpoints;
        this.own = own;
        this.lostRecords = new LostRecords(log, checkpoints, claims);
        checkpoints.withholdFor(Reason.NOT_CONFIRMED);
    }

    public RejoinState state() {
        return state;
    }

    /**
     * Asks every peer, and takes back what they hold. To be called again until it is confirmed, and now and then after: that somebody else
     * signs as this site shows here, too.
     */
    public RejoinState ask(Collection<? extends PeerLink> peers) {
        List<SeenOfUs> seen = peers.stream()
                .flatMap(link -> SeenOfUs.by(link, site, own).stream())
                .sorted(Comparator.comparingLong(SeenOfUs::size).reversed())
                .toList();
        RejoinState concluded = conclude(seen);
        seen.forEach(one -> heard.add(one.link().peer()));
        return concluded;
    }

    /** Whether it has shown what it has seen of this site, and that was a beginning of this log. */
    public boolean agreesWith(SiteId peer) {
        return heard.contains(peer)
                && switch (state) {
                    case Unconfirmed _, Confirmed _ -> true;
                    case TakingBack _, Parted _ -> false;
                };
    }

    private RejoinState conclude(List<SeenOfUs> seen) {
        long signed = checkpoints.latest().map(SignedCheckpoint::size).orElse(0L);
        remember(seen, signed);
        Checkpoint here = checkpoints.here();
        for (SeenOfUs one : seen) {
            if (one.size() <= here.size()
                    && one.checkpoint().filter(this::isOther).isPresent()) {
                state = parted(
                        one.checkpoint().orElseThrow(),
                        firstDifference(one.link(), one.checkpoint().orElseThrow())
                                .orElse(0L));
                return state;
            }
        }
        Optional<SignedCheckpoint> once = floor.seen().filter(one -> one.size() <= here.size() && isOther(one));
        if (once.isPresent()) {
            state = parted(once.get(), signed);
            return state;
        }
        if (!seen.isEmpty() && seen.getFirst().size() >= signed) {
            state = by(seen.getFirst(), here);
        }
        return state;
    }

    /** Durably, before anything is concluded from it: who has shown it may be gone by the next start. */
    private void remember(List<SeenOfUs> seen, long signed) {
        for (SeenOfUs one : seen) {
            one.checkpoint().filter(shown -> shown.size() > signed).ifPresent(floor::raise);
            floor.heard(one.link().peer());
        }
    }

    /** This site's own signature says so: nobody has to show it. */
    private boolean isOther(SignedCheckpoint seen) {
        return !checkpoints.root(seen.size()).equals(seen.checkpoint().root());
    }

    /** By a checkpoint of this site that is not smaller than what it knows to have signed. */
    private RejoinState by(SeenOfUs seen, Checkpoint here) {
        if (seen.checkpoint().isEmpty()) {
            return confirmed();
        }
        SignedCheckpoint lost = seen.checkpoint().get();
        if (lost.size() <= here.size()) {
            return restored(lost);
        }
        checkpoints.withholdFor(Reason.PEERS_HOLD_MORE);
        try {
            return takenBack(seen, here);
        } catch (ArchiveException e) {
            LOGGER.warn("What peers hold of this site's log could not be taken back; this is tried again", e);
            return new TakingBack(lost.size());
        }
    }

    private RejoinState restored(SignedCheckpoint lost) {
        checkpoints.restore(lost);
        return confirmed();
    }

    private RejoinState confirmed() {
        if (floor.size() > checkpoints.here().size()) {
            checkpoints.withholdFor(Reason.PEERS_HOLD_MORE);
            return new TakingBack(floor.size());
        }
        if (!floor.awaited().isEmpty()) {
            checkpoints.withholdFor(Reason.NOT_CONFIRMED);
            return new Unconfirmed();
        }
        checkpoints.confirmed();
        return new Confirmed();
    }

    private RejoinState takenBack(SeenOfUs seen, Checkpoint here) {
        SignedCheckpoint lost = seen.checkpoint().orElseThrow();
        PeerLink link = seen.link();
        boolean isBeginning = Delivered.consistency(link, site, here.size(), lost.size())
                .proves(here.root(), lost.checkpoint().root());
        if (!isBeginning) {
            // That a peer gives a wrong proof is not enough: it has to show where.
            return firstDifference(link, lost)
                    .map(common -> parted(lost, common))
                    .orElseGet(() -> new TakingBack(lost.size()));
        }
        lostRecords.takeBack(link, lost);
        LOGGER.warn("{} records were taken back from site {}", lost.size() - here.size(), link.peer());
        return restored(lost);
    }

    private RejoinState parted(SignedCheckpoint seen, long common) {
        boolean known = state instanceof Parted;
        checkpoints.withholdFor(Reason.TAIL_PARTED);
        if (!known) {
            LOGGER.error(
                    "This log parts, at record {} at the latest, from what this site has signed and peers have seen: {} records",
                    common,
                    seen.size());
        }
        return new Parted(common, seen.note());
    }

    /** From what this site knows to have signed on, or else from the beginning. Empty when the peer does not give what its note is about. */
    private Optional<Long> firstDifference(PeerLink link, SignedCheckpoint other) {
        long signed = checkpoints.latest().map(SignedCheckpoint::size).orElse(0L);
        Optional<Long> found = firstDifference(link, other, Math.min(signed, other.size()));
        return found.isPresent() || signed == 0 ? found : firstDifference(link, other, 0);
    }

    private Optional<Long> firstDifference(PeerLink link, SignedCheckpoint other, long start) {
        long from = start;
        Frontier grown = checkpoints.frontier(from);
        try {
            while (from < other.size()) {
                List<LogRecord> theirs = lostRecords.verified(link, other, grown, from);
                List<StoredRecord> ours = log.readOrigin(site, new OriginPosition(from), theirs.size());
                for (int i = 0; i < theirs.size(); i++) {
                    if (i >= ours.size() || !isSame(theirs.get(i), ours.get(i))) {
                        return Optional.of(from + i);
                    }
                }
                from += theirs.size();
            }
        } catch (ArchiveException e) {
            LOGGER.debug("Site {} does not show where its history of this site differs", link.peer(), e);
        }
        return Optional.empty();
    }

    private static boolean isSame(LogRecord theirs, StoredRecord ours) {
        return Arrays.equals(theirs.headerBytes(), ours.record().headerBytes());
    }
}
