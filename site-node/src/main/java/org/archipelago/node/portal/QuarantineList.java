package org.archipelago.node.portal;

import java.time.Instant;
import java.util.List;
import org.archipelago.contract.quarantine.QuarantineReason;

/** Port: objects that were acknowledged and are kept, yet belong to no study. */
public interface QuarantineList {
    /** Newest first. */
    List<Entry> entries(int offset, int most);

    /** @param id by which the object can be fetched ({@link QuarantinedObjects}) */
    record Entry(
            String id,
            String sopInstanceUid,
            String sopClassUid,
            QuarantineReason reason,
            String source,
            long lengthBytes,
            Instant quarantinedAt) {}
}
