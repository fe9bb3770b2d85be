package org.archipelago.domain.replica;

import static org.axonframework.modelling.command.AggregateLifecycle.apply;

import java.time.Clock;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.replica.ReplicaCommand.AdvanceReplica;
import org.archipelago.contract.replica.ReplicaEvent;
import org.archipelago.contract.replica.ReplicaEvent.ReplicaAdvanced;
import org.axonframework.commandhandling.CommandHandler;
import org.axonframework.eventsourcing.EventSourcingHandler;
import org.axonframework.modelling.command.AggregateCreationPolicy;
import org.axonframework.modelling.command.AggregateIdentifier;
import org.axonframework.modelling.command.CreationPolicy;
import org.jspecify.annotations.Nullable;

/** How much of one other site's log this site is on record to have known. Only grows. */
public final class ReplicaProgress {
    @AggregateIdentifier
    private @Nullable StreamId id;

    private long size;

    /** For Axon. */
    public ReplicaProgress() {}

    @CommandHandler
    @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
    void handle(AdvanceReplica command, Clock clock) {
        if (command.size() > size) {
            apply(new ReplicaAdvanced(
                    command.stream(), command.origin(), command.size(), command.root(), clock.instant()));
        }
    }

    @EventSourcingHandler
    void on(ReplicaEvent event) {
        id = event.stream();
        size = switch (event) {
            case ReplicaAdvanced advanced -> advanced.size();
        };
    }

    @EventSourcingHandler
    void on(Erased record) {
        id = record.stream();
    }
}
