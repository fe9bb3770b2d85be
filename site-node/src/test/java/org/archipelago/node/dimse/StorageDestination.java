package org.archipelago.node.dimse;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.archipelago.node.association.AbortReason;
import org.archipelago.node.association.Association;
import org.archipelago.node.association.AssociationMetrics;
import org.archipelago.node.association.AssociationPolicy;
import org.archipelago.node.association.AssociationServer;
import org.archipelago.node.association.CommandSet;
import org.archipelago.node.association.ContextAnswer;
import org.archipelago.node.association.DimseMessage;
import org.archipelago.node.association.OpenAssociations;

/** A move destination that writes down what it is asked. */
final class StorageDestination implements AutoCloseable {
    /** Number of proposed contexts of each association. */
    final List<Integer> associations = Collections.synchronizedList(new ArrayList<>());

    final List<CommandSet> stored = Collections.synchronizedList(new ArrayList<>());
    volatile boolean leavesUnanswered;
    private final AssociationServer server;

    StorageDestination() throws IOException {
        server = AssociationServer.start(
                InetAddress.getByName(TestNode.HOST),
                0,
                Optional.empty(),
                TestNode.LIMITS,
                new OpenAssociations(TestNode.LIMITS),
                (request, _) -> {
                    associations.add(request.contexts().size());
                    return new AssociationPolicy.Decision.Accept(
                            request.contexts().stream()
                                    .map(c -> ContextAnswer.accepted(
                                            c.id(), c.transferSyntaxes().getFirst()))
                                    .toList(),
                            List.of(),
                            List.of(),
                            this::serve);
                },
                AssociationMetrics.NONE);
    }

    private void serve(Association association) throws IOException {
        Optional<DimseMessage> message = association.receive();
        while (message.isPresent()) {
            stored.add(message.get().command());
            association.discardRest();
            if (leavesUnanswered) {
                association.abort(AbortReason.SERVICE_USER);
                return;
            }
            association.send(
                    message.get().context().id(),
                    message.get().command().response(0).build());
            message = association.receive();
        }
    }

    int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.close();
    }
}
