package org.archipelago.node.portal;

import java.time.Instant;
import java.util.Optional;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.log.LocalPosition;

/**
 * One event of a study's life.
 *
 * @param event its type, such as {@code InstancesStored}
 * @param by who caused it, as recorded; empty for the node itself
 * @param summary one sentence
 * @param instance the one of which there is another version since, where the event is about one
 */
public record HistoryEntry(
        LocalPosition position,
        Instant recordedAt,
        String event,
        String by,
        String summary,
        Optional<SopInstanceUid> instance) {
    /** Of an event that brings no instance another version. */
    public HistoryEntry(LocalPosition position, Instant recordedAt, String event, String by, String summary) {
        this(position, recordedAt, event, by, summary, Optional.empty());
    }
}
