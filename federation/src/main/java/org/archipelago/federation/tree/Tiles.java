package org.archipelago.federation.tree;

import java.util.Arrays;
import org.archipelago.contract.Digest;
import org.archipelago.federation.merkle.MerkleHash;

/**
 * Which hashes are stored: those of every eighth level, as in C2SP tlog-tiles, so that 256 of one file make one of the next. The
 * levels between are made of the 256 below them when they are asked for.
 */
final class Tiles {
    static final int LEVELS = 8;
    /** Levels 0, 8, ... 56: a tree of 2^62 leaves. */
    static final int FILES = 8;

    private Tiles() {}

    /** How many hashes a file has of a tree of this many leaves. */
    static long hashes(int file, long leaves) {
        return leaves >> (LEVELS * file);
    }

    /** @param hashes a power of two of them, 32 bytes each */
    static Digest fold(byte[] hashes) {
        Digest[] row = new Digest[hashes.length / Digest.LENGTH_BYTES];
        for (int i = 0; i < row.length; i++) {
            row[i] = Digest.of(Arrays.copyOfRange(hashes, i * Digest.LENGTH_BYTES, (i + 1) * Digest.LENGTH_BYTES));
        }
        for (int width = row.length / 2; width > 0; width /= 2) {
            for (int i = 0; i < width; i++) {
                row[i] = MerkleHash.node(row[2 * i], row[2 * i + 1]);
            }
        }
        return row[0];
    }
}
