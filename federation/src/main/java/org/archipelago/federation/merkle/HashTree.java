package org.archipelago.federation.merkle;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;

/**
 * A tree that only grows, and remembers the hash of every complete subtree; root and proofs of each size that it has had follow
 * from these. Proofs read at most two hashes a level.
 */
public interface HashTree {
    /** How many leaves it has. */
    long size();

    /**
     * Hash of the complete subtree over the leaves from {@code index << level} on, {@code 1 << level} of them. All of them MUST be
     * below {@link #size()}.
     */
    Digest subtree(int level, long index);

    /**
     * Root when it had this many leaves.
     *
     * @throws ArchiveException INVALID_REQUEST when it has not
     */
    default Digest root(long size) {
        TreeSize.require(size >= 0 && size <= size(), "size of a tree");
        return size == 0 ? MerkleHash.EMPTY_ROOT : range(0, size);
    }

    /**
     * RFC 9162 §2.1.3.1.
     *
     * @throws ArchiveException INVALID_REQUEST when it has not this many leaves, or there is no such leaf
     */
    default InclusionProof inclusion(long index, long size) {
        TreeSize.require(size <= size() && index >= 0 && index < size, "index or size of an inclusion proof");
        List<Digest> down = new ArrayList<>();
        long start = 0;
        for (long leaves = size; leaves > 1; ) {
            long left = TreeSize.left(leaves);
            if (index - start < left) {
                down.add(range(start + left, leaves - left));
                leaves = left;
            } else {
                down.add(range(start, left));
                start += left;
                leaves -= left;
            }
        }
        Collections.reverse(down);
        return new InclusionProof(index, size, down);
    }

    /**
     * RFC 9162 §2.1.4.1.
     *
     * @throws ArchiveException INVALID_REQUEST when it has not this many leaves, or the sizes are not in order
     */
    default ConsistencyProof consistency(long first, long second) {
        TreeSize.require(first >= 0 && first <= second && second <= size(), "sizes of a consistency proof");
        if (first == 0) {
            return new ConsistencyProof(first, second, List.of());
        }
        List<Digest> down = new ArrayList<>();
        long start = 0;
        long leaves = second;
        while (start + leaves != first) {
            long left = TreeSize.left(leaves);
            if (first <= start + left) {
                down.add(range(start + left, leaves - left));
                leaves = left;
            } else {
                down.add(range(start, left));
                start += left;
                leaves -= left;
            }
        }
        if (start > 0) {
            down.add(range(start, leaves)); // else it is the earlier root, which the verifier has
        }
        Collections.reverse(down);
        return new ConsistencyProof(first, second, down);
    }

    /** Hash of a subtree of this tree, complete or at its right edge. */
    private Digest range(long start, long leaves) {
        if (TreeSize.isPowerOfTwo(leaves)) {
            int level = TreeSize.level(leaves);
            return subtree(level, start >> level);
        }
        long left = TreeSize.left(leaves);
        return MerkleHash.node(range(start, left), range(start + left, leaves - left));
    }
}
