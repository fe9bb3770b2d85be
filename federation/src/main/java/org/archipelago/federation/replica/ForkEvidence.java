package org.archipelago.federation.replica;

import org.archipelago.federation.note.SignedNote;

/**
 * Two checkpoints that one key has signed, and that no log has both. Anybody can check the signatures.
 *
 * @param accepted what this site had verified before
 * @param other what contradicts it
 * @param shownBy how it does: a sentence
 */
public record ForkEvidence(SignedNote accepted, SignedNote other, String shownBy) {}
