package org.archipelago.node.dimse;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.AeTitle;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.DimseStatus;
import org.archipelago.node.association.AbortReason;
import org.archipelago.node.association.Association;
import org.archipelago.node.association.AssociationRequestor;
import org.archipelago.node.association.AssociationState;
import org.archipelago.node.association.CommandSet;
import org.archipelago.node.association.RawStorageSender;
import org.archipelago.node.audit.AccessRecorder;
import org.archipelago.node.dimse.DimseConfiguration.Permission;
import org.archipelago.node.dimse.DimseConfiguration.RemoteAe;
import org.archipelago.node.retrieve.HeldInstance;

/** C-MOVE as SCP (PS3.4 §C.4.2): sub-operations on associations of our own with the destination. */
final class MoveService {
    private static final System.Logger LOG = System.getLogger(MoveService.class.getName());
    private static final int MAX_FRUITLESS_ASSOCIATIONS = 3;

    private final RetrieveSelection selection;
    private final InstanceSender instances;
    private final AccessRecorder recorder;
    private final DimseConfiguration configuration;

    MoveService(
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
        Optional<RemoteAe> permitted = destination(exchange.command());
        try (StudyAccesses accesses = new StudyAccesses(
                recorder,
                exchange.caller().reader(),
                "C-MOVE to "
                        + permitted.map(RemoteAe::title).map(AeTitle::value).orElse("an unknown destination"),
                asked.description("C-MOVE"))) {
            List<HeldInstance> wanted = accesses.find(
                    asked,
                    () -> {
                        Identifier identifier = asked.checked(keys -> Identifier.forRetrieval(keys, model));
                        if (permitted.isEmpty()) {
                            throw new ArchiveException(ArchiveError.MOVE_DESTINATION_UNKNOWN, "Move Destination");
                        }
                        return selection.select(identifier, exchange.caller());
                    },
                    selection::patientsOf);
            new Move(exchange, permitted.orElseThrow(), new SubOperations(wanted.size()), accesses).run(wanted);
        }
    }

    /** Empty when no AE of this name may be sent to. */
    private Optional<RemoteAe> destination(CommandSet command) {
        return command.text(CommandSet.MOVE_DESTINATION)
                .flatMap(configuration::remoteAe)
                .filter(ae -> ae.permissions().contains(Permission.MOVE_DESTINATION));
    }

    /** One C-MOVE that is going on. */
    private final class Move {
        private final Exchange exchange;
        private final RemoteAe destination;
        private final SubOperations counts;
        private final StudyAccesses accesses;
        private final Optional<RawStorageSender.MoveOriginator> originator;
        private volatile boolean cancelled;
        private Optional<IOException> left = Optional.empty();
        private int doneBefore = -1;
        private volatile Optional<Association> toDestination = Optional.empty();

        Move(Exchange exchange, RemoteAe destination, SubOperations counts, StudyAccesses accesses) {
            this.exchange = exchange;
            this.destination = destination;
            this.counts = counts;
            this.accesses = accesses;
            this.originator = Optional.of(new RawStorageSender.MoveOriginator(
                    exchange.caller().calling(), exchange.command().messageId()));
        }

        void run(List<HeldInstance> wanted) throws IOException {
            try {
                sendAll(wanted);
                if (cancelled) {
                    accesses.askerLeft();
                }
                GetService.respondWithFailures(
                        exchange, counts, cancelled ? DimseStatus.CANCELLED : counts.finalStatus());
            } catch (IOException e) {
                accesses.askerLeft();
                throw e;
            }
        }

        private void sendAll(List<HeldInstance> wanted) throws IOException {
            try (PendingResponses _ =
                    PendingResponses.start(configuration.serviceLimits().pendingInterval(), this::tendAsker)) {
                for (MovePlan.Batch batch : MovePlan.of(wanted)) {
                    send(batch);
                    if (cancelled) {
                        break;
                    }
                }
            }
        }

        /**
         * Beside a sub-operation. A destination that has said nothing of it from one time to the next does not keep an asker who wants
         * no more, or has left.
         */
        private void tendAsker() throws IOException {
            boolean isWaiting = false;
            try {
                respondPending();
                isWaiting = !isCancelled() || counts.done() != doneBefore;
                doneBefore = counts.done();
            } finally {
                if (!isWaiting) {
                    toDestination.ifPresent(association -> association.abort(AbortReason.SERVICE_USER));
                }
            }
        }

        /** What ended the asker's association ends the request at its next step, whoever noticed it. */
        private synchronized boolean isCancelled() throws IOException {
            if (left.isPresent()) {
                throw left.get();
            }
            try {
                cancelled = cancelled || exchange.cancelled();
            } catch (IOException e) {
                left = Optional.of(e);
                throw e;
            }
            return cancelled;
        }

        private void respondPending() throws IOException {
            exchange.respond(counts.response(exchange.command(), DimseStatus.PENDING));
        }

        /** When an association is lost, the rest goes over a new one, unless several in a row got nothing done. */
        private void send(MovePlan.Batch batch) throws IOException {
            int at = 0;
            int fruitless = 0;
            while (at < batch.instances().size() && !isCancelled()) {
                int before = counts.sent();
                Optional<Association> opened = open(batch);
                if (opened.isEmpty()) {
                    failFrom(batch, at, "no association with the destination");
                    return;
                }
                try (Association association = opened.get()) {
                    toDestination = opened;
                    at = sendOn(association, batch, at);
                    release(association);
                }
                fruitless = counts.sent() == before ? fruitless + 1 : 0;
                if (fruitless == MAX_FRUITLESS_ASSOCIATIONS && !cancelled) {
                    failFrom(batch, at, "associations lost");
                    return;
                }
            }
        }

        private Optional<Association> open(MovePlan.Batch batch) {
            try {
                return Optional.of(AssociationRequestor.open(proposal(batch), configuration.limits()));
            } catch (IOException e) {
                LOG.log(System.Logger.Level.WARNING, "no association with {0}: {1}", destination.title(), e);
                return Optional.empty();
            }
        }

        private void release(Association association) {
            try {
                association.release();
            } catch (IOException e) {
                LOG.log(System.Logger.Level.INFO, "{0} did not take the release: {1}", destination.title(), e);
            }
        }

        private AssociationRequestor.Proposal proposal(MovePlan.Batch batch) {
            return AssociationRequestor.Proposal.of(
                            destination.host(),
                            destination.port(),
                            exchange.caller().called(),
                            destination.title(),
                            batch.contexts())
                    .withTls(configuration.tlsTo(destination));
        }

        /** @return the index of the first instance that was not tried */
        private int sendOn(Association association, MovePlan.Batch batch, int from) throws IOException {
            Receiver receiver = new Receiver(
                    new RawStorageSender(association, _ -> false), List.copyOf(association.contexts()), originator);
            int at = from;
            while (at < batch.instances().size() && association.state() == AssociationState.ESTABLISHED) {
                if (isCancelled()) {
                    return at;
                }
                if (!attempt(receiver, batch.instances().get(at))) {
                    return at + 1;
                }
                at++;
                if (counts.done() % configuration.serviceLimits().pendingEvery() == 0) {
                    respondPending();
                }
            }
            return at;
        }

        private boolean attempt(Receiver receiver, HeldInstance instance) {
            try {
                instances.send(instance, receiver, counts, accesses);
                return true;
            } catch (IOException e) {
                LOG.log(System.Logger.Level.WARNING, "association with {0} lost: {1}", destination.title(), e);
                return false;
            }
        }

        private void failFrom(MovePlan.Batch batch, int from, String reason) {
            batch.instances()
                    .subList(from, batch.instances().size())
                    .forEach(i -> counts.failed(i.current().sopInstanceUid(), reason));
        }
    }
}
