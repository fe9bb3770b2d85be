package org.archipelago.node.portal;

import org.archipelago.node.retrieve.OutgoingObject;

/** Port: the bytes of quarantined objects. Needs the log and the blobs only. Thread-safe. */
public interface QuarantinedObjects {
    /**
     * The object exactly as it arrived. Close it.
     *
     * @param id of a {@link QuarantineList.Entry}, or anything that a caller made up
     * @throws org.archipelago.contract.ArchiveException NOT_FOUND, ERASED, CORRUPT
     */
    OutgoingObject open(String id);
}
