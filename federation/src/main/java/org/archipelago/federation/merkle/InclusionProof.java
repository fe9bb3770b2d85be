package org.archipelago.federation.merkle;

import java.util.List;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;

/**
 * That a leaf is in a tree (RFC 9162 §2.1.3). A root does not tell the size of its tree: take both from one checkpoint.
 *
 * @param index of the leaf, from 0
 * @param size of the tree in leaves, at most {@link TreeSize#MAX}
 * @param path hashes from the leaf's sibling up to the root's child
 */
public record InclusionProof(long index, long size, List<Digest> path) {
    /** @throws ArchiveException INVALID_REQUEST when there is no such leaf in a tree of this size, or the path is too long */
    public InclusionProof {
        TreeSize.require(index >= 0 && index < size && size <= TreeSize.MAX, "index or size of an inclusion proof");
        TreeSize.require(path.size() <= TreeSize.MAX_PATH_HASHES, "path of an inclusion proof");
        path = List.copyOf(path);
    }

    /** Whether it leads from this leaf to this root. A path that is too long or too short leads nowhere. RFC 9162 §2.1.3.2. */
    public boolean proves(Digest leaf, Digest root) {
        long node = index;
        long last = size - 1;
        Digest hash = leaf;
        for (Digest sibling : path) {
            if (last == 0) {
                return false;
            }
            if ((node & 1) == 1 || node == last) {
                hash = MerkleHash.node(sibling, hash);
                int up = Long.numberOfTrailingZeros(node); // from the right edge, to where it has a left sibling
                node >>= up;
                last >>= up;
            } else {
                hash = MerkleHash.node(hash, sibling);
            }
            node >>= 1;
            last >>= 1;
        }
        return last == 0 && hash.equals(root);
    }
}
