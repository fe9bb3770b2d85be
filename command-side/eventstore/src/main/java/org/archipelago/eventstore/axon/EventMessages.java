package org.archipelago.eventstore.axon;

import org.archipelago.contract.ArchiveException;
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

    /** What cannot be opened says so when its payload is asked for: whoever follows the log sets it aside and goes on. */
    TrackedEventMessage<?> tracked(StoredRecord stored) {
        return new GenericTrackedDomainEventMessage<>(stored.token(incarnation), domainOrUnopened(stored));
    }

    private DomainEventMessage<?> domainOrUnopened(StoredRecord stored) {
        try {
            return domain(stored);
        } catch (ArchiveException e) {
            RecordHeader header = stored.record().header();
            return new GenericDomainEventMessage<>(
                    header.stream().kind(),
                    header.stream().value(),
                    header.revision().value(),
                    new UnopenedMessage(header.id().toString(), e),
                    header.recordedAt());
        }
    }
}
