package org.archipelago.domain.federation;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
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
 * @param former the last signed note of each that was removed, the latest {@value #MAX_FORMER} of them: what it recorded stays
 */
public record Members(Map<SiteId, String> descriptors, Set<UUID> invitations, Map<SiteId, String> former) {
    /** With as many members as there may be, fewer than the origins of a network. */
    public static final int MAX_FORMER = 128;

    public static final Members NONE = new Members(Map.of(), Set.of());

    public Members {
        descriptors = Map.copyOf(descriptors);
        invitations = Set.copyOf(invitations);
        former = Collections.unmodifiableMap(new LinkedHashMap<>(former));
    }

    /** Of a site that has removed nobody. */
    public Members(Map<SiteId, String> descriptors, Set<UUID> invitations) {
        this(descriptors, invitations, Map.of());
    }

    public Members apply(PeerEvent event) {
        Map<SiteId, String> members = new LinkedHashMap<>(descriptors);
        Set<UUID> open = new LinkedHashSet<>(invitations);
        Map<SiteId, String> removed = new LinkedHashMap<>(former);
        switch (event) {
            case PeerInvited invited -> open.add(invited.invitation());
            case PeerAccepted accepted -> {
                members.put(accepted.peer(), accepted.descriptor());
                removed.remove(accepted.peer());
                accepted.answered().ifPresent(open::remove);
            }
            case PeerRemoved gone ->
                Optional.ofNullable(members.remove(gone.peer())).ifPresent(note -> addLast(removed, gone.peer(), note));
        }
        return new Members(members, open, removed);
    }

    private static void addLast(Map<SiteId, String> removed, SiteId site, String note) {
        if (removed.size() >= MAX_FORMER) {
            removed.remove(removed.keySet().iterator().next());
        }
        removed.put(site, note);
    }
}
