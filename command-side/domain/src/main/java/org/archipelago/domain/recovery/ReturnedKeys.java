package org.archipelago.domain.recovery;

import static org.axonframework.modelling.command.AggregateLifecycle.apply;

import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
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

/**
 * How far another site is on record to have been given back its own keys: each time it is given more than before, and once a day (UTC)
 * as long as it is given any. So it cannot fill the log, and is not given keys on a day of which the log says nothing.
 */
public final class ReturnedKeys {
    @AggregateIdentifier
    private @Nullable StreamId id;

    private @Nullable Digest recipient;
    private @Nullable LocalDate lastDay;
    private OriginPosition through = new OriginPosition(-1);
    private int mostKeys;

    /** For Axon. */
    public ReturnedKeys() {}

    @CommandHandler
    @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
    void handle(RecordReturnedKeys command, Clock clock) {
        Instant now = clock.instant();
        boolean isOther = !command.recipient().equals(recipient);
        boolean isFurther = command.through().compareTo(through) > 0;
        // Who asked for the end first, and then for all the rest, has further positions no more.
        boolean isLarger = command.keys() > mostKeys;
        if (isOther || isFurther || isLarger || !day(now).equals(lastDay)) {
            apply(new KeysReturned(
                    command.stream(),
                    command.site(),
                    command.recipient(),
                    isOther || isFurther ? command.through() : through,
                    command.keys(),
                    now));
        }
    }

    private static LocalDate day(Instant at) {
        return LocalDate.ofInstant(at, ZoneOffset.UTC);
    }

    @EventSourcingHandler
    void on(RecoveryEvent event) {
        id = event.stream();
        switch (event) {
            case KeysReturned returned -> {
                boolean isSame = returned.recipient().equals(recipient);
                mostKeys = isSame ? Math.max(mostKeys, returned.keys()) : returned.keys();
                recipient = returned.recipient();
                through = returned.through();
                lastDay = day(returned.returnedAt());
            }
        }
    }

    @EventSourcingHandler
    void on(Erased record) {
        id = record.stream();
    }
}
