package org.archipelago.node.federation;

import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.RecoveryCommand;
import org.archipelago.contract.federation.RecoveryCommand.RecordReturnedKeys;
import org.archipelago.contract.federation.SealedKeys;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.federation.grant.KeyEnvelope;
import org.archipelago.federation.link.ReturnedKeys;
import org.archipelago.federation.member.SiteDescriptor;
import org.archipelago.federation.recovery.ReturnableKeys;
import org.archipelago.federation.replica.LogLinkService.KeyReturn;

/** Gives a member that has lost its keys those that it had granted this site, once that is on record. Thread-safe. */
public final class KeyReturner implements KeyReturn {
    private static final SealedKeys NOTHING = new SealedKeys(new byte[0]);

    private final ReturnableKeys returnable;
    private final StreamNames names;
    private final Peers peers;
    private final Commands commands;
    private final LongAdder returned = new LongAdder();

    /** Sends a command; on return what it records is durable. */
    public interface Commands {
        void send(RecoveryCommand command);
    }

    public KeyReturner(ReturnableKeys returnable, StreamNames names, Peers peers, Commands commands) {
        this.returnable = returnable;
        this.names = names;
        this.peers = peers;
        this.commands = commands;
    }

    @Override
    public ReturnedKeys returned(SiteId caller, OriginPosition from, OriginPosition through) {
        SiteDescriptor member = peers.member(caller)
                .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_AUTHORIZED, "keys for site " + caller));
        ReturnableKeys.Found found = returnable.of(caller, from, through);
        if (found.keys().isEmpty()) {
            return new ReturnedKeys(found.next(), List.of(), NOTHING);
        }
        List<KeyRef> uses = List.copyOf(found.keys().keySet());
        SealedKeys sealed = new KeyEnvelope(names.site(), caller, uses)
                .seal(List.copyOf(found.keys().values()), member.recipient());
        commands.send(new RecordReturnedKeys(
                names.returned(caller),
                caller,
                member.recipient().id(),
                new OriginPosition(found.next().value() - 1),
                uses.size()));
        returned.add(uses.size());
        return new ReturnedKeys(found.next(), uses, sealed);
    }

    /** Keys since the start. */
    public long returned() {
        return returned.sum();
    }
}
