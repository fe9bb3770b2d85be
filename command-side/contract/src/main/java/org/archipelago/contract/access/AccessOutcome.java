package org.archipelago.contract.access;

/** How an access ended. */
public enum AccessOutcome {
    COMPLETED,
    PARTIAL,
    FAILED,
    REFUSED
}
