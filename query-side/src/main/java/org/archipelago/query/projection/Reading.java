package org.archipelago.query.projection;

import org.archipelago.contract.log.LocalPosition;

/**
 * One generation of indexes, for one search: what the search waited for is in it, and its indexes stay until this is
 * closed, whatever is published meanwhile (but not for ever: see {@code Projection.LONGEST_READ}).
 */
public final class Reading implements AutoCloseable {
    private final Generation generation;
    private final IndexNames names;
    private final LocalPosition position;

    Reading(Generation generation, IndexNames names, LocalPosition position) {
        this.generation = generation;
        this.names = names;
        this.position = position;
    }

    /** The physical index of a logical name. */
    public String index(String logical) {
        return names.physical(logical);
    }

    /** What searches see at least. */
    public LocalPosition position() {
        return position;
    }

    @Override
    public void close() {
        generation.release();
    }
}
