package org.archipelago.federation.merkle;

import static org.assertj.core.api.Assertions.assertThat;

import org.archipelago.contract.Digest;
import org.junit.jupiter.api.Test;

class MemoryTreeTest extends HashTreeContract {
    @Override
    protected HashTree grown() {
        MemoryTree tree = new MemoryTree();
        leaves(0, ENTRIES.size()).forEach(tree::append);
        return tree;
    }

    @Test
    void frontier_knowsTheRootAtEverySize() {
        MemoryTree tree = new MemoryTree();
        assertThat(tree.frontierRoot()).isEqualTo(NaiveTree.root(ENTRIES.subList(0, 0)));
        for (Digest leaf : leaves(0, ENTRIES.size())) {
            tree.append(leaf);
            assertThat(tree.frontierRoot()).isEqualTo(tree.root(tree.size()));
        }
    }

    @Test
    void frontierOfATreeThatIsThere_growsAsTheTreeDid() {
        HashTree tree = grown();
        for (int size = 0; size < 70; size++) {
            Frontier frontier = Frontier.of(tree, size);
            assertThat(frontier.root()).isEqualTo(tree.root(size));
            frontier.append(MerkleHash.leaf(entry(size)), Frontier.Completed.NOBODY);
            assertThat(frontier.root()).isEqualTo(tree.root(size + 1));
        }
    }
}
