package org.archipelago.federation.tree;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.archipelago.contract.Digest;
import org.archipelago.federation.merkle.Frontier;

/** The hashes that some leaves complete and that are stored, by file. */
final class CompletedHashes implements Frontier.Completed {
    private final long size;
    private final List<ByteArrayOutputStream> files = new ArrayList<>();

    /** @param size of the tree before these leaves */
    CompletedHashes(long size) {
        this.size = size;
        for (int file = 0; file < Tiles.FILES; file++) {
            files.add(new ByteArrayOutputStream());
        }
    }

    @Override
    public void subtree(int level, long index, Digest hash) {
        if (level % Tiles.LEVELS == 0) {
            files.get(level / Tiles.LEVELS).writeBytes(hash.toBytes());
        }
    }

    /** Where they begin in this file. */
    long from(int file) {
        return Tiles.hashes(file, size);
    }

    byte[] of(int file) {
        return files.get(file).toByteArray();
    }
}
