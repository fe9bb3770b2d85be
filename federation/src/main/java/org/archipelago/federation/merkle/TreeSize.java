package org.archipelago.federation.merkle;

import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/** How large trees may be, and how they split. */
public final class TreeSize {
    /** In leaves. No log reaches it; sums and shifts of sizes below it do not overflow. */
    public static final long MAX = 1L << 62;

    /** A path has at most one hash a level, and a consistency proof one more. */
    public static final int MAX_PATH_HASHES = 63;

    private TreeSize() {}

    /** The leaves of the left child of a tree of n > 1 leaves: the largest power of two below n (RFC 9162 §2.1.1). */
    static long left(long n) {
        return Long.highestOneBit(n - 1);
    }

    /** The level of a complete subtree of this many leaves, a power of two. */
    static int level(long leaves) {
        return Long.numberOfTrailingZeros(leaves);
    }

    static boolean isPowerOfTwo(long n) {
        return Long.bitCount(n) == 1;
    }

    /** @throws ArchiveException INVALID_REQUEST */
    static void require(boolean condition, String subject) {
        if (!condition) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, subject);
        }
    }
}
