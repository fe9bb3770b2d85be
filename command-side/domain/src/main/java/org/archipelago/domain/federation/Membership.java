package org.archipelago.domain.federation;

import static org.axonframework.modelling.command.AggregateLifecycle.apply;

import java.time.Clock;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.federation.PeerCommand.AcceptPeer;
import org.archipelago.contract.federation.PeerCommand.InvitePeer;
import org.archipelago.contract.federation.PeerCommand.RemovePeer;
import org.archipelago.contract.federation.PeerEvent;
import org.archipelago.contract.federation.PeerEvent.PeerAccepted;
import org.archipelago.contract.federation.PeerEvent.PeerInvited;
import org.archipelago.contract.federation.PeerEvent.PeerRemoved;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.log.StreamId;
import org.axonframework.commandhandling.CommandHandler;
import org.axonframework.eventsourcing.EventSourcingHandler;
import org.axonframework.modelling.command.AggregateCreationPolicy;
import org.axonframework.modelling.command.AggregateIdentifier;
import org.axonframework.modelling.command.CreationPolicy;
import org.jspecify.annotations.Nullable;

/** Decides who becomes a member, and who is one no more. */
public final class Membership {
    /** A hospital network, not a public one. */
    static final int MAX_MEMBERS = 64;

    static final int MAX_INVITATIONS = 64;

    @AggregateIdentifier
    private @Nullable StreamId id;

    private Members members = Members.NONE;

    /** For Axon. */
    public Membership() {}

    @CommandHandler
    @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
    void handle(InvitePeer command, Clock clock) {
        requireRoom(members.invitations().size() < MAX_INVITATIONS, "open invitations");
        apply(new PeerInvited(command.stream(), command.invitation(), command.by(), clock.instant()));
    }

    @CommandHandler
    @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
    void handle(AcceptPeer command, Clock clock) {
        if (command.peer().equals(command.stream().origin())) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "descriptor of this site itself");
        }
        if (command.descriptor().equals(members.descriptors().get(command.peer()))) {
            return;
        }
        if (!command.answered().stream().allMatch(members.invitations()::contains)) {
            throw new ArchiveException(ArchiveError.CONFLICTING_STATE, "answer to an invitation that is not open");
        }
        boolean isMember = members.descriptors().containsKey(command.peer());
        requireRoom(isMember || members.descriptors().size() < MAX_MEMBERS, "members");
        apply(new PeerAccepted(
                command.stream(),
                command.peer(),
                command.descriptor(),
                command.answered(),
                command.by(),
                clock.instant()));
    }

    @CommandHandler
    void handle(RemovePeer command, Clock clock) {
        if (!members.descriptors().containsKey(command.peer())) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "member " + command.peer());
        }
        apply(new PeerRemoved(command.stream(), command.peer(), command.reason(), command.by(), clock.instant()));
    }

    private static void requireRoom(boolean room, String of) {
        if (!room) {
            throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, of);
        }
    }

    @EventSourcingHandler
    void on(PeerEvent event) {
        id = event.stream();
        members = members.apply(event);
    }

    @EventSourcingHandler
    void on(Erased record) {
        id = record.stream();
    }
}
