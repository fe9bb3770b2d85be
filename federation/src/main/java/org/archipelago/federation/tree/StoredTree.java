package org.archipelago.federation.tree;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.federation.disk.DurableFile;
import org.archipelago.federation.merkle.Frontier;
import org.archipelago.federation.merkle.HashTree;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An origin's tree in files {@code level-0}, {@code level-8}, ...: 32.13 bytes a leaf, 321 MB for 10^7 leaves. Opening reads at most 255
 * hashes a file, whatever the size; memory is that of one batch; a proof reads at most 255 hashes a file.
 *
 * <p>It is derived. What was appended since the last {@link #sync} may be lost, whole or in pieces, and is cut off by the next opening;
 * what was synced is checked at its right edge only. Whoever has the log can prove the rest of it with {@link #mend}.
 *
 * <p>One thread appends, syncs, cuts and mends; any may read, also meanwhile.
 */
public final class StoredTree implements HashTree, AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(StoredTree.class);

    private final Path directory;
    private final List<LevelFile> files = new ArrayList<>();
    private Frontier frontier = new Frontier();
    private volatile long size;

    private StoredTree(Path directory) {
        this.directory = directory;
        for (int file = 0; file < Tiles.FILES; file++) {
            files.add(new LevelFile(directory.resolve("level-" + file * Tiles.LEVELS)));
        }
    }

    /** Opens what was synced, or makes an empty tree; also when what is there is damaged. */
    public static StoredTree open(Path directory) throws IOException {
        DurableFile.createDirectories(directory);
        StoredTree tree = new StoredTree(directory);
        try {
            Optional<TreeHead> head = TreeHead.read(directory);
            if (head.isEmpty() || !tree.begin(head.get())) {
                head.ifPresent(damaged -> LOGGER.warn("{} is damaged and is made anew: {}", directory, damaged));
                tree.size = 0;
                tree.frontier = new Frontier();
            }
            tree.cutFiles();
            return tree;
        } catch (IOException | RuntimeException e) {
            tree.close();
            throw e;
        }
    }

    private boolean begin(TreeHead head) throws IOException {
        for (int file = 0; file < Tiles.FILES; file++) {
            if (files.get(file).hashes() < Tiles.hashes(file, head.size())) {
                return false;
            }
        }
        size = head.size();
        frontier = Frontier.of(this, size);
        return frontier.root().equals(head.root());
    }

    @Override
    public long size() {
        return size;
    }

    /** @throws ArchiveException CORRUPT when it cannot be read */
    @Override
    public Digest subtree(int level, long index) {
        int within = level % Tiles.LEVELS;
        try {
            return Tiles.fold(files.get(level / Tiles.LEVELS).read(index << within, 1 << within));
        } catch (IOException e) {
            throw new ArchiveException(ArchiveError.CORRUPT, "stored hash of level " + level, e);
        }
    }

    /** Root of all leaves, from memory. */
    Digest root() {
        return frontier.root();
    }

    Frontier frontier() {
        return frontier.copy();
    }

    /** All or none is visible. When it fails it can be tried again. */
    void append(List<Digest> leaves) throws IOException {
        Frontier next = frontier.copy();
        CompletedHashes completed = completed(next, leaves);
        for (int file = 0; file < Tiles.FILES; file++) {
            byte[] hashes = completed.of(file);
            if (hashes.length > 0) {
                files.get(file).write(completed.from(file), hashes);
            }
        }
        frontier = next;
        size = next.size();
    }

    private static CompletedHashes completed(Frontier frontier, List<Digest> leaves) {
        CompletedHashes completed = new CompletedHashes(frontier.size());
        leaves.forEach(leaf -> frontier.append(leaf, completed));
        return completed;
    }

    /** On return what was appended survives power loss. */
    void sync() throws IOException {
        for (LevelFile file : files) {
            file.sync();
        }
        new TreeHead(size, frontier.root()).write(directory);
    }

    /** Takes the last leaves away; durable on return. */
    void cutTo(long leaves) throws IOException {
        if (leaves < 0 || leaves > size) {
            throw new IllegalArgumentException("a tree of " + size + " leaves cannot be cut to " + leaves);
        }
        Frontier shorter = Frontier.of(this, leaves);
        // First, lest a crash leaves other hashes below a head that was synced for these.
        new TreeHead(leaves, shorter.root()).write(directory);
        size = leaves;
        frontier = shorter;
        cutFiles();
    }

    private void cutFiles() throws IOException {
        for (int file = 0; file < Tiles.FILES; file++) {
            files.get(file).cutTo(Tiles.hashes(file, size));
        }
    }

    /**
     * Overwrites the stored hashes that are not what these leaves make.
     *
     * @param known what the leaves before these make; takes these in
     * @param leaves all below {@link #size()}
     * @return how many hashes were wrong
     */
    long mend(Frontier known, List<Digest> leaves) throws IOException {
        CompletedHashes completed = completed(known, leaves);
        long wrong = 0;
        for (int file = 0; file < Tiles.FILES; file++) {
            byte[] right = completed.of(file);
            if (right.length == 0) {
                continue;
            }
            byte[] stored = files.get(file).read(completed.from(file), right.length / Digest.LENGTH_BYTES);
            long differing = differing(stored, right);
            if (differing > 0) {
                files.get(file).write(completed.from(file), right);
            }
            wrong += differing;
        }
        return wrong;
    }

    private static long differing(byte[] one, byte[] other) {
        long count = 0;
        for (int at = 0; at < one.length && !Arrays.equals(one, at, one.length, other, at, one.length); at += 32) {
            count += Arrays.equals(one, at, at + 32, other, at, at + 32) ? 0 : 1;
        }
        return count;
    }

    /** After all of its leaves were mended: what they make; durable on return. */
    void mended(Frontier whole) throws IOException {
        if (whole.size() != size) {
            throw new IllegalArgumentException("not all of the tree was mended");
        }
        frontier = whole.copy();
        sync();
    }

    @Override
    public void close() {
        try {
            for (LevelFile file : files) {
                file.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
