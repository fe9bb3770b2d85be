package org.archipelago.contract.federation;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.archipelago.contract.Actor;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.StreamId;

/** Whom this site takes for a member; one stream per site. */
public sealed interface PeerEvent {
    StreamId stream();

    /** This site's descriptor was written for another to accept. */
    record PeerInvited(StreamId stream, UUID invitation, Actor by, Instant invitedAt) implements PeerEvent {}

    /**
     * From now on the peer is known by what its descriptor says, which takes the place of an earlier one.
     *
     * @param descriptor the signed note as it came; it was verified with a fingerprint that a person gave
     * @param answered the invitation of this site that it answers, and that is thereby used up
     */
    record PeerAccepted(
            StreamId stream, SiteId peer, String descriptor, Optional<UUID> answered, Actor by, Instant acceptedAt)
            implements PeerEvent {}

    /** From now on it gets nothing. What it had stays with it, and its records stay here. */
    record PeerRemoved(StreamId stream, SiteId peer, String reason, Actor by, Instant removedAt) implements PeerEvent {}
}
