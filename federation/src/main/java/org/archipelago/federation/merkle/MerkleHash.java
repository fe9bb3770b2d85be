package org.archipelago.federation.merkle;

import java.security.MessageDigest;
import org.archipelago.contract.Digest;

/** The two hashes of a tree (RFC 9162 §2.1.1): different first bytes, so that no node can pass for a leaf. */
public final class MerkleHash {
    /** Root of the tree without leaves: the hash of nothing. */
    public static final Digest EMPTY_ROOT = Digest.sha256();

    private static final byte LEAF = 0;
    private static final byte NODE = 1;

    private MerkleHash() {}

    /** @param entry the bytes of a record's header */
    public static Digest leaf(byte[] entry) {
        MessageDigest digest = Digest.newSha256();
        digest.update(LEAF);
        return Digest.of(digest.digest(entry));
    }

    public static Digest node(Digest left, Digest right) {
        MessageDigest digest = Digest.newSha256();
        digest.update(NODE);
        digest.update(left.toBytes());
        return Digest.of(digest.digest(right.toBytes()));
    }
}
