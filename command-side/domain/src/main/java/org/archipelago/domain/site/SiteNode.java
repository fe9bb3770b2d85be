package org.archipelago.domain.site;

import static org.axonframework.modelling.command.AggregateLifecycle.apply;

import java.time.Clock;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.site.SiteCommand.StartNode;
import org.archipelago.contract.site.SiteCommand.StopNode;
import org.archipelago.contract.site.SiteEvent;
import org.archipelago.contract.site.SiteEvent.NodeStarted;
import org.archipelago.contract.site.SiteEvent.NodeStopped;
import org.axonframework.commandhandling.CommandHandler;
import org.axonframework.eventsourcing.EventSourcingHandler;
import org.axonframework.modelling.command.AggregateCreationPolicy;
import org.axonframework.modelling.command.AggregateIdentifier;
import org.axonframework.modelling.command.CreationPolicy;
import org.jspecify.annotations.Nullable;

/** The node's own history: each start, and each orderly stop. */
public final class SiteNode {
    @AggregateIdentifier
    private @Nullable StreamId id;

    private boolean running;

    /** For Axon. */
    public SiteNode() {}

    @CommandHandler
    @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
    void handle(StartNode command, Clock clock) {
        apply(new NodeStarted(command.stream(), command.version(), command.configurationDigest(), clock.instant()));
    }

    @CommandHandler
    void handle(StopNode command, Clock clock) {
        if (running) {
            apply(new NodeStopped(command.stream(), clock.instant()));
        }
    }

    @EventSourcingHandler
    void on(SiteEvent event) {
        id = event.stream();
        running = switch (event) {
            case NodeStarted _ -> true;
            case NodeStopped _ -> false;
        };
    }

    @EventSourcingHandler
    void on(Erased record) {
        id = record.stream();
    }
}
