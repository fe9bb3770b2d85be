package org.archipelago.federation.checkpoint;

import org.archipelago.federation.merkle.InclusionProof;

/** A proof that was verified, and the checkpoint that it leads to. */
public record SignedInclusion(InclusionProof proof, SignedCheckpoint checkpoint) {}
