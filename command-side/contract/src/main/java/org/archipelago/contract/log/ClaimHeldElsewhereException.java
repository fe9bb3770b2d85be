package org.archipelago.contract.log;

import java.util.Map;

/** The append wrote nothing: at least one exclusive claim is held by another stream. */
public final class ClaimHeldElsewhereException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Map<String, StreamId> holders;

    public ClaimHeldElsewhereException(Map<String, StreamId> holders) {
        super(holders.size() + " claims are held by other streams");
        this.holders = Map.copyOf(holders);
    }

    /** Claim name to the first stream that holds it. */
    public Map<String, StreamId> holders() {
        return holders;
    }
}
