package org.archipelago.federation.tree;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.archipelago.contract.Digest;
import org.archipelago.federation.merkle.Frontier;
import org.archipelago.federation.merkle.MerkleHash;

/** By hand: what hashing and storing a tree costs. Arguments: a directory, and how many leaves. */
final class TreeCost {
    private static final int HEADER_BYTES = 190;
    private static final int BATCH = 4096;
    private static final int PROOFS = 2_000;

    private TreeCost() {}

    public static void main(String[] arguments) throws IOException {
        Path place = Files.createTempDirectory(Path.of(arguments[0]), "tree");
        int leaves = Integer.parseInt(arguments[1]);
        hash(leaves);
        hash(leaves);
        store(place, leaves);
        open(place);
    }

    private static void hash(int leaves) {
        byte[] header = new byte[HEADER_BYTES];
        Frontier frontier = new Frontier();
        long started = System.nanoTime();
        for (int i = 0; i < leaves; i++) {
            header[i % HEADER_BYTES]++;
            frontier.append(MerkleHash.leaf(header), Frontier.Completed.NOBODY);
        }
        System.out.printf("hash: %,.0f records/s, two hashes each%n", perSecond(leaves, started));
    }

    private static void store(Path place, int leaves) throws IOException {
        Random random = new Random(1);
        List<Digest> batch = new ArrayList<>();
        long nanos = 0;
        long syncNanos = 0;
        try (StoredTree tree = StoredTree.open(place)) {
            while (tree.size() < leaves) {
                batch.clear();
                for (int i = 0; i < BATCH; i++) {
                    batch.add(new Digest(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong()));
                }
                long started = System.nanoTime();
                tree.append(batch);
                nanos += System.nanoTime() - started;
                if (tree.size() % (16 * BATCH) == 0) {
                    long syncing = System.nanoTime();
                    tree.sync();
                    syncNanos += System.nanoTime() - syncing;
                }
            }
            tree.sync();
            long bytes = 0;
            try (Stream<Path> files = Files.list(place)) {
                for (Path file : files.toList()) {
                    bytes += Files.size(file);
                }
            }
            System.out.printf(
                    "store: %,.0f leaves/s without reading the log, syncs %.1f %% of that; %.2f bytes a leaf%n",
                    1e9 * tree.size() / (nanos + syncNanos),
                    100.0 * syncNanos / (nanos + syncNanos),
                    (double) bytes / tree.size());
        }
    }

    private static void open(Path place) throws IOException {
        long started = System.nanoTime();
        try (StoredTree tree = StoredTree.open(place)) {
            System.out.printf("open: %,d leaves in %.1f ms%n", tree.size(), (System.nanoTime() - started) / 1e6);
            Random random = new Random(2);
            for (int round = 0; round < 2; round++) {
                started = System.nanoTime();
                for (int i = 0; i < PROOFS; i++) {
                    tree.inclusion(random.nextLong(tree.size()), tree.size());
                }
                System.out.printf("inclusion: %,.0f proofs/s%n", perSecond(PROOFS, started));
                started = System.nanoTime();
                for (int i = 0; i < PROOFS; i++) {
                    tree.consistency(1 + random.nextLong(tree.size()), tree.size());
                }
                System.out.printf("consistency: %,.0f proofs/s%n", perSecond(PROOFS, started));
            }
        }
    }

    private static double perSecond(int count, long started) {
        return 1e9 * count / (System.nanoTime() - started);
    }
}
