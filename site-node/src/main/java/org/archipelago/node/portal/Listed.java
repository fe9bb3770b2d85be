package org.archipelago.node.portal;

import java.util.List;

/**
 * One page of a list that may be long.
 *
 * @param more whether there are entries behind this page: no list ends without saying so
 */
record Listed<T>(List<T> entries, int offset, int pageSize, boolean more) {
    static final int MAX_OFFSET = 1_000_000;

    /** Reads at most so many entries from an offset. */
    interface Source<T> {
        List<T> read(int offset, int most);
    }

    static <T> Listed<T> of(int offset, int pageSize, Source<T> source) {
        int start = Math.clamp(offset, 0, MAX_OFFSET);
        List<T> found = source.read(start, pageSize + 1);
        boolean more = found.size() > pageSize;
        return new Listed<>(more ? found.subList(0, pageSize) : found, start, pageSize, more);
    }

    /** Public for the templates. */
    public int previousOffset() {
        return Math.max(0, offset - pageSize);
    }

    /** Public for the templates. */
    public int nextOffset() {
        return offset + entries.size();
    }
}
