package org.archipelago.node.dimse;

import java.util.List;
import java.util.UUID;

/** Port: storage commitment reports that are owed, over restarts. Thread-safe. */
public interface PendingReports {
    /**
     * On return the report survives power loss.
     *
     * @throws org.archipelago.contract.ArchiveException OVERLOADED when as many as configured are pending,
     *     BLOB_STORE_FULL or INTERNAL when it cannot be kept
     */
    void persist(PendingReport report);

    List<PendingReport> list();

    /** Does nothing for an unknown id. */
    void remove(UUID id);
}
