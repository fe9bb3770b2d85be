package org.archipelago.federation.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.archipelago.contract.Digest;
import org.archipelago.federation.FlippedBit;
import org.archipelago.federation.merkle.Frontier;
import org.archipelago.federation.merkle.HashTree;
import org.archipelago.federation.merkle.HashTreeContract;
import org.archipelago.federation.merkle.NaiveTree;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredTreeTest extends HashTreeContract {
    private static final int ALL = ENTRIES.size();

    @TempDir
    Path directory;

    private final List<StoredTree> opened = new ArrayList<>();

    @AfterEach
    void close() {
        opened.forEach(StoredTree::close);
    }

    private StoredTree open() {
        try {
            StoredTree tree = StoredTree.open(directory);
            opened.add(tree);
            return tree;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private StoredTree grown(int synced, int further) throws IOException {
        StoredTree tree = open();
        tree.append(leaves(0, synced));
        tree.sync();
        tree.append(leaves(synced, synced + further));
        return tree;
    }

    @Override
    protected HashTree grown() {
        StoredTree tree = open();
        try {
            for (int size = 0; size < ALL; size += 7) { // not a whole number of tiles
                tree.append(leaves(size, Math.min(ALL, size + 7)));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return tree;
    }

    private static Digest root(int size) {
        return NaiveTree.root(ENTRIES.subList(0, size));
    }

    @Test
    void syncedTree_isThereWhenOpenedAgain() throws IOException {
        grown(ALL, 0).close();
        StoredTree again = open();
        assertThat(again.size()).isEqualTo(ALL);
        assertThat(again.root()).isEqualTo(root(ALL));
        assertThat(again.inclusion(300, ALL).path()).isEqualTo(NaiveTree.path(300, ENTRIES));
    }

    @Test
    void whatWasNotSynced_isCutOff() throws IOException {
        grown(500, 100).close();
        StoredTree again = open();
        assertThat(again.size()).isEqualTo(500);
        again.append(leaves(500, ALL));
        assertThat(again.root(ALL)).isEqualTo(root(ALL));
    }

    @Test
    void tailTornAtEachByte_isNoticedAndGrownAgain() throws IOException {
        grown(510, 5).close();
        byte[] file = Files.readAllBytes(directory.resolve("level-0"));
        byte[] upper = Files.readAllBytes(directory.resolve("level-8"));
        byte[] head = Files.readAllBytes(directory.resolve("head"));
        for (int length = 505 * Digest.LENGTH_BYTES; length <= file.length; length++) {
            Files.write(directory.resolve("level-0"), java.util.Arrays.copyOf(file, length));
            Files.write(directory.resolve("level-8"), upper);
            Files.write(directory.resolve("head"), head);
            StoredTree again = open();
            assertThat(again.size()).isEqualTo(length < 510 * Digest.LENGTH_BYTES ? 0 : 510);
            again.append(leaves((int) again.size(), 520));
            assertThat(again.root(520)).as("torn at %d", length).isEqualTo(root(520));
            assertThat(again.subtree(8, 1)).isEqualTo(NaiveTree.root(ENTRIES.subList(256, 512)));
            again.close();
        }
    }

    @Test
    void upperLevelTorn_isNoticed() throws IOException {
        grown(512, 0).close();
        byte[] file = Files.readAllBytes(directory.resolve("level-8"));
        Files.write(directory.resolve("level-8"), java.util.Arrays.copyOf(file, file.length - 1));
        assertThat(open().size()).isZero();
    }

    @Test
    void flippedBitAtTheRightEdge_isNoticed() throws IOException {
        grown(300, 0).close();
        flip("level-0", 299);
        assertThat(open().size()).isZero();
    }

    @Test
    void headOfNoKnownForm_meansToBeginAnew() throws IOException {
        for (String head :
                List.of("", "archipelago tree 2\n5\n", "archipelago tree 1\n-1\n", "\0\0", "x".repeat(10_000))) {
            grown(5, 0).close();
            Files.writeString(directory.resolve("head"), head);
            StoredTree again = open();
            assertThat(again.size()).as(head).isZero();
            again.close();
        }
    }

    @Test
    void flippedBitAnywhere_isMended() throws IOException {
        StoredTree tree = grown(ALL, 0);
        for (int hash : List.of(0, 1, 255, 256, 511, 512, 599)) {
            flip("level-0", hash);
            assertThat(mend(tree)).as("hash %d", hash).isEqualTo(1);
            assertThat(tree.inclusion(hash, ALL).path()).isEqualTo(NaiveTree.path(hash, ENTRIES));
        }
        flip("level-8", 1);
        assertThat(mend(tree)).isEqualTo(1);
        assertThat(tree.root(ALL)).isEqualTo(root(ALL));
        assertThat(mend(tree)).isZero();
    }

    /** In steps that are no whole number of tiles. */
    private static long mend(StoredTree tree) throws IOException {
        Frontier known = new Frontier();
        long wrong = 0;
        for (int from = 0; from < ALL; from += 113) {
            wrong += tree.mend(known, leaves(from, Math.min(ALL, from + 113)));
        }
        tree.mended(known);
        return wrong;
    }

    private void flip(String file, long hash) throws IOException {
        FlippedBit.in(directory.resolve(file), hash * Digest.LENGTH_BYTES + 17);
    }

    @Test
    void cutTree_hasTheRootThatItHadThen() throws IOException {
        for (int size : List.of(599, 513, 512, 511, 257, 256, 255, 1, 0)) {
            StoredTree tree = open();
            tree.append(leaves((int) tree.size(), ALL));
            tree.cutTo(size);
            assertThat(tree.root()).isEqualTo(root(size));
            tree.close();
            assertThat(open().root()).isEqualTo(root(size));
        }
    }

    @Test
    void storedTree_takesHardlyMoreThanItsLeaves() throws IOException {
        grown(ALL, 0);
        long bytes = 0;
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(f -> f.getFileName().toString().startsWith("level"))
                    .toList()) {
                bytes += Files.size(file);
            }
        }
        assertThat(bytes).isEqualTo((ALL + ALL / 256) * 32L);
    }
}
