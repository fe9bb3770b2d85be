package org.archipelago.contract.federation;

import java.util.Optional;
import java.util.UUID;
import org.archipelago.contract.Actor;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.StreamId;
import org.axonframework.modelling.command.TargetAggregateIdentifier;

/** Changes whom this site takes for a member. */
public sealed interface PeerCommand {
    StreamId stream();

    /** Refused with REQUEST_TOO_LARGE beyond so many open invitations. */
    record InvitePeer(@TargetAggregateIdentifier StreamId stream, UUID invitation, Actor by) implements PeerCommand {}

    /**
     * The caller has verified the descriptor. Idempotent: without an event when this very descriptor is in force. Refused with
     * CONFLICTING_STATE when it answers an invitation that is not open, INVALID_REQUEST for this site itself, REQUEST_TOO_LARGE
     * beyond so many members.
     */
    record AcceptPeer(
            @TargetAggregateIdentifier StreamId stream,
            SiteId peer,
            String descriptor,
            Optional<UUID> answered,
            Actor by)
            implements PeerCommand {}

    /** Refused with NOT_FOUND when it is no member. */
    record RemovePeer(@TargetAggregateIdentifier StreamId stream, SiteId peer, String reason, Actor by)
            implements PeerCommand {}
}
