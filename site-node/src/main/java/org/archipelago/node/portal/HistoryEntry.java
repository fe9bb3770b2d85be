package org.archipelago.node.portal;

import java.time.Instant;
import org.archipelago.contract.log.LocalPosition;

/**
 * One event of a study's life.
 *
 * @param event its type, such as {@code InstancesStored}
 * @param by who caused it, as recorded; empty for the node itself
 * @param summary one sentence
 */
public record HistoryEntry(LocalPosition position, Instant recordedAt, String event, String by, String summary) {}
