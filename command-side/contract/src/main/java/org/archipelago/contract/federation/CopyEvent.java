package org.archipelago.contract.federation;

import java.time.Instant;
import java.util.List;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.study.StudyCopyId;

/**
 * Which sites are to hold the blobs of a study besides its origin, and which do. One stream for each study that a site assigns, one for
 * each that it holds of another, and one for what it offers.
 */
public sealed interface CopyEvent {
    /** Of one study; more than a network has members. */
    int MAX_HOLDERS = 64;

    StreamId stream();

    /**
     * This site takes in so much of others from here on.
     *
     * @param bytes stored bytes of blobs; 0: nothing more is assigned to it
     */
    record CapacityDeclared(StreamId stream, long bytes, Instant declaredAt) implements CopyEvent {}

    /**
     * The study's origin wants these sites, and no others besides itself, to hold its blobs from here on.
     *
     * @param study a study of the site that records this
     * @param holders in the order of their ids, at most {@link #MAX_HOLDERS}; empty: nobody
     */
    record CopyAssigned(StreamId stream, StudyCopyId study, List<SiteId> holders, Instant assignedAt)
            implements CopyEvent {
        public CopyAssigned {
            holders = List.copyOf(holders);
        }
    }

    /**
     * The site that records this has, verified and durable, every blob that the study's records name.
     *
     * @param study a study of another site
     * @param through up to this record of the study
     * @param blobs how many
     * @param bytes of them as they are stored
     */
    record StudyCopyHeld(StreamId stream, StudyCopyId study, Revision through, int blobs, long bytes, Instant heldAt)
            implements CopyEvent {}

    /** The site that records this no longer vouches for its copy: it is not to hold it any more, or has lost some of it. */
    record StudyCopyReleased(StreamId stream, StudyCopyId study, String reason, Instant releasedAt)
            implements CopyEvent {}
}
