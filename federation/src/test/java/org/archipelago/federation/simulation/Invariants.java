package org.archipelago.federation.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.Digest;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.federation.checkpoint.SignedCheckpoint;
import org.archipelago.federation.merkle.MerkleHash;
import org.archipelago.federation.rejoin.RejoinState;
import org.archipelago.federation.replica.Replica;
import org.archipelago.federation.replica.ReplicaState;

/** What must hold of any run, as somebody sees it who knows everything. */
final class Invariants {
    /** What each history of a site has signed: hashes of the headers that were under its largest checkpoint. */
    private final Map<SimSite, List<Digest>> signed = new HashMap<>();

    private final Map<SimSite, Set<RecordId>> acknowledged = new HashMap<>();

    private final Set<SimSite> restored = new HashSet<>();
    private final Set<SimSite> lostSignatures = new HashSet<>();

    /** A violation of what the design promises. */
    static final class Violation extends AssertionError {
        private static final long serialVersionUID = 1L;

        Violation(String what) {
            super(what);
        }
    }

    void acknowledged(SimSite site, RecordId record) {
        acknowledged.computeIfAbsent(site, _ -> new HashSet<>()).add(record);
    }

    /**
     * A site's disk was put back to an earlier time. What nobody else has is lost, and no violation; that it had been signed may become
     * one history too many for who has only heard of it.
     */
    void restored(SimSite site, List<SimSite> sites) {
        restored.add(site);
        List<Digest> known = signed.getOrDefault(site, new ArrayList<>());
        int held = own(site).size();
        for (SimSite other : sites) {
            held = other == site ? held : Math.max(held, visible(other, site).size());
        }
        if (held < known.size()) {
            lostSignatures.add(site);
            known.subList(held, known.size()).clear();
        }
        Set<RecordId> there = new HashSet<>();
        site.durable().forEach(stored -> there.add(stored.record().header().id()));
        acknowledged.getOrDefault(site, new HashSet<>()).retainAll(there);
    }

    /**
     * A site has been confirmed. One peer is enough by design: if another one that could not be reached, or was not heard, holds more than
     * the backup had, the site may now sign a second history, and that one will notice.
     *
     * @return whether it is so
     */
    boolean confirmedBesideAnother(SimSite site, List<SimSite> sites) {
        List<Digest> own = own(site);
        boolean beside = restored.contains(site)
                && sites.stream().filter(other -> other != site).anyMatch(other -> {
                    List<Digest> theirs = visible(other, site);
                    return theirs.size() > own.size()
                            || !own.subList(0, theirs.size()).equals(theirs);
                });
        if (beside) {
            lostSignatures.add(site);
        }
        return beside;
    }

    private static List<Digest> own(SimSite site) {
        return visible(site, site);
    }

    private static List<Digest> visible(SimSite site, SimSite origin) {
        return site.durable().stream()
                .filter(stored -> stored.record().header().origin().equals(origin.id()))
                .map(stored -> MerkleHash.leaf(stored.record().headerBytes()))
                .toList();
    }

    /** After each time that a site may have signed. */
    void noteSigned(SimSite site) {
        if (site.node().isEmpty()) {
            return;
        }
        Optional<SignedCheckpoint> latest = site.running().checkpoints.latest();
        long size = latest.map(SignedCheckpoint::size).orElse(0L);
        List<Digest> known = signed.computeIfAbsent(site, _ -> new ArrayList<>());
        List<StoredRecord> own =
                site.running().log.readOrigin(site.id(), new OriginPosition(known.size()), Integer.MAX_VALUE);
        for (StoredRecord stored : own) {
            if (stored.originPosition().value() < size) {
                known.add(MerkleHash.leaf(stored.record().headerBytes()));
            }
        }
    }

    /** Nothing that its origin has not signed can be read anywhere. */
    void check(List<SimSite> sites) {
        for (SimSite site : sites) {
            for (SimSite origin : sites) {
                if (!origin.id().equals(site.id())) {
                    requireSigned(site, origin);
                }
            }
        }
    }

    private void requireSigned(SimSite site, SimSite origin) {
        List<Digest> visible = visible(site, origin);
        boolean isSigned = origin.histories().stream()
                .map(history -> signed.getOrDefault(history, List.of()))
                .anyMatch(history -> visible.size() <= history.size()
                        && history.subList(0, visible.size()).equals(visible));
        if (!isSigned) {
            throw new Violation(site.id() + " shows records of " + origin.id() + " that it has not signed");
        }
    }

    /** No crash has taken away what was acknowledged. */
    void checkAcknowledged(List<SimSite> sites) {
        for (SimSite site : sites) {
            Set<RecordId> there = new HashSet<>();
            site.durable().forEach(stored -> there.add(stored.record().header().id()));
            if (!there.containsAll(acknowledged.getOrDefault(site, Set.of()))) {
                throw new Violation(site.id() + " has lost what it had acknowledged");
            }
        }
    }

    /** Once every fault has ended: all is everywhere, or the fork is known everywhere. */
    void checkConverged(List<SimSite> sites) {
        for (SimSite site : sites) {
            for (Replica replica : site.running().replicas.values()) {
                SimSite origin = sites.stream()
                        .filter(other -> other.id().equals(replica.origin()))
                        .findFirst()
                        .orElseThrow();
                if (haveParted(origin)) {
                    requireForked(site, replica);
                } else {
                    requireSame(site, replica, origin);
                }
            }
        }
    }

    /** Whether two histories of a site have each signed what the other has not. */
    private boolean haveParted(SimSite origin) {
        if (origin.twin().isEmpty()) {
            return false;
        }
        List<Digest> one = signed.getOrDefault(origin, List.of());
        List<Digest> other = signed.getOrDefault(origin.twin().get(), List.of());
        int common = Math.min(one.size(), other.size());
        return !one.subList(0, common).equals(other.subList(0, common));
    }

    private static void requireForked(SimSite site, Replica replica) {
        if (!(replica.state() instanceof ReplicaState.Forked)) {
            throw new Violation(site.id() + " has not noticed that " + replica.origin() + " has signed two histories");
        }
    }

    private void requireSame(SimSite site, Replica replica, SimSite origin) {
        if (!(replica.state() instanceof ReplicaState.Following)) {
            if (lostSignatures.contains(origin) && replica.state() instanceof ReplicaState.Forked) {
                return;
            }
            throw new Violation(
                    site.id() + " has stopped at " + replica.origin() + ", which is honest: " + replica.state());
        }
        int largest = origin.histories().stream()
                .mapToInt(history -> signed.getOrDefault(history, List.of()).size())
                .max()
                .orElse(0);
        if (replica.size() != largest && !lostSignatures.contains(origin)) {
            throw new Violation(site.id() + " has " + replica.size() + " records of " + replica.origin()
                    + ", which has signed " + largest);
        }
        boolean isConfirmed = origin.running().rejoin.state() instanceof RejoinState.Confirmed;
        boolean hasAllBack = own(origin).size() >= replica.size()
                && own(origin).subList(0, (int) replica.size()).equals(visible(site, origin));
        if (isConfirmed && origin.twin().isEmpty() && !hasAllBack) {
            throw new Violation(
                    origin.id() + " signs, and has not what it had signed before and " + site.id() + " holds");
        }
        if (!isConfirmed && !restored.contains(origin) && origin.twin().isEmpty()) {
            throw new Violation(origin.id() + " was not confirmed: "
                    + origin.running().rejoin.state());
        }
    }
}
