package org.archipelago.query;

/** Search over what this site holds. Thread-safe. */
public interface ArchiveQueries {
    /** @throws org.archipelago.contract.ArchiveException INVALID_QUERY, SEARCH_UNAVAILABLE, POSITION_NOT_REACHED */
    QueryPage find(ArchiveQuery query);
}
