package org.archipelago.eventstore.axon;

import java.time.Instant;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.LocalToken;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.DamagedRecord;
import org.archipelago.eventstore.LogEntry;
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
    private final SiteId site;
    private final Incarnation incarnation;

    EventMessages(Sealing sealing, SiteId site, Incarnation incarnation) {
        this.sealing = sealing;
        this.site = site;
        this.incarnation = incarnation;
    }

    DomainEventMessage<?> domain(StoredRecord stored) {
        RecordHeader header = stored.record().header();
        boolean own = header.origin().equals(site);
        OpenedBody body = own ? sealing.open(stored.record()) : sealing.openReplica(stored.record());
        return new GenericDomainEventMessage<>(
                header.stream().kind(),
                header.stream().value(),
                header.revision().value(),
                body.payload(),
                body.metadata(),
                header.id().toString(),
                header.recordedAt());
    }

    TrackedEventMessage<?> tracked(LogEntry entry) {
        return switch (entry) {
            case StoredRecord stored -> tracked(stored);
            case DamagedRecord damaged -> tracked(damaged);
        };
    }

    /** In the stream that it belonged to, so that what followed there waits; in one of its own if nothing tells which. */
    private TrackedEventMessage<?> tracked(DamagedRecord damaged) {
        RecordId id = damaged.knownAs();
        ArchiveException refusal =
                new ArchiveException(ArchiveError.CORRUPT, "record at local position " + damaged.local());
        return new GenericTrackedDomainEventMessage<>(
                new LocalToken(incarnation, damaged.local(), id),
                new GenericDomainEventMessage<>(
                        damaged.stream().map(StreamId::kind).orElse(""),
                        damaged.stream().map(StreamId::value).orElseGet(() -> unknownStream(damaged, id)),
                        damaged.inStream().map(at -> at.revision().value()).orElse(0L),
                        new UnopenedMessage(id.toString(), refusal),
                        Instant.EPOCH));
    }

    /** Of another site, if it still tells: so that nobody takes it for damage of this site's own. */
    private String unknownStream(DamagedRecord damaged, RecordId id) {
        return damaged.atOrigin()
                .map(DamagedRecord.AtOrigin::origin)
                .filter(origin -> !origin.equals(site))
                .map(origin -> origin + "/damaged/" + id)
                .orElseGet(id::toString);
    }

    /** What cannot be opened says so when its payload is asked for: whoever follows the log sets it aside and goes on. */
    private TrackedEventMessage<?> tracked(StoredRecord stored) {
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
