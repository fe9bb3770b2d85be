package org.archipelago.federation.tree;

/**
 * What came of comparing a stored tree with its log.
 *
 * @param leaves all that the tree has
 * @param wrongHashes stored hashes that were not what the log makes; they are mended
 * @param damagedRecords records whose header the log could not tell: their stored leaf was taken
 */
public record Recomputed(long leaves, long wrongHashes, long damagedRecords) {}
