package org.archipelago.federation.checkpoint;

import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.federation.checkpoint.SigningState.Reason;
import org.archipelago.federation.checkpoint.SigningState.Withheld;
import org.archipelago.federation.merkle.ConsistencyProof;
import org.archipelago.federation.merkle.InclusionProof;
import org.archipelago.federation.tree.OriginTree;

/**
 * Proofs that lead to a site's latest checkpoint. Who asks names positions and sizes, never roots: so a proof that fails means
 * that the stored tree is damaged, and nobody else can have it made anew. Thread-safe.
 */
public final class CheckpointProofs {
    private final OriginTree tree;
    private final Supplier<Optional<SignedCheckpoint>> latest;
    private final Runnable recomputeOnce;

    CheckpointProofs(OriginTree tree, Supplier<Optional<SignedCheckpoint>> latest, Runnable recomputeOnce) {
        this.tree = tree;
        this.latest = latest;
        this.recomputeOnce = recomputeOnce;
    }

    /**
     * That a record is under the latest checkpoint. It was verified before it is returned.
     *
     * @param leaf hash of the record's header
     * @throws ArchiveException NOT_FOUND when no checkpoint reaches it; SIGNING_WITHHELD when the log is shorter than the latest; CORRUPT
     *     when the record is not the one that was signed
     */
    public SignedInclusion inclusion(OriginPosition position, Digest leaf) {
        SignedCheckpoint under = provable(position.value() + 1);
        Digest root = under.checkpoint().root();
        InclusionProof proof =
                verified(() -> tree.inclusion(position.value(), under.size()), made -> made.proves(leaf, root));
        return new SignedInclusion(proof, under);
    }

    /**
     * That the latest checkpoint extends an earlier state of the log. It was verified before it is returned.
     *
     * @param first size of the earlier tree
     * @throws ArchiveException NOT_FOUND when no checkpoint is as large; SIGNING_WITHHELD when the log is shorter than the latest; CORRUPT
     *     when the log is not the one that was signed
     */
    public SignedConsistency consistency(long first) {
        SignedCheckpoint under = provable(first);
        Digest root = under.checkpoint().root();
        ConsistencyProof proof =
                verified(() -> tree.consistency(first, under.size()), made -> made.proves(tree.root(first), root));
        return new SignedConsistency(proof, under);
    }

    private SignedCheckpoint provable(long size) {
        SignedCheckpoint under = latest.get()
                .filter(signed -> size <= signed.size())
                .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "checkpoint of " + size + " records"));
        if (under.size() > tree.size()) {
            throw new ArchiveException(
                    ArchiveError.SIGNING_WITHHELD,
                    new Withheld(Reason.LOG_IS_SHORTER, tree.size(), under.size()).sentence());
        }
        return under;
    }

    private <P> P verified(Supplier<P> proof, Predicate<P> proves) {
        P made = proof.get();
        if (!proves.test(made)) {
            recomputeOnce.run();
            made = proof.get();
        }
        if (!proves.test(made)) {
            throw new ArchiveException(ArchiveError.CORRUPT, "log, which is not as it was signed");
        }
        return made;
    }
}
