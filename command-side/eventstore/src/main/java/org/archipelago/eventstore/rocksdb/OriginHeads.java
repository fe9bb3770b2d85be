package org.archipelago.eventstore.rocksdb;

import java.util.HashMap;
import java.util.Map;
import org.archipelago.contract.SiteId;
import org.rocksdb.RocksDBException;

/** The next position of each origin that was written to. Immutable once its batch is written. */
final class OriginHeads {
    /** Of an opened log: each is looked up when it is needed. */
    static final OriginHeads NONE = new OriginHeads(Map.of());

    private final Map<SiteId, Long> next;

    private OriginHeads(Map<SiteId, Long> next) {
        this.next = next;
    }

    /** A copy, which counts only if its batch is written. */
    OriginHeads copy() {
        return new OriginHeads(new HashMap<>(next));
    }

    long next(SiteId origin, LogReader reader) throws RocksDBException {
        Long known = next.get(origin);
        return known != null ? known : reader.lastOf(origin) + 1;
    }

    void advance(SiteId origin, long position) {
        next.put(origin, position);
    }
}
