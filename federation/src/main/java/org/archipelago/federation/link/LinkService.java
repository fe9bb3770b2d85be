package org.archipelago.federation.link;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.federation.merkle.ConsistencyProof;
import org.archipelago.federation.note.SignedNote;

/**
 * What a node answers to the questions of {@link PeerLink}. The caller is a member, by the key of its connection. Thread-safe;
 * arguments are within {@link LinkBounds}, answers MUST be.
 *
 * <p>Every method throws {@link ArchiveException}: NOT_FOUND for an origin that this node knows nothing of; CORRUPT for what is
 * damaged here, SIGNING_WITHHELD, LOG_UNAVAILABLE, OVERLOADED or SHUTTING_DOWN, which the caller sees as PEER_UNAVAILABLE.
 */
public interface LinkService {
    List<OriginHead> heads(SiteId caller);

    /** Records of this site's own log that it has not signed, so that no other site can have them; a busy one always has some for a moment. */
    long unsignedRecords();

    Optional<SignedNote> checkpoint(SiteId caller, SiteId origin);

    /** @throws InterruptedException while waiting: the connection has gone, or the node stops */
    RecordBatch records(SiteId caller, SiteId origin, OriginPosition from, int maxBytes, Duration wait)
            throws InterruptedException;

    ConsistencyProof consistency(SiteId caller, SiteId origin, long first, long second);

    /**
     * As {@link PeerLink#keys}. On return the pixel key is on record as handed out. The key of what the caller is granted is on no record:
     * it opens nothing but {@code KeyGranted} events, whose keys are sealed to the caller once more.
     *
     * @throws ArchiveException NOT_AUTHORIZED when this site does not release the study's pixel key; CORRUPT, too, when the key of its
     *     grants is missing: another is never made
     */
    HandedKeys keys(SiteId caller, Optional<StreamId> study);

    /** As {@link PeerLink#returned}, of the caller's own records. On return it is on record here. */
    ReturnedKeys returned(SiteId caller, OriginPosition from, OriginPosition through);
}
