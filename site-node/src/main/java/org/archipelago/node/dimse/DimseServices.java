package org.archipelago.node.dimse;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.DimseStatus;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.node.association.AcceptedContext;
import org.archipelago.node.association.Association;
import org.archipelago.node.association.CommandField;
import org.archipelago.node.association.CommandSet;
import org.archipelago.node.association.DimseMessage;
import org.archipelago.node.audit.AccessRecorder;
import org.archipelago.node.dimse.SopClasses.Service;

/** Serves the requests of one association after the other, each by its Command Field (PS3.7 §9.3, §10.3). */
final class DimseServices implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(DimseServices.class.getName());

    private final IdentifierCodec codec;
    private final DimseConfiguration configuration;
    private final StoreService store;
    private final FindService find;
    private final MoveService move;
    private final GetService get;
    private final CommitmentService commitment;
    private final CommitmentReporter reporter;
    private final AccessRecorder recorder;

    DimseServices(DimseConfiguration configuration, DimsePorts ports) {
        this.codec = ports.codec();
        this.recorder = ports.recorder();
        this.configuration = configuration;
        this.store = new StoreService(ports.ingest(), ports.metrics());
        this.find = new FindService(ports.queries(), ports.network(), ports.recorder(), configuration);
        RetrieveSelection selection = new RetrieveSelection(
                ports.retrieval(), ports.queries(), ports.head(), ports.identifiers(), configuration);
        InstanceSender instances = new InstanceSender(ports.retrieval(), ports.metrics());
        this.move = new MoveService(selection, instances, ports.recorder(), configuration);
        this.get = new GetService(selection, instances, ports.recorder(), configuration);
        this.commitment = new CommitmentService(
                ports.commitmentCheck(),
                ports.pendingReports(),
                ports.codec(),
                configuration,
                ports.clock(),
                ports.ids());
        this.reporter = new CommitmentReporter(commitment, configuration, ports.clock());
        reporter.deliver(ports.pendingReports().list());
    }

    /** No further reports are made or sent; what is pending stays so. */
    @Override
    public void close() {
        reporter.close();
        commitment.close();
    }

    void serve(Association association, Caller caller) throws IOException {
        CommitmentSession session = new CommitmentSession(commitment, association, configuration, reporter::deliver);
        try {
            while (true) {
                Optional<Duration> patience = session.patience();
                if (patience.isPresent() && !association.awaitReadable(patience.get())) {
                    session.silent();
                    continue;
                }
                Optional<DimseMessage> message = association.receiveRequest();
                if (message.isEmpty()) {
                    return;
                }
                answer(new Exchange(association, caller, message.get(), codec), session);
            }
        } catch (PeerLeftException e) {
            LOG.log(System.Logger.Level.INFO, "association of {0} ended: {1}", caller.calling(), e.getMessage());
        } finally {
            session.leave();
        }
    }

    /** Every request is answered: what a service does not say itself is its refusal or {@link ArchiveError#INTERNAL}. */
    private void answer(Exchange exchange, CommitmentSession session) throws IOException {
        try {
            dispatch(exchange, session);
        } catch (ArchiveException refusal) {
            exchange.refuse(refusal);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "a DIMSE request failed", e);
            exchange.refuse(new ArchiveException(ArchiveError.INTERNAL, "request", e));
        }
    }

    private void dispatch(Exchange exchange, CommitmentSession session) throws IOException {
        CommandSet command = exchange.command();
        switch (command.commandField()) {
            case CommandField.C_STORE_RQ -> {
                requireStorage(exchange);
                store.serve(exchange);
            }
            case CommandField.C_ECHO_RQ -> {
                require(exchange, Service.ECHO);
                exchange.respond(DimseStatus.SUCCESS);
            }
            case CommandField.C_FIND_RQ -> {
                requireRead(exchange, Service.FIND, AccessKind.QUERY, "C-FIND");
                find.serve(exchange);
            }
            case CommandField.C_MOVE_RQ -> {
                requireRead(exchange, Service.MOVE, AccessKind.RETRIEVE, "C-MOVE");
                move.serve(exchange);
            }
            case CommandField.C_GET_RQ -> {
                requireRead(exchange, Service.GET, AccessKind.RETRIEVE, "C-GET");
                get.serve(exchange);
            }
            case CommandField.N_ACTION_RQ -> {
                require(exchange, Service.COMMITMENT);
                commitment.serve(exchange, session);
            }
            case CommandField.N_EVENT_REPORT_RQ | CommandField.RESPONSE -> session.answered(command);
            case CommandField.C_CANCEL_RQ ->
                LOG.log(System.Logger.Level.DEBUG, "a cancel came after its request was done");
            default -> other(exchange);
        }
    }

    private static void requireStorage(Exchange exchange) {
        AcceptedContext context = exchange.message().context();
        if (SopClasses.service(context.abstractSyntax()).isPresent()) {
            throw new ArchiveException(ArchiveError.SOP_CLASS_NOT_SUPPORTED, "context of the request");
        }
        if (!context.requestorIsScu() || !exchange.caller().may(DimseConfiguration.Permission.STORE)) {
            throw new ArchiveException(ArchiveError.NOT_AUTHORIZED, "to store");
        }
    }

    /** What is asked in a context of something else is refused before it is read, and is on record (architecture section 7). */
    private void requireRead(Exchange exchange, Service wanted, AccessKind kind, String operation) {
        if (!isOf(exchange, wanted)) {
            String what = operation + " in a context of "
                    + exchange.message().context().abstractSyntax();
            try (AccessRecorder.Access access =
                    recorder.begin(kind, exchange.caller().reader(), operation, Optional.empty(), what)) {
                access.outcome(AccessOutcome.REFUSED);
            }
        }
        require(exchange, wanted);
    }

    private static boolean isOf(Exchange exchange, Service wanted) {
        return SopClasses.service(exchange.message().context().abstractSyntax())
                .filter(wanted::equals)
                .isPresent();
    }

    private static void require(Exchange exchange, Service wanted) {
        if (!isOf(exchange, wanted)) {
            throw new ArchiveException(ArchiveError.SOP_CLASS_NOT_SUPPORTED, "context of the request");
        }
    }

    private static void other(Exchange exchange) throws IOException {
        if (exchange.command().isResponse()) {
            throw new PeerLeftException("an answer to nothing that was asked");
        }
        exchange.refuse(DimseStatus.UNRECOGNIZED_OPERATION, "no such operation here");
    }
}
