package org.archipelago.federation.replica;

import java.util.List;
import java.util.Optional;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.checkpoint.Checkpoint;
import org.archipelago.federation.link.LinkRecord;
import org.archipelago.federation.link.PeerLink;
import org.archipelago.federation.merkle.Frontier;
import org.archipelago.federation.merkle.MerkleHash;
import org.archipelago.federation.tree.OriginTree;

/**
 * Tells an origin that has signed two histories from a peer that lies. A proof that does not hold says nothing of the origin: anybody
 * can make one. But a path that leads to the later, signed root binds its origin to an earlier one, whoever made it; if that is not the
 * one that was verified here, both are the origin's doing.
 */
final class ForkProof {
    private final OriginTree tree;
    private final SiteId origin;
    private final PeerLink link;

    ForkProof(OriginTree tree, SiteId origin, PeerLink link) {
        this.tree = tree;
        this.origin = origin;
        this.link = link;
    }

    /** Whether this peer can show that a larger checkpoint does not extend an accepted one. False also when it is silent. */
    boolean shows(Checkpoint accepted, Checkpoint larger) {
        try {
            return accepted.size() <= tree.size()
                    ? showsWithLeaves(accepted, larger)
                    : bound(accepted.size(), larger)
                            .filter(root -> !root.equals(accepted.root()))
                            .isPresent();
        } catch (ArchiveException _) {
            return false;
        }
    }

    /** What a checkpoint says, by this peer's path, of the root that its tree had at an earlier size. */
    private Optional<Digest> bound(long size, Checkpoint larger) {
        return Delivered.consistency(link, origin, size, larger.size()).firstRootUnder(larger.root());
    }

    /** The root of a complete tree is not in a path: then by the root one record before, and the last record itself. */
    private boolean showsWithLeaves(Checkpoint accepted, Checkpoint larger) {
        long size = accepted.size();
        if (Long.bitCount(size) != 1) {
            return bound(size, larger)
                    .filter(root -> !root.equals(accepted.root()))
                    .isPresent();
        }
        long before = size >= 4 ? size - 1 : 0;
        if (before > 0) {
            Optional<Digest> root = bound(before, larger);
            if (root.isEmpty() || !root.get().equals(tree.root(before))) {
                return root.isPresent();
            }
        }
        List<LinkRecord> records = Delivered.batch(link, origin, before).records();
        if (records.size() < size - before) {
            return false;
        }
        Frontier theirs = tree.frontier(before);
        records.subList(0, (int) (size - before))
                .forEach(record -> theirs.append(MerkleHash.leaf(record.header()), Frontier.Completed.NOBODY));
        return !theirs.root().equals(accepted.root())
                && Delivered.consistency(link, origin, size, larger.size()).proves(theirs.root(), larger.root());
    }
}
