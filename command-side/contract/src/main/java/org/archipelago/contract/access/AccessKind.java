package org.archipelago.contract.access;

/** Sorts of access that are recorded. */
public enum AccessKind {
    QUERY,
    RETRIEVE,
    VIEW,
    EXPORT,
    READ_HISTORY
}
