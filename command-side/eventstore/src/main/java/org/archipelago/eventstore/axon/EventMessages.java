package org.archipelago.eventstore.axon;

import org.archipelago.contract.log.Incarnation;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.body.OpenedBody;
import org.archipelago.eventstore.record.RecordHeader;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.GenericDomainEventMessage;
import org.axonframework.eventhandling.GenericTrackedDomainEventMessage;
import org.axonframework.eventhandling.TrackedEventMessage;

/** Records as Axon's messages. */
final class EventMessages {
    private final Sealing sealing;
    private final Incarnation incarnation;

    EventMessages(Sealing sealing, Incarnation incarnation) {
        this.sealing = sealing;
        this.incarnation = incarnation;
    }

    DomainEventMessage<?> domain(StoredRecord stored) {
        RecordHeader header = stored.record().header();
        OpenedBody body = sealing.open(stored.record());
        return new GenericDomainEventMessage<>(
                header.stream().kind(),
                header.stream().value(),
                header.revision().value(),
                body.payload(),
                body.metadata(),
                header.id().toString(),
                header.recordedAt());
    }

    TrackedEventMessage<?> tracked(StoredRecord stored) {
        return new GenericTrackedDomainEventMessage<>(stored.token(incarnation), domain(stored));
    }
}
