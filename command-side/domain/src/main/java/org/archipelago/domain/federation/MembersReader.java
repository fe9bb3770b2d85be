package org.archipelago.domain.federation;

import org.archipelago.contract.federation.PeerEvent;
import org.archipelago.contract.log.StreamId;
import org.axonframework.eventsourcing.eventstore.DomainEventStream;
import org.axonframework.eventsourcing.eventstore.EventStore;

/** Reads who the members are, straight from the log and so never behind it. */
public final class MembersReader {
    private MembersReader() {}

    /** {@link Members#NONE} when nobody was ever invited or accepted. */
    public static Members read(EventStore log, StreamId stream) {
        Members members = Members.NONE;
        if (log.lastSequenceNumberFor(stream.value()).isEmpty()) {
            return members;
        }
        DomainEventStream events = log.readEvents(stream.value());
        while (events.hasNext()) {
            if (events.next().getPayload() instanceof PeerEvent event) {
                members = members.apply(event);
            }
        }
        return members;
    }
}
