package org.archipelago.federation.merkle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.junit.jupiter.api.Test;

/** What every tree must do. */
public abstract class HashTreeContract {
    /** Past two splits beyond a power of two. */
    private static final int SIZES = 71;

    protected static final List<byte[]> ENTRIES =
            IntStream.range(0, 600).mapToObj(HashTreeContract::entry).toList();

    protected static byte[] entry(int index) {
        return ByteBuffer.allocate(4).putInt(index).array();
    }

    protected static List<Digest> leaves(int from, int to) {
        return ENTRIES.subList(from, to).stream().map(MerkleHash::leaf).toList();
    }

    /** A tree of {@link #ENTRIES}. */
    protected abstract HashTree grown();

    @Test
    void root_ofEverySize_isAsDefined() {
        HashTree tree = grown();
        for (int size = 0; size <= ENTRIES.size(); size++) {
            assertThat(tree.root(size)).as("size %d", size).isEqualTo(NaiveTree.root(ENTRIES.subList(0, size)));
        }
    }

    @Test
    void inclusion_ofEveryLeafInEverySize_isAsDefinedAndProves() {
        HashTree tree = grown();
        for (int size = 1; size <= SIZES; size++) {
            List<byte[]> entries = ENTRIES.subList(0, size);
            for (int index = 0; index < size; index++) {
                InclusionProof proof = tree.inclusion(index, size);
                assertThat(proof.path()).isEqualTo(NaiveTree.path(index, entries));
                assertThat(proof.proves(MerkleHash.leaf(entry(index)), NaiveTree.root(entries)))
                        .isTrue();
            }
        }
    }

    @Test
    void consistency_ofEveryPairOfSizes_isAsDefinedAndProves() {
        HashTree tree = grown();
        for (int second = 1; second <= SIZES; second++) {
            List<byte[]> entries = ENTRIES.subList(0, second);
            for (int first = 1; first <= second; first++) {
                ConsistencyProof proof = tree.consistency(first, second);
                assertThat(proof.path()).isEqualTo(NaiveTree.proof(first, entries));
                assertThat(proof.proves(NaiveTree.root(entries.subList(0, first)), NaiveTree.root(entries)))
                        .as("%d to %d", first, second)
                        .isTrue();
            }
        }
    }

    @Test
    void consistency_ofLargerSizes_isAsDefinedAndProves() {
        HashTree tree = grown();
        int second = ENTRIES.size();
        for (int first : new int[] {255, 256, 257, 511, 512, 513, 599}) {
            ConsistencyProof proof = tree.consistency(first, second);
            assertThat(proof.path()).isEqualTo(NaiveTree.proof(first, ENTRIES));
            assertThat(proof.proves(tree.root(first), tree.root(second))).isTrue();
        }
    }

    @Test
    void whatIsNotThere_isRefused() {
        HashTree tree = grown();
        int size = ENTRIES.size();
        assertThatThrownBy(() -> tree.root(size + 1)).isInstanceOf(ArchiveException.class);
        assertThatThrownBy(() -> tree.root(-1)).isInstanceOf(ArchiveException.class);
        assertThatThrownBy(() -> tree.inclusion(size, size)).isInstanceOf(ArchiveException.class);
        assertThatThrownBy(() -> tree.inclusion(0, size + 1)).isInstanceOf(ArchiveException.class);
        assertThatThrownBy(() -> tree.inclusion(-1, size)).isInstanceOf(ArchiveException.class);
        assertThatThrownBy(() -> tree.consistency(3, 2)).isInstanceOf(ArchiveException.class);
        assertThatThrownBy(() -> tree.consistency(3, size + 1)).isInstanceOf(ArchiveException.class);
        assertThatThrownBy(() -> tree.consistency(-1, 2)).isInstanceOf(ArchiveException.class);
    }
}
