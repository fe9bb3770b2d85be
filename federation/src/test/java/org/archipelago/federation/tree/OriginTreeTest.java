package org.archipelago.federation.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.federation.FlippedBit;
import org.archipelago.federation.TestLog;
import org.archipelago.federation.merkle.MemoryTree;
import org.archipelago.federation.merkle.MerkleHash;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OriginTreeTest {
    @TempDir
    Path directory;

    private TestLog log;

    @BeforeEach
    void create() {
        log = TestLog.create(directory.resolve("log"));
    }

    @AfterEach
    void close() {
        log.close();
    }

    private OriginTree open() throws IOException {
        return OriginTree.open(directory.resolve("tree"), log.log, TestLog.SITE);
    }

    private static void requireTreeOf(OriginTree tree, TestLog log) {
        MemoryTree expected = new MemoryTree();
        log.leaves().forEach(expected::append);
        assertThat(tree.size()).isEqualTo(expected.size());
        assertThat(tree.root()).isEqualTo(expected.root(expected.size()));
        for (long size = 1; size < expected.size(); size = 2 * size + 1) {
            assertThat(tree.root(size)).isEqualTo(expected.root(size));
        }
    }

    @Test
    void tree_followsTheLog() throws IOException {
        try (OriginTree tree = open()) {
            tree.advance();
            assertThat(tree.root()).isEqualTo(MerkleHash.EMPTY_ROOT);
            for (int more : List.of(1, 2, 300, 1)) {
                log.append(more);
                tree.advance();
                requireTreeOf(tree, log);
            }
        }
    }

    @Test
    void treeBehindTheLog_catchesUp() throws IOException {
        log.append(10);
        try (OriginTree tree = open()) {
            tree.advance();
        }
        log.append(1000);
        try (OriginTree tree = open()) {
            assertThat(tree.size()).isEqualTo(10);
            tree.advance();
            requireTreeOf(tree, log);
        }
    }

    @Test
    void treeAheadOfTheLog_isCut() throws IOException {
        log.append(100);
        byte[] backup = log.backup();
        log.append(50);
        try (OriginTree tree = open()) {
            tree.advance();
        }
        log = log.restored(backup, directory.resolve("restored"));
        try (OriginTree tree = open()) {
            assertThat(tree.size()).isEqualTo(100);
            requireTreeOf(tree, log);
        }
    }

    @Test
    void treeOfAnotherHistory_isCutWhereTheyPart() throws IOException {
        log.append(300);
        byte[] backup = log.backup();
        log.append(50);
        try (OriginTree tree = open()) {
            tree.advance();
        }
        log = log.restored(backup, directory.resolve("restored"));
        log.append(500);
        try (OriginTree tree = open()) {
            assertThat(tree.size()).isEqualTo(300);
            tree.advance();
            requireTreeOf(tree, log);
        }
    }

    @Test
    void treeOfAnotherLog_isMadeAnew() throws IOException {
        log.append(20);
        try (OriginTree tree = open()) {
            tree.advance();
        }
        log.close();
        log = TestLog.create(directory.resolve("other"));
        log.append(30);
        try (OriginTree tree = open()) {
            assertThat(tree.size()).isZero();
            tree.advance();
            requireTreeOf(tree, log);
        }
    }

    @Test
    void flippedBit_isFoundAndMendedByRecomputing() throws IOException {
        log.append(700);
        try (OriginTree tree = open()) {
            tree.advance();
            assertThat(tree.recompute(_ -> {})).isEqualTo(new Recomputed(700, 0, 0));
            FlippedBit.in(directory.resolve("tree/level-0"), 300 * Digest.LENGTH_BYTES);
            FlippedBit.in(directory.resolve("tree/level-8"), 1);
            assertThat(tree.recompute(_ -> {})).isEqualTo(new Recomputed(700, 2, 0));
            requireTreeOf(tree, log);
        }
    }

    /** Sound in itself, and wrong: nothing but the log can tell. */
    @Test
    void treeWithAForeignLeaf_hasTheRootOfTheLogOnceRecomputed() throws IOException {
        log.append(20);
        List<Digest> leaves = new ArrayList<>(log.leaves());
        leaves.set(3, MerkleHash.EMPTY_ROOT);
        try (StoredTree tree = StoredTree.open(directory.resolve("tree"))) {
            tree.append(leaves);
            tree.sync();
        }
        try (OriginTree tree = open()) {
            assertThat(tree.recompute(_ -> {})).isEqualTo(new Recomputed(20, 1, 0));
            requireTreeOf(tree, log);
        }
        try (OriginTree tree = open()) {
            requireTreeOf(tree, log);
        }
    }

    @Test
    void damagedRecord_stopsTheTreeBeforeIt() throws IOException {
        log.append(40);
        log = log.damaged(25);
        try (OriginTree tree = open()) {
            assertThatThrownBy(tree::advance)
                    .isInstanceOfSatisfying(
                            ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.CORRUPT))
                    .hasMessageContaining("record 25");
            assertThat(tree.size()).isEqualTo(25);
        }
    }

    @Test
    void lastRecordDamaged_stopsTheTreeBeforeIt() throws IOException {
        log.append(40);
        log = log.damaged(39);
        try (OriginTree tree = open()) {
            assertThatThrownBy(tree::advance).hasMessageContaining("record 39");
            assertThat(tree.size()).isEqualTo(39);
        }
    }

    @Test
    void recordDamagedAfterItWasTakenIn_keepsItsLeaf() throws IOException {
        log.append(40);
        try (OriginTree tree = open()) {
            tree.advance();
        }
        log = log.damaged(25, 39);
        try (OriginTree tree = open()) {
            Digest root = tree.root();
            assertThat(tree.recompute(_ -> {})).isEqualTo(new Recomputed(40, 0, 2));
            assertThat(tree.root()).isEqualTo(root);
            log.append(5);
            tree.advance();
            assertThat(tree.size()).isEqualTo(45);
        }
    }
}
