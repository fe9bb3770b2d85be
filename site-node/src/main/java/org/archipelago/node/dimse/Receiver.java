package org.archipelago.node.dimse;

import java.util.List;
import java.util.Optional;
import org.archipelago.node.association.AcceptedContext;
import org.archipelago.node.association.RawStorageSender;

/**
 * Where the sub-operations of one association go.
 *
 * @param contexts those in which the receiver may be sent to
 * @param originator who asked for the C-MOVE
 */
record Receiver(
        RawStorageSender sender,
        List<AcceptedContext> contexts,
        Optional<RawStorageSender.MoveOriginator> originator,
        Proof proof) {
    Receiver {
        contexts = List.copyOf(contexts);
    }

    Receiver(
            RawStorageSender sender,
            List<AcceptedContext> contexts,
            Optional<RawStorageSender.MoveOriginator> originator) {
        this(sender, contexts, originator, new Proof());
    }

    List<AcceptedContext> contexts(String sopClass) {
        return contexts.stream()
                .filter(c -> c.abstractSyntax().equals(sopClass))
                .toList();
    }
}
