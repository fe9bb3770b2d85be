package org.archipelago.domain.quarantine;

import static org.axonframework.modelling.command.AggregateLifecycle.apply;

import java.time.Clock;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.quarantine.QuarantineCommand.QuarantineObject;
import org.archipelago.contract.quarantine.QuarantineEvent;
import org.archipelago.contract.quarantine.QuarantineEvent.ObjectQuarantined;
import org.archipelago.contract.quarantine.QuarantineEvent.QuarantinedBlobReplaced;
import org.archipelago.contract.quarantine.QuarantineId;
import org.archipelago.contract.study.ContentComparison;
import org.archipelago.contract.study.EventAttributes;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.VersionId;
import org.axonframework.commandhandling.CommandHandler;
import org.axonframework.eventsourcing.EventSourcingHandler;
import org.axonframework.modelling.command.AggregateCreationPolicy;
import org.axonframework.modelling.command.AggregateIdentifier;
import org.axonframework.modelling.command.CreationPolicy;
import org.jspecify.annotations.Nullable;

/**
 * An object that belongs to no study copy: acknowledged, durable, hidden, listed. Its natural key has to tell its bytes and
 * encoding ({@link VersionId}), so that different objects are never one.
 */
public final class QuarantinedObject {
    @AggregateIdentifier
    private @Nullable QuarantineId id;

    private @Nullable StoredObject object;
    private boolean erased;

    /** For Axon. */
    public QuarantinedObject() {}

    /**
     * Answers whether it was recorded: false when these bytes are here already and whole, and the new blob is not needed.
     *
     * @throws ArchiveException CONFLICTING_STATE when another object has this id
     */
    @CommandHandler
    @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
    boolean handle(QuarantineObject command, Clock clock, ContentComparison comparison) {
        if (erased) {
            throw new ArchiveException(ArchiveError.ERASED, "quarantined object");
        }
        StoredObject kept = object;
        if (kept != null) {
            return again(command, kept, clock, comparison);
        }
        apply(new ObjectQuarantined(
                command.quarantine(),
                command.reason(),
                command.object(),
                EventAttributes.bounded(command.attributes(), _ -> true),
                command.source(),
                clock.instant()));
        return true;
    }

    private static boolean again(
            QuarantineObject command, StoredObject kept, Clock clock, ContentComparison comparison) {
        if (!kept.version().equals(command.object().version())) {
            throw new ArchiveException(ArchiveError.CONFLICTING_STATE, "quarantine id of another object");
        }
        if (comparison.isIntact(kept)) {
            return false;
        }
        apply(new QuarantinedBlobReplaced(
                command.quarantine(),
                kept.movedTo(command.object().blob()),
                kept.blob().id(),
                command.source(),
                clock.instant()));
        return true;
    }

    @EventSourcingHandler
    void on(QuarantineEvent event) {
        id = event.quarantine();
        object = switch (event) {
            case ObjectQuarantined quarantined -> quarantined.object();
            case QuarantinedBlobReplaced replaced -> replaced.object();
        };
    }

    @EventSourcingHandler
    void on(Erased record) {
        id = new QuarantineId(record.stream());
        erased = true;
    }
}
