package org.archipelago.node.portal;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.StudyInstanceUid;

/** Port: who saw what. */
public interface AccessHistory {
    /** Newest first. */
    List<Entry> of(StudyInstanceUid study, int offset, int most);

    /** @param outcome empty while it goes on, or when the node stopped before its end: then the counts are unknown */
    record Entry(
            Instant beganAt,
            AccessKind kind,
            String who,
            String from,
            String purpose,
            String what,
            Optional<AccessOutcome> outcome,
            long objects,
            long bytes) {}
}
