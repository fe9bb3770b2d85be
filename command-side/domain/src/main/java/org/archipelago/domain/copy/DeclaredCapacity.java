package org.archipelago.domain.copy;

import static org.axonframework.modelling.command.AggregateLifecycle.apply;

import java.time.Clock;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.federation.CopyCommand.DeclareCapacity;
import org.archipelago.contract.federation.CopyEvent.CapacityDeclared;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.log.StreamId;
import org.axonframework.commandhandling.CommandHandler;
import org.axonframework.eventsourcing.EventSourcingHandler;
import org.axonframework.modelling.command.AggregateCreationPolicy;
import org.axonframework.modelling.command.AggregateIdentifier;
import org.axonframework.modelling.command.CreationPolicy;
import org.jspecify.annotations.Nullable;

/** How much of other sites' blobs this site takes in. */
public final class DeclaredCapacity {
    @AggregateIdentifier
    private @Nullable StreamId id;

    private long bytes;

    /** For Axon. */
    public DeclaredCapacity() {}

    @CommandHandler
    @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
    void handle(DeclareCapacity command, Clock clock) {
        if (command.bytes() < 0) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "declared capacity");
        }
        if (command.bytes() != bytes) {
            apply(new CapacityDeclared(command.stream(), command.bytes(), clock.instant()));
        }
    }

    @EventSourcingHandler
    void on(CapacityDeclared event) {
        id = event.stream();
        bytes = event.bytes();
    }

    @EventSourcingHandler
    void on(Erased record) {
        id = record.stream();
    }
}
