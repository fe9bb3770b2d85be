package org.archipelago.domain.copy;

import static org.axonframework.modelling.command.AggregateLifecycle.apply;

import java.time.Clock;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.federation.CopyCommand.RecordHeldCopy;
import org.archipelago.contract.federation.CopyCommand.ReleaseHeldCopy;
import org.archipelago.contract.federation.CopyEvent.StudyCopyHeld;
import org.archipelago.contract.federation.CopyEvent.StudyCopyReleased;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.axonframework.commandhandling.CommandHandler;
import org.axonframework.eventsourcing.EventSourcingHandler;
import org.axonframework.modelling.command.AggregateCreationPolicy;
import org.axonframework.modelling.command.AggregateIdentifier;
import org.axonframework.modelling.command.CreationPolicy;
import org.jspecify.annotations.Nullable;

/** How much of one study of another site this site vouches to hold. */
public final class HeldCopy {
    private static final Revision NOTHING = new Revision(-1);

    @AggregateIdentifier
    private @Nullable StreamId id;

    private Revision through = NOTHING;

    /** For Axon. */
    public HeldCopy() {}

    @CommandHandler
    @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
    void handle(RecordHeldCopy command, Clock clock) {
        if (command.study().stream().origin().equals(command.stream().origin())) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "held copy of an own study");
        }
        if (command.through().compareTo(through) > 0) {
            apply(new StudyCopyHeld(
                    command.stream(),
                    command.study(),
                    command.through(),
                    command.blobs(),
                    command.bytes(),
                    clock.instant()));
        }
    }

    @CommandHandler
    @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
    void handle(ReleaseHeldCopy command, Clock clock) {
        if (through.compareTo(NOTHING) > 0) {
            apply(new StudyCopyReleased(command.stream(), command.study(), command.reason(), clock.instant()));
        }
    }

    @EventSourcingHandler
    void on(StudyCopyHeld event) {
        id = event.stream();
        through = event.through();
    }

    @EventSourcingHandler
    void on(StudyCopyReleased event) {
        id = event.stream();
        through = NOTHING;
    }

    @EventSourcingHandler
    void on(Erased record) {
        id = record.stream();
    }
}
