package org.archipelago.federation.checkpoint;

import org.archipelago.federation.merkle.ConsistencyProof;

/** A proof that was verified, and the checkpoint that it leads to. */
public record SignedConsistency(ConsistencyProof proof, SignedCheckpoint checkpoint) {}
