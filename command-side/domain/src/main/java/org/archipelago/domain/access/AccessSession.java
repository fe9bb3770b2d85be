package org.archipelago.domain.access;

import static org.axonframework.modelling.command.AggregateLifecycle.apply;

import java.time.Clock;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessCommand.BeginAccess;
import org.archipelago.contract.access.AccessCommand.EndAccess;
import org.archipelago.contract.access.AccessCommand.WidenAccess;
import org.archipelago.contract.access.AccessEvent;
import org.archipelago.contract.access.AccessEvent.AccessBegan;
import org.archipelago.contract.access.AccessEvent.AccessEnded;
import org.archipelago.contract.access.AccessEvent.AccessWidened;
import org.archipelago.contract.access.AccessSessionId;
import org.archipelago.contract.log.Erased;
import org.archipelago.domain.RequestText;
import org.axonframework.commandhandling.CommandHandler;
import org.axonframework.eventsourcing.EventSourcingHandler;
import org.axonframework.modelling.command.AggregateCreationPolicy;
import org.axonframework.modelling.command.AggregateIdentifier;
import org.axonframework.modelling.command.CreationPolicy;
import org.jspecify.annotations.Nullable;

/** One session of access (architecture section 7): begins once, ends once. Repeated reads in it need no further event, unless
 * they are about further patients. */
public final class AccessSession {
    @AggregateIdentifier
    private @Nullable AccessSessionId id;

    private boolean ended;
    private boolean erased;

    /** For Axon. */
    public AccessSession() {}

    /** Idempotent while the session is open; one that has ended never opens again. */
    @CommandHandler
    @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
    void handle(BeginAccess command, Clock clock) {
        if (ended || erased) {
            throw new ArchiveException(ArchiveError.CONFLICTING_STATE, "access session that has ended");
        }
        if (id == null) {
            apply(new AccessBegan(
                    command.session(),
                    command.kind(),
                    command.who(),
                    RequestText.checked(command.purpose(), "purpose of access"),
                    command.study(),
                    command.patient(),
                    command.further().stream().limit(AccessBegan.MAX_FURTHER).toList(),
                    command.further().size() > AccessBegan.MAX_FURTHER,
                    RequestText.checked(command.what(), "what is accessed"),
                    clock.instant()));
        }
    }

    @CommandHandler
    void handle(WidenAccess command, Clock clock) {
        int patients = command.patients().size();
        if (patients == 0 || patients > AccessBegan.MAX_FURTHER) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "number of further patients of an access");
        }
        if (ended || erased) {
            throw new ArchiveException(ArchiveError.CONFLICTING_STATE, "access session that has ended");
        }
        apply(new AccessWidened(command.session(), command.patients(), clock.instant()));
    }

    /** Idempotent: the first end counts. */
    @CommandHandler
    void handle(EndAccess command, Clock clock) {
        if (command.objects() < 0 || command.bytes() < 0) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "counts of an access");
        }
        if (command.patients().size() > AccessEnded.MAX_PATIENTS) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "number of patients of an access");
        }
        if (!ended && !erased) {
            apply(new AccessEnded(
                    command.session(),
                    command.outcome(),
                    command.objects(),
                    command.bytes(),
                    command.patients(),
                    command.morePatients(),
                    clock.instant()));
        }
    }

    @EventSourcingHandler
    void on(AccessEvent event) {
        id = event.session();
        ended = switch (event) {
            case AccessBegan _, AccessWidened _ -> false;
            case AccessEnded _ -> true;
        };
    }

    @EventSourcingHandler
    void on(Erased record) {
        id = new AccessSessionId(record.stream());
        erased = true;
    }
}
