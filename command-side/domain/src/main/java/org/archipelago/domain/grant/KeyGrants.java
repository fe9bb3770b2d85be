package org.archipelago.domain.grant;

import static org.axonframework.modelling.command.AggregateLifecycle.apply;

import java.time.Clock;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.federation.GrantCommand.GrantKeys;
import org.archipelago.contract.federation.GrantEvent;
import org.archipelago.contract.federation.GrantEvent.KeyGranted;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.axonframework.commandhandling.CommandHandler;
import org.axonframework.eventsourcing.EventSourcingHandler;
import org.axonframework.modelling.command.AggregateCreationPolicy;
import org.axonframework.modelling.command.AggregateIdentifier;
import org.axonframework.modelling.command.CreationPolicy;
import org.jspecify.annotations.Nullable;

/**
 * Grants each key to a peer once: again only to another key pair of the peer, which cannot open what the earlier one could. How far the
 * own log was gone through stands in the events, so that nothing has to remember single keys.
 */
public final class KeyGrants {
    private static final OriginPosition NOTHING = new OriginPosition(-1);
    /** Of a stream that holds a single grant, which somebody asked for. */
    private static final OriginPosition ASKED = new OriginPosition(0);

    @AggregateIdentifier
    private @Nullable StreamId id;

    private @Nullable Digest recipient;
    private OriginPosition through = NOTHING;

    /** For Axon. */
    public KeyGrants() {}

    @CommandHandler
    @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
    void handle(GrantKeys command, Clock clock) {
        require(!command.keys().isEmpty() && command.keys().size() <= GrantEvent.MAX_KEYS, "number of granted keys");
        for (KeyRef key : command.keys()) {
            require(isGrantable(key), "class of a granted key");
            require(key.subject().origin().equals(command.stream().origin()), "granted key of another site");
        }
        OriginPosition next = command.through().orElse(ASKED);
        if (!command.recipient().equals(recipient) || next.compareTo(through) > 0) {
            apply(new KeyGranted(
                    command.stream(),
                    command.peer(),
                    command.recipient(),
                    command.keys(),
                    command.sealed(),
                    command.reason(),
                    command.through(),
                    clock.instant()));
        }
    }

    /** Who read what, and what happens to the node, stays at its site. */
    private static boolean isGrantable(KeyRef key) {
        return switch (key.keyClass()) {
            case INDEX, PIXEL, PATIENT -> true;
            case AUDIT, SITE, GRANT -> false;
        };
    }

    private static void require(boolean condition, String subject) {
        if (!condition) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, subject);
        }
    }

    @EventSourcingHandler
    void on(GrantEvent event) {
        id = event.stream();
        switch (event) {
            case KeyGranted granted -> {
                recipient = granted.recipient();
                through = granted.through().orElse(ASKED);
            }
        }
    }

    @EventSourcingHandler
    void on(Erased record) {
        id = record.stream();
    }
}
