package org.archipelago.node.dimse;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.DimseStatus;
import org.archipelago.node.association.AcceptedContext;
import org.archipelago.node.association.DimseMessage;
import org.archipelago.node.association.RawStorageSender;
import org.archipelago.node.audit.AccessRecorder;
import org.archipelago.node.retrieve.HeldInstance;

/** C-GET as SCP (PS3.4 §C.4.3): sub-operations on the same association, in contexts where the requestor is SCP. */
final class GetService {
    private final RetrieveSelection selection;
    private final InstanceSender instances;
    private final AccessRecorder recorder;
    private final DimseConfiguration configuration;

    GetService(
            RetrieveSelection selection,
            InstanceSender instances,
            AccessRecorder recorder,
            DimseConfiguration configuration) {
        this.selection = selection;
        this.instances = instances;
        this.recorder = recorder;
        this.configuration = configuration;
    }

    void serve(Exchange exchange) throws IOException {
        InformationModel model =
                InformationModel.of(exchange.message().context().abstractSyntax());
        AskedIdentifier asked =
                AskedIdentifier.read(exchange, configuration.serviceLimits().maxIdentifierBytes());
        try (StudyAccesses accesses =
                new StudyAccesses(recorder, exchange.caller().reader(), "C-GET", asked.description("C-GET"))) {
            List<HeldInstance> wanted = accesses.find(
                    asked,
                    () -> selection.select(
                            asked.checked(keys -> Identifier.forRetrieval(keys, model)), exchange.caller()),
                    selection::patientsOf);
            try {
                sendAll(exchange, wanted, accesses);
            } catch (IOException e) {
                accesses.askerLeft();
                throw e;
            }
        }
    }

    private void sendAll(Exchange exchange, List<HeldInstance> wanted, StudyAccesses accesses) throws IOException {
        List<AcceptedContext> contexts = exchange.association().contexts().stream()
                .filter(AcceptedContext::requestorIsScp)
                .toList();
        SubOperations counts = new SubOperations(wanted.size());
        Cancellation cancellation = new Cancellation(exchange);
        Receiver receiver = new Receiver(
                new RawStorageSender(exchange.association(), cancellation::take), contexts, Optional.empty());
        long lastPendingNanos = System.nanoTime();
        int pendingAt = 0;
        for (HeldInstance instance : wanted) {
            if (cancellation.asked()) {
                accesses.askerLeft();
                respondWithFailures(exchange, counts, DimseStatus.CANCELLED);
                return;
            }
            instances.send(instance, receiver, counts, accesses);
            boolean due = counts.done() - pendingAt
                            >= configuration.serviceLimits().pendingEvery()
                    || System.nanoTime() - lastPendingNanos
                            >= configuration.serviceLimits().pendingInterval().toNanos();
            if (due && counts.done() < wanted.size()) {
                exchange.respond(counts.response(exchange.command(), DimseStatus.PENDING));
                pendingAt = counts.done();
                lastPendingNanos = System.nanoTime();
            }
        }
        respondWithFailures(exchange, counts, counts.finalStatus());
    }

    static void respondWithFailures(Exchange exchange, SubOperations counts, int status) throws IOException {
        if (counts.anyFailed()) {
            exchange.respond(counts.response(exchange.command(), status), counts.failedList());
        } else {
            exchange.respond(counts.response(exchange.command(), status));
        }
    }

    /** Notices a C-CANCEL also while the answer to a sub-operation is awaited. */
    private static final class Cancellation {
        private final Exchange exchange;
        private boolean asked;

        Cancellation(Exchange exchange) {
            this.exchange = exchange;
        }

        boolean asked() throws IOException {
            asked = asked || exchange.cancelled();
            return asked;
        }

        boolean take(DimseMessage message) {
            try {
                asked = asked || exchange.isCancel(message);
                return true;
            } catch (PeerLeftException e) {
                return false;
            }
        }
    }
}
