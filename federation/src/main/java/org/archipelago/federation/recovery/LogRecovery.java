package org.archipelago.federation.recovery;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.checkpoint.Checkpoint;
import org.archipelago.federation.checkpoint.Checkpoints;
import org.archipelago.federation.checkpoint.SignedCheckpoint;
import org.archipelago.federation.link.PeerLink;
import org.archipelago.federation.note.VerifierKey;
import org.archipelago.federation.rejoin.LostRecords;
import org.archipelago.federation.rejoin.SeenOfUs;
import org.archipelago.federation.rejoin.SigningFloor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A site's own log, from its peers: up to the largest checkpoint of this site for which any that answers has the records, each batch verified
 * under this site's own signature before it is written. May be ended at any point and run again: it goes on where the log ends. For one
 * thread.
 */
public final class LogRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(LogRecovery.class);

    private final SiteId site;
    private final Checkpoints checkpoints;
    private final VerifierKey own;
    private final LostRecords records;
    private final SigningFloor floor;

    /**
     * @param own key of this site
     * @param floor raised to whatever a peer shows
     */
    public LogRecovery(SiteId site, Checkpoints checkpoints, VerifierKey own, LostRecords records, SigningFloor floor) {
        this.site = site;
        this.checkpoints = checkpoints;
        this.own = own;
        this.records = records;
        this.floor = floor;
    }

    /**
     * What peers have seen of this site.
     *
     * @param largest that any who ever answered knew of; its records need not be anywhere any more
     * @param served what each can give the records of, the largest first
     * @param heard who has shown all that it has seen of this site
     */
    public record Known(Optional<SignedCheckpoint> largest, List<Served> served, Set<SiteId> heard) {}

    /** A peer, and the largest checkpoint of this site all of whose records it has. */
    public record Served(PeerLink link, SignedCheckpoint checkpoint) {}

    /** @throws ArchiveException PEER_UNAVAILABLE when none of them answers */
    public Known ask(Collection<? extends PeerLink> peers) {
        List<Served> served = new ArrayList<>();
        Set<SiteId> heard = new HashSet<>();
        Optional<ArchiveException> silent = Optional.empty();
        boolean anyAnswers = false;
        for (PeerLink link : peers) {
            try {
                served(link).ifPresent(checkpoint -> served.add(new Served(link, checkpoint)));
                SeenOfUs.by(link, site, own).ifPresent(seen -> {
                    seen.checkpoint().ifPresent(floor::raise);
                    heard.add(link.peer());
                });
                anyAnswers = true;
            } catch (ArchiveException e) {
                LOG.warn("site {} tells nothing of this site: {}", link.peer(), e.getMessage());
                silent = Optional.of(e);
            }
        }
        if (!anyAnswers && silent.isPresent()) {
            throw silent.get();
        }
        served.forEach(one -> floor.raise(one.checkpoint()));
        served.sort(Comparator.comparingLong((Served one) -> one.checkpoint().size())
                .reversed());
        return new Known(floor.seen(), served, heard);
    }

    private Optional<SignedCheckpoint> served(PeerLink link) {
        try {
            return link.checkpoint(site).map(note -> SignedCheckpoint.verify(note, own));
        } catch (ArchiveException e) {
            if (e.error() != ArchiveError.NOT_FOUND) {
                throw e;
            }
            return Optional.empty();
        }
    }

    /**
     * Where one peer fails or lies, the next goes on, and then who failed and has more is asked again. It does not end with less than a peer
     * has that only stopped answering: what this site then recorded would part from what it had signed. Who gives what is not true has
     * nothing; what it has shown a signature of stays known.
     *
     * @return the largest checkpoint all of whose records are here now
     * @throws ArchiveException NOT_FOUND when nobody has records of this site; CONFLICTING_STATE when it has signed two histories; else
     *     why one that has more could not give it
     */
    public SignedCheckpoint takeBack(Known known) {
        List<Served> mayComeYet = new ArrayList<>();
        Optional<ArchiveException> lie = Optional.empty();
        Optional<SignedCheckpoint> taken = Optional.empty();
        for (Served one : known.served()) {
            try {
                taken = Optional.of(takeBack(one, known));
                break; // the others have no more
            } catch (ArchiveException e) {
                if (isLie(e)) {
                    lie = Optional.of(e);
                } else {
                    mayComeYet.add(one);
                }
            }
        }
        if (!mayComeYet.isEmpty()) {
            return takeBack(mayComeYet.getFirst(), known); // it has more than what was taken
        }
        Optional<ArchiveException> failure = lie;
        return taken.orElseThrow(() -> failure.orElseGet(
                () -> new ArchiveException(ArchiveError.NOT_FOUND, "records of this site at its peers")));
    }

    private SignedCheckpoint takeBack(Served one, Known known) {
        try {
            if (one.checkpoint().size() > checkpoints.here().size()) {
                records.takeBack(one.link(), one.checkpoint());
            }
        } catch (ArchiveException e) {
            LOG.warn(
                    "the log could not be taken back from site {}: {}",
                    one.link().peer(),
                    e.getMessage());
            throw e;
        }
        requireSameHistory(known);
        checkpoints.restore(one.checkpoint());
        return one.checkpoint();
    }

    /** Whether it is of no use to ask that peer again. */
    private static boolean isLie(ArchiveException failure) {
        return switch (failure.error()) {
            case CONFLICTING_STATE -> throw failure;
            case NOT_VERIFIED, CORRUPT, PEER_MISBEHAVED, REQUEST_TOO_LARGE, INVALID_REQUEST -> true;
            default -> false;
        };
    }

    private void requireSameHistory(Known known) {
        Checkpoint here = checkpoints.here();
        List<SignedCheckpoint> all = new ArrayList<>(known.largest().stream().toList());
        known.served().forEach(one -> all.add(one.checkpoint()));
        for (SignedCheckpoint seen : all) {
            boolean isOther = seen.size() <= here.size()
                    && !checkpoints.root(seen.size()).equals(seen.checkpoint().root());
            if (isOther) {
                throw new ArchiveException(
                        ArchiveError.CONFLICTING_STATE,
                        "two histories that this site has signed, which part before record " + seen.size());
            }
        }
    }
}
