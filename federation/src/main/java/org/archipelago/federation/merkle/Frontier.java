package org.archipelago.federation.merkle;

import java.util.Arrays;
import org.archipelago.contract.Digest;
import org.jspecify.annotations.Nullable;

/**
 * What a tree needs to grow: the hashes of the complete subtrees that it splits into, at most one a level. Enough to take in
 * leaves and to know the root; not for proofs. Used by one thread.
 */
public final class Frontier {
    private final @Nullable Digest[] peaks = new @Nullable Digest[Long.SIZE];
    private long size;

    /** Hears of every subtree that a leaf completes, from the leaf itself (level 0) upwards. */
    public interface Completed {
        Completed NOBODY = (_, _, _) -> {};

        void subtree(int level, long index, Digest hash);
    }

    /** The frontier of a tree that is there. */
    public static Frontier of(HashTree tree, long size) {
        Frontier frontier = new Frontier();
        frontier.size = size;
        for (int level = 0; level < Long.SIZE; level++) {
            if ((size >>> level & 1) == 1) {
                frontier.peaks[level] = tree.subtree(level, (size >>> level) - 1);
            }
        }
        return frontier;
    }

    public Frontier copy() {
        Frontier copy = new Frontier();
        System.arraycopy(peaks, 0, copy.peaks, 0, peaks.length);
        copy.size = size;
        return copy;
    }

    public long size() {
        return size;
    }

    public void append(Digest leaf, Completed completed) {
        Digest hash = leaf;
        completed.subtree(0, size, hash);
        int level = 0;
        for (Digest peak = peaks[level]; peak != null; peak = peaks[level]) {
            hash = MerkleHash.node(peak, hash);
            peaks[level++] = null;
            completed.subtree(level, size >> level, hash);
        }
        peaks[level] = hash;
        size++;
    }

    public Digest root() {
        return Arrays.stream(peaks)
                .filter(peak -> peak != null)
                .reduce((right, left) -> MerkleHash.node(left, right))
                .orElse(MerkleHash.EMPTY_ROOT);
    }
}
