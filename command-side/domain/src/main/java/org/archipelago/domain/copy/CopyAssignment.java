package org.archipelago.domain.copy;

import static org.axonframework.modelling.command.AggregateLifecycle.apply;

import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.CopyCommand.AssignCopies;
import org.archipelago.contract.federation.CopyEvent;
import org.archipelago.contract.federation.CopyEvent.CopyAssigned;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.log.StreamId;
import org.axonframework.commandhandling.CommandHandler;
import org.axonframework.eventsourcing.EventSourcingHandler;
import org.axonframework.modelling.command.AggregateCreationPolicy;
import org.axonframework.modelling.command.AggregateIdentifier;
import org.axonframework.modelling.command.CreationPolicy;
import org.jspecify.annotations.Nullable;

/** Who is to hold the blobs of one study of this site. */
public final class CopyAssignment {
    @AggregateIdentifier
    private @Nullable StreamId id;

    private List<SiteId> holders = List.of();

    /** For Axon. */
    public CopyAssignment() {}

    @CommandHandler
    @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
    void handle(AssignCopies command, Clock clock) {
        SiteId own = command.stream().origin();
        require(command.study().stream().origin().equals(own), "assigned study of another site");
        require(!command.holders().contains(own), "origin as a holder of its own study");
        List<SiteId> wanted = command.holders().stream()
                .distinct()
                .sorted(Comparator.comparing(SiteId::toString))
                .toList();
        require(wanted.size() <= CopyEvent.MAX_HOLDERS, "number of holders");
        if (!wanted.equals(holders)) {
            apply(new CopyAssigned(command.stream(), command.study(), wanted, clock.instant()));
        }
    }

    private static void require(boolean condition, String subject) {
        if (!condition) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, subject);
        }
    }

    @EventSourcingHandler
    void on(CopyAssigned event) {
        id = event.stream();
        holders = event.holders();
    }

    @EventSourcingHandler
    void on(Erased record) {
        id = record.stream();
    }
}
