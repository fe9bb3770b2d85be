package org.archipelago.eventstore;

/** Told how far a verification is. */
public interface VerificationListener {
    VerificationListener SILENT = (_, _) -> {};

    void verified(long records, long total);
}
