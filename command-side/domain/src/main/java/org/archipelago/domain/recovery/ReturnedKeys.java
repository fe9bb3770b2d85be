package org.archipelago.domain.recovery;

import static org.axonframework.modelling.command.AggregateLifecycle.apply;

import java.time.Clock;
import org.archipelago.contract.Digest;
import org.archipelago.contract.federation.RecoveryCommand.RecordReturnedKeys;
import org.archipelago.contract.federation.RecoveryEvent;
import org.archipelago.contract.federation.RecoveryEvent.KeysReturned;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.axonframework.commandhandling.CommandHandler;
import org.axonframework.eventsourcing.EventSourcingHandler;
import org.axonframework.modelling.command.AggregateCreationPolicy;
import org.axonframework.modelling.command.AggregateIdentifier;
import org.axonframework.modelling.command.CreationPolicy;
import org.jspecify.annotations.Nullable;

/** How far another site is on record to have been given back its own keys. */
public final class ReturnedKeys {
    @AggregateIdentifier
    private @Nullable StreamId id;

    private @Nullable Digest recipient;
    private OriginPosition through = new OriginPosition(-1);

    /** For Axon. */
    public ReturnedKeys() {}

    @CommandHandler
    @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
    void handle(RecordReturnedKeys command, Clock clock) {
        boolean isMore =
                !command.recipient().equals(recipient) || command.through().compareTo(through) > 0;
        if (isMore) {
            apply(new KeysReturned(
                    command.stream(),
                    command.site(),
                    command.recipient(),
                    command.through(),
                    command.keys(),
                    clock.instant()));
        }
    }

    @EventSourcingHandler
    void on(RecoveryEvent event) {
        id = event.stream();
        switch (event) {
            case KeysReturned returned -> {
                recipient = returned.recipient();
                through = returned.through();
            }
        }
    }

    @EventSourcingHandler
    void on(Erased record) {
        id = record.stream();
    }
}
