package org.archipelago.federation.merkle;

import java.util.List;
import java.util.Optional;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;

/**
 * That a tree begins with all the leaves of an earlier one (RFC 9162 §2.1.4). Of the tree without leaves, and of a tree with
 * itself, the path is empty.
 *
 * @param first size of the earlier tree in leaves
 * @param second size of the later tree, not below the first and at most {@link TreeSize#MAX}
 */
public record ConsistencyProof(long first, long second, List<Digest> path) {
    /** @throws ArchiveException INVALID_REQUEST when the sizes are not in order, or the path is too long */
    public ConsistencyProof {
        TreeSize.require(first >= 0 && first <= second && second <= TreeSize.MAX, "sizes of a consistency proof");
        TreeSize.require(path.size() <= TreeSize.MAX_PATH_HASHES, "path of a consistency proof");
        path = List.copyOf(path);
    }

    /** Whether it leads to both roots. A path that is too long or too short leads nowhere. RFC 9162 §2.1.4.2. */
    public boolean proves(Digest firstRoot, Digest secondRoot) {
        if (first == second) {
            return path.isEmpty() && firstRoot.equals(secondRoot);
        }
        if (first == 0) {
            return path.isEmpty() && firstRoot.equals(MerkleHash.EMPTY_ROOT);
        }
        boolean complete = TreeSize.isPowerOfTwo(first);
        if (path.isEmpty()) {
            return false;
        }
        Digest start = complete ? firstRoot : path.getFirst();
        return leadsToBoth(start, complete ? path : path.subList(1, path.size()), firstRoot, secondRoot);
    }

    /**
     * The root that the earlier tree must have had, if the later one has this root: who signed that has said so, whoever made the path.
     * Empty when the path does not lead there, and when it does not tell: the root of a complete tree is not in it.
     */
    public Optional<Digest> firstRootUnder(Digest secondRoot) {
        if (first == 0 || first == second || TreeSize.isPowerOfTwo(first) || path.isEmpty()) {
            return Optional.empty();
        }
        return roots(path.getFirst(), path.subList(1, path.size()))
                .filter(roots -> roots.later().equals(secondRoot))
                .map(Roots::earlier);
    }

    private boolean leadsToBoth(Digest start, List<Digest> rest, Digest firstRoot, Digest secondRoot) {
        return roots(start, rest)
                .filter(roots ->
                        roots.earlier().equals(firstRoot) && roots.later().equals(secondRoot))
                .isPresent();
    }

    private record Roots(Digest earlier, Digest later) {}

    /**
     * Where a path leads; empty when it is too long or too short.
     *
     * @param start hash of the largest complete subtree that ends the earlier tree
     */
    private Optional<Roots> roots(Digest start, List<Digest> rest) {
        int level = Long.numberOfTrailingZeros(first);
        long node = (first - 1) >> level;
        long last = (second - 1) >> level;
        Digest earlier = start;
        Digest later = start;
        for (Digest hash : rest) {
            if (last == 0) {
                return Optional.empty();
            }
            if ((node & 1) == 1 || node == last) {
                earlier = MerkleHash.node(hash, earlier);
                later = MerkleHash.node(hash, later);
                int up = Long.numberOfTrailingZeros(node);
                node >>= up;
                last >>= up;
            } else {
                later = MerkleHash.node(later, hash);
            }
            node >>= 1;
            last >>= 1;
        }
        return last == 0 ? Optional.of(new Roots(earlier, later)) : Optional.empty();
    }
}
