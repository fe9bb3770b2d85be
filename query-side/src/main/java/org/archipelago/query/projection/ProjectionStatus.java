package org.archipelago.query.projection;

import org.archipelago.contract.log.LocalPosition;

/**
 * What an operator watches.
 *
 * @param group {@code catalogue} or {@code history}
 * @param stored the last position in the index; -1 while there is none in use
 * @param visible the last position that searches surely see
 * @param lag records between the head of the log and {@code stored}
 * @param rebuilding whether an index is being built
 * @param built the last position in the index that is being built; -1 while there is none
 */
public record ProjectionStatus(
        String group,
        LocalPosition stored,
        LocalPosition visible,
        long lag,
        boolean rebuilding,
        LocalPosition built,
        int deadLetters) {}
