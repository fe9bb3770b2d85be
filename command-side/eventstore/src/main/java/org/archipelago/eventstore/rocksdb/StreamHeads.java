package org.archipelago.eventstore.rocksdb;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.StreamHead;

/** The last revision and key of the streams used last, so that an append need not look for them. Thread-safe. */
final class StreamHeads {
    private static final int MAX_STREAMS = 65_536;

    private final Map<StreamId, StreamHead> heads = new LinkedHashMap<>(1024, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<StreamId, StreamHead> eldest) {
            return size() > MAX_STREAMS;
        }
    };

    synchronized Optional<StreamHead> get(StreamId stream) {
        return Optional.ofNullable(heads.get(stream));
    }

    /** A reader that is late never puts back an older head. */
    synchronized void advance(StreamId stream, StreamHead head) {
        heads.merge(stream, head, (known, fresh) -> known.revision().compareTo(fresh.revision()) >= 0 ? known : fresh);
    }

    synchronized void clear() {
        heads.clear();
    }
}
