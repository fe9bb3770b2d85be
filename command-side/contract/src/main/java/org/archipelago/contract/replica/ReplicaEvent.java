package org.archipelago.contract.replica;

import java.time.Instant;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.StreamId;

/** What happens to this site's replica of another's log; one stream for each origin. */
public sealed interface ReplicaEvent {
    StreamId stream();

    /**
     * Whatever this site records from here on was recorded with this much of the origin's log at hand, and not less. So order between
     * sites comes from what each knew, and from no clock.
     *
     * @param size records of the origin, all of them verified and here
     * @param root of the tree over their headers, as the origin signed it
     */
    record ReplicaAdvanced(StreamId stream, SiteId origin, long size, Digest root, Instant advancedAt)
            implements ReplicaEvent {
        public ReplicaAdvanced {
            if (size < 1) {
                throw new IllegalArgumentException("a replica advances to at least one record");
            }
        }
    }
}
