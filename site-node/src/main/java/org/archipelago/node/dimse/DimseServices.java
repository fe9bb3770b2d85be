package org.archipelago.node.dimse;

import java.io.IOException;
import java.util.Optional;
import org.archipelago.node.association.AcceptedContext;
import org.archipelago.node.association.Association;
import org.archipelago.node.association.CommandField;
import org.archipelago.node.association.CommandSet;
import org.archipelago.node.association.DimseMessage;
import org.archipelago.node.dimse.SopClasses.Service;

/** Serves the requests of one association after the other, each by its Command Field (PS3.7 §9.3, §10.3). */
final class DimseServices {
    private static final System.Logger LOG = System.getLogger(DimseServices.class.getName());
    /** PS3.7 Annex C. */
    private static final int UNRECOGNIZED_OPERATION = 0x0211;

    private static final int SOP_CLASS_NOT_SUPPORTED = 0x0122;
    private static final int NOT_AUTHORIZED = 0x0124;

    private final IdentifierCodec codec;
    private final DimseConfiguration configuration;
    private final StoreService store;
    private final FindService find;
    private final MoveService move;
    private final GetService get;
    private final CommitmentService commitment;
    private final CommitmentReporter reporter;

    DimseServices(DimseConfiguration configuration, DimsePorts ports) {
        this.codec = ports.codec();
        this.configuration = configuration;
        this.store = new StoreService(ports.ingest(), ports.metrics());
        this.find = new FindService(ports.queries(), ports.recorder(), configuration);
        RetrieveSelection selection = new RetrieveSelection(ports.retrieval(), ports.queries(), configuration);
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

    CommitmentReporter reporter() {
        return reporter;
    }

    void serve(Association association, Caller caller) throws IOException {
        CommitmentSession session = new CommitmentSession(commitment, association);
        try {
            while (true) {
                if (session.hasReportToSend()
                        && !association.awaitReadable(
                                configuration.serviceLimits().commitmentQuiet())) {
                    session.sendNext();
                }
                Optional<DimseMessage> message = association.receive();
                if (message.isEmpty()) {
                    return;
                }
                dispatch(new Exchange(association, caller, message.get(), codec), session);
            }
        } catch (PeerLeftException e) {
            LOG.log(System.Logger.Level.INFO, "association of {0} ended: {1}", caller.calling(), e.getMessage());
        } finally {
            reporter.deliver(session.undelivered());
        }
    }

    private void dispatch(Exchange exchange, CommitmentSession session) throws IOException {
        CommandSet command = exchange.command();
        AcceptedContext context = exchange.message().context();
        Optional<Service> service = SopClasses.service(context.abstractSyntax());
        switch (command.commandField()) {
            case CommandField.C_STORE_RQ -> {
                if (service.isPresent()) {
                    refuse(exchange, SOP_CLASS_NOT_SUPPORTED);
                } else if (!context.requestorIsScu() || !exchange.caller().may(DimseConfiguration.Permission.STORE)) {
                    refuse(exchange, NOT_AUTHORIZED);
                } else {
                    store.serve(exchange);
                }
            }
            case CommandField.C_ECHO_RQ -> {
                if (expected(exchange, service, Service.ECHO)) {
                    exchange.respond(Exchange.SUCCESS);
                }
            }
            case CommandField.C_FIND_RQ -> {
                if (expected(exchange, service, Service.FIND)) {
                    find.serve(exchange);
                }
            }
            case CommandField.C_MOVE_RQ -> {
                if (expected(exchange, service, Service.MOVE)) {
                    move.serve(exchange);
                }
            }
            case CommandField.C_GET_RQ -> {
                if (expected(exchange, service, Service.GET)) {
                    get.serve(exchange);
                }
            }
            case CommandField.N_ACTION_RQ -> {
                if (expected(exchange, service, Service.COMMITMENT)) {
                    commitment.serve(exchange, session);
                }
            }
            case CommandField.N_EVENT_REPORT_RQ | CommandField.RESPONSE -> session.answered(command);
            case CommandField.C_CANCEL_RQ ->
                LOG.log(System.Logger.Level.DEBUG, "a cancel came after its request was done");
            default -> other(exchange);
        }
    }

    private static boolean expected(Exchange exchange, Optional<Service> actual, Service wanted) throws IOException {
        if (actual.filter(wanted::equals).isPresent()) {
            return true;
        }
        refuse(exchange, SOP_CLASS_NOT_SUPPORTED);
        return false;
    }

    private static void other(Exchange exchange) throws IOException {
        if (exchange.command().isResponse()) {
            throw new PeerLeftException("an answer to nothing that was asked");
        }
        refuse(exchange, UNRECOGNIZED_OPERATION);
    }

    private static void refuse(Exchange exchange, int status) throws IOException {
        exchange.association().discardRest();
        exchange.respond(status);
    }
}
