package org.archipelago.federation.merkle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever is changed of a proof, it proves nothing. */
class ForgedProofsTest {
    private static final int SIZES = 40;

    private final MemoryTree tree = new MemoryTree();

    @BeforeEach
    void grow() {
        HashTreeContract.leaves(0, SIZES + 2).forEach(tree::append);
    }

    private static boolean accepts(BooleanSupplier proof) {
        try {
            return proof.getAsBoolean();
        } catch (ArchiveException _) {
            return false;
        }
    }

    /** Every path with one hash flipped, dropped, added, said twice, or swapped with its neighbour. */
    static List<List<Digest>> forgeries(List<Digest> path) {
        List<List<Digest>> forged = new ArrayList<>();
        Digest foreign = Digest.sha256(new byte[] {42});
        for (int i = 0; i <= path.size(); i++) {
            int at = i;
            forged.add(changed(path, p -> p.add(at, foreign)));
            if (i < path.size()) {
                forged.add(changed(path, p -> p.set(at, flipped(p.get(at)))));
                forged.add(changed(path, p -> p.remove(at)));
                forged.add(changed(path, p -> p.add(at, p.get(at))));
            }
            if (i + 1 < path.size()) {
                forged.add(changed(path, p -> Collections.swap(p, at, at + 1)));
            }
        }
        return forged;
    }

    private static List<Digest> changed(List<Digest> path, java.util.function.Consumer<List<Digest>> change) {
        List<Digest> copy = new ArrayList<>(path);
        change.accept(copy);
        return copy;
    }

    static Digest flipped(Digest digest) {
        return new Digest(digest.first(), digest.second(), digest.third(), digest.fourth() ^ 1);
    }

    @Test
    void inclusionWithAChangedPath_isRefused() {
        for (int size = 1; size <= SIZES; size++) {
            for (int index = 0; index < size; index++) {
                InclusionProof proof = tree.inclusion(index, size);
                Digest leaf = tree.subtree(0, index);
                Digest root = tree.root(size);
                int at = index;
                int of = size;
                for (List<Digest> path : forgeries(proof.path())) {
                    assertThat(accepts(() -> new InclusionProof(at, of, path).proves(leaf, root)))
                            .as("leaf %d of %d by %s", index, size, path)
                            .isFalse();
                }
            }
        }
    }

    @Test
    void inclusionOfAnotherLeafOrRoot_isRefused() {
        for (int size = 1; size <= SIZES; size++) {
            for (int index = 0; index < size; index++) {
                InclusionProof proof = tree.inclusion(index, size);
                Digest leaf = tree.subtree(0, index);
                Digest root = tree.root(size);
                assertThat(proof.proves(flipped(leaf), root)).isFalse();
                assertThat(proof.proves(leaf, flipped(root))).isFalse();
                assertThat(proof.proves(leaf, tree.root(size + 1))).isFalse();
            }
        }
    }

    @Test
    void inclusionAtAnotherIndex_isRefused() {
        for (int size = 1; size <= SIZES; size++) {
            for (int index = 0; index < size; index++) {
                List<Digest> path = tree.inclusion(index, size).path();
                Digest leaf = tree.subtree(0, index);
                Digest root = tree.root(size);
                for (int other = -1; other <= size; other++) {
                    int at = other;
                    int of = size;
                    boolean accepted = accepts(() -> new InclusionProof(at, of, path).proves(leaf, root));
                    assertThat(accepted)
                            .as("leaf %d at %d of %d", index, at, size)
                            .isEqualTo(at == index);
                }
            }
        }
    }

    @Test
    void consistencyWithAChangedPath_isRefused() {
        for (int second = 1; second <= SIZES; second++) {
            for (int first = 1; first <= second; first++) {
                Digest firstRoot = tree.root(first);
                Digest secondRoot = tree.root(second);
                int from = first;
                int to = second;
                for (List<Digest> path :
                        forgeries(tree.consistency(first, second).path())) {
                    assertThat(accepts(() -> new ConsistencyProof(from, to, path).proves(firstRoot, secondRoot)))
                            .as("%d to %d by %s", first, second, path)
                            .isFalse();
                }
            }
        }
    }

    @Test
    void consistencyOfOtherRoots_isRefused() {
        for (int second = 1; second <= SIZES; second++) {
            for (int first = 1; first <= second; first++) {
                ConsistencyProof proof = tree.consistency(first, second);
                Digest firstRoot = tree.root(first);
                Digest secondRoot = tree.root(second);
                assertThat(proof.proves(flipped(firstRoot), secondRoot)).isFalse();
                assertThat(proof.proves(firstRoot, flipped(secondRoot))).isFalse();
                assertThat(proof.proves(secondRoot, firstRoot)).isEqualTo(first == second);
            }
        }
    }

    @Test
    void consistencyFromNothing_hasOneProof() {
        Digest root = tree.root(SIZES);
        assertThat(tree.consistency(0, SIZES).proves(MerkleHash.EMPTY_ROOT, root))
                .isTrue();
        assertThat(tree.consistency(0, SIZES).proves(tree.root(1), root)).isFalse();
        assertThat(new ConsistencyProof(0, SIZES, List.of(root)).proves(MerkleHash.EMPTY_ROOT, root))
                .isFalse();
    }

    /** Hashes in order, of a tree of another size than is claimed. */
    @Test
    void pathThatEndsBeforeOrBehindTheRoot_isRefused() {
        Digest second = tree.subtree(0, 1);
        List<Digest> toFour = tree.consistency(2, 4).path();
        List<Digest> toEight = tree.consistency(2, 8).path();
        assertThat(new InclusionProof(0, 1, List.of(tree.subtree(0, 0))).proves(second, tree.root(2)))
                .isFalse();
        assertThat(new InclusionProof(1, 4, List.of(tree.subtree(0, 0))).proves(second, tree.root(2)))
                .isFalse();
        assertThat(new ConsistencyProof(2, 8, toFour).proves(tree.root(2), tree.root(4)))
                .isFalse();
        assertThat(new ConsistencyProof(2, 4, toEight).proves(tree.root(2), tree.root(8)))
                .isFalse();
    }

    @Test
    void sizesOutOfBounds_areRefused() {
        List<Digest> none = List.of();
        assertThatThrownBy(() -> new InclusionProof(0, 0, none)).isInstanceOf(ArchiveException.class);
        assertThatThrownBy(() -> new InclusionProof(-1, 1, none)).isInstanceOf(ArchiveException.class);
        assertThatThrownBy(() -> new InclusionProof(0, TreeSize.MAX + 1, none)).isInstanceOf(ArchiveException.class);
        assertThatThrownBy(() -> new InclusionProof(0, Long.MIN_VALUE, none)).isInstanceOf(ArchiveException.class);
        assertThatThrownBy(() -> new ConsistencyProof(2, 1, none)).isInstanceOf(ArchiveException.class);
        assertThatThrownBy(() -> new ConsistencyProof(-1, 1, none)).isInstanceOf(ArchiveException.class);
        assertThatThrownBy(() -> new ConsistencyProof(1, TreeSize.MAX + 1, none))
                .isInstanceOf(ArchiveException.class);
    }

    @Test
    void pathLongerThanAnyTree_isRefused() {
        List<Digest> path = Collections.nCopies(TreeSize.MAX_PATH_HASHES + 1, MerkleHash.EMPTY_ROOT);
        assertThatThrownBy(() -> new InclusionProof(0, TreeSize.MAX, path)).isInstanceOf(ArchiveException.class);
        assertThatThrownBy(() -> new ConsistencyProof(1, TreeSize.MAX, path)).isInstanceOf(ArchiveException.class);
    }

    @Test
    void pathsOfTheLargestTree_areWalkedToTheirEnd() {
        Digest leaf = tree.subtree(0, 0);
        long size = TreeSize.MAX;
        List<Digest> path = Collections.nCopies(62, leaf);
        Digest root = leaf;
        for (Digest sibling : path) {
            root = MerkleHash.node(root, sibling);
        }
        assertThat(new InclusionProof(0, size, path).proves(leaf, root)).isTrue();
        assertThat(new ConsistencyProof(1, size, path).proves(leaf, root)).isTrue();
        assertThat(new InclusionProof(size - 1, size, path).proves(leaf, root)).isFalse();
        assertThat(new InclusionProof(0, size, path.subList(1, 62)).proves(leaf, root))
                .isFalse();
    }
}
