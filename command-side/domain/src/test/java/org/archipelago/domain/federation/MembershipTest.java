package org.archipelago.domain.federation;

import static org.archipelago.domain.Samples.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.PeerCommand.AcceptPeer;
import org.archipelago.contract.federation.PeerCommand.InvitePeer;
import org.archipelago.contract.federation.PeerCommand.RemovePeer;
import org.archipelago.contract.federation.PeerEvent.PeerAccepted;
import org.archipelago.contract.federation.PeerEvent.PeerInvited;
import org.archipelago.contract.federation.PeerEvent.PeerRemoved;
import org.archipelago.contract.log.StreamId;
import org.axonframework.test.aggregate.AggregateTestFixture;
import org.axonframework.test.matchers.Matchers;
import org.hamcrest.Matcher;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MembershipTest {
    private static final UUID INVITATION = new UUID(1, 1);
    private static final SiteId HARBOR = new SiteId(new UUID(2, 2));
    private static final Actor BY = Actor.node("command line");

    private final AggregateTestFixture<Membership> fixture = new AggregateTestFixture<>(Membership.class);
    private final StreamId peers = NAMES.site("peers");
    private final PeerInvited invited = new PeerInvited(peers, INVITATION, BY, NOON);

    @BeforeEach
    void inject() {
        fixture.registerInjectableResource((Clock) new TestClock());
    }

    private PeerAccepted accepted(SiteId peer, String descriptor, Optional<UUID> answered) {
        return new PeerAccepted(peers, peer, descriptor, answered, BY, NOON);
    }

    private AcceptPeer accept(SiteId peer, String descriptor, Optional<UUID> answered) {
        return new AcceptPeer(peers, peer, descriptor, answered, BY);
    }

    private static Matcher<?> refusal(ArchiveError error) {
        return Matchers.matches(failure -> failure instanceof ArchiveException refused && refused.error() == error);
    }

    @Test
    void invitationAndItsAnswer_makeAMember() {
        fixture.givenNoPriorActivity()
                .when(new InvitePeer(peers, INVITATION, BY))
                .expectEvents(invited);
        fixture.given(invited)
                .when(accept(HARBOR, "d1", Optional.of(INVITATION)))
                .expectEvents(accepted(HARBOR, "d1", Optional.of(INVITATION)));
    }

    @Test
    void answerToAnInvitation_isTakenOnce() {
        fixture.given(invited, accepted(HARBOR, "d1", Optional.of(INVITATION)))
                .when(accept(HARBOR, "d2", Optional.of(INVITATION)))
                .expectException(refusal(ArchiveError.CONFLICTING_STATE));
    }

    @Test
    void sameDescriptorAgain_isNoEvent() {
        fixture.given(accepted(HARBOR, "d1", Optional.empty()))
                .when(accept(HARBOR, "d1", Optional.empty()))
                .expectNoEvents();
    }

    @Test
    void ownDescriptor_isRefused() {
        fixture.givenNoPriorActivity()
                .when(accept(peers.origin(), "d1", Optional.empty()))
                .expectException(refusal(ArchiveError.INVALID_REQUEST));
    }

    @Test
    void memberBeyondTheMost_isRefusedAndAKnownOneIsNot() {
        List<PeerAccepted> full = IntStream.range(0, Membership.MAX_MEMBERS)
                .mapToObj(i -> accepted(new SiteId(new UUID(3, i)), "d1", Optional.empty()))
                .toList();
        fixture.given(full)
                .when(accept(HARBOR, "d1", Optional.empty()))
                .expectException(refusal(ArchiveError.REQUEST_TOO_LARGE));
        fixture.given(full)
                .when(accept(new SiteId(new UUID(3, 0)), "d2", Optional.empty()))
                .expectSuccessfulHandlerExecution();
    }

    @Test
    void onlyMembers_areRemoved() {
        RemovePeer remove = new RemovePeer(peers, HARBOR, "closed", BY);
        fixture.given(accepted(HARBOR, "d1", Optional.empty()))
                .when(remove)
                .expectEvents(new PeerRemoved(peers, HARBOR, "closed", BY, NOON));
        fixture.given(invited).when(remove).expectException(refusal(ArchiveError.NOT_FOUND));
    }

    @Test
    void removedMember_isNoneUntilItIsAcceptedAgain() {
        Members removed = Members.NONE
                .apply(invited)
                .apply(accepted(HARBOR, "d1", Optional.empty()))
                .apply(new PeerRemoved(peers, HARBOR, "closed", BY, NOON));
        assertThat(removed).isEqualTo(new Members(Map.of(), Set.of(INVITATION), Map.of(HARBOR, "d1")));
        assertThat(removed.apply(accepted(HARBOR, "d2", Optional.of(INVITATION))))
                .isEqualTo(new Members(Map.of(HARBOR, "d2"), Set.of()));
    }
}
