package org.archipelago.domain.federation;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.PeerEvent;
import org.archipelago.contract.federation.PeerEvent.PeerAccepted;
import org.archipelago.contract.federation.PeerEvent.PeerInvited;
import org.archipelago.contract.federation.PeerEvent.PeerRemoved;

/**
 * Whom this site takes for a member, by its own events.
 *
 * @param descriptors the signed note of each
 * @param invitations that nobody has answered
 */
public record Members(Map<SiteId, String> descriptors, Set<UUID> invitations) {
    public static final Members NONE = new Members(Map.of(), Set.of());

    public Members {
        descriptors = Map.copyOf(descriptors);
        invitations = Set.copyOf(invitations);
    }

    public Members apply(PeerEvent event) {
        Map<SiteId, String> members = new LinkedHashMap<>(descriptors);
        Set<UUID> open = new LinkedHashSet<>(invitations);
        switch (event) {
            case PeerInvited invited -> open.add(invited.invitation());
            case PeerAccepted accepted -> {
                members.put(accepted.peer(), accepted.descriptor());
                accepted.answered().ifPresent(open::remove);
            }
            case PeerRemoved removed -> members.remove(removed.peer());
        }
        return new Members(members, open);
    }
}
