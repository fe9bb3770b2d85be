package org.archipelago.node.association;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.archipelago.node.association.AssociationPolicy.Decision;

/** The acceptor's way from a connection to an association (PS3.8 §9.2.3 AE-5 to AE-8). */
final class Acceptance {
    private final AssociationLimits limits;
    private final AssociationPolicy policy;

    Acceptance(AssociationLimits limits, AssociationPolicy policy) {
        this.limits = limits;
        this.policy = policy;
    }

    /** An association and who serves it. */
    record Accepted(Association association, AssociationHandler handler) {}

    /**
     * Reads the request and answers it.
     *
     * @param overLimit asked when the request could be accepted: rejects when there are too many associations
     * @return empty when it was rejected, or when the peer sent something else or nothing
     */
    Optional<Accepted> accept(Transport transport, Function<AssociateRequest, Optional<Rejection>> overLimit)
            throws IOException {
        PduInput in = new PduInput(transport, limits);
        AssociateRequest request;
        try {
            request = readRequest(in);
        } catch (MalformedPduException e) {
            abort(transport, e.reason());
            return Optional.empty();
        } catch (SocketTimeoutException e) {
            return Optional.empty();
        }
        Decision decision = refusal(request)
                .<Decision>map(Decision.Reject::new)
                .orElseGet(() -> policy.decide(request, transport.identified()));
        if (decision instanceof Decision.Accept) {
            decision =
                    overLimit.apply(request).<Decision>map(Decision.Reject::new).orElse(decision);
        }
        return switch (decision) {
            case Decision.Reject(Rejection rejection) -> {
                write(transport, new Pdu.Reject(rejection));
                Closing.awaitPeer(transport, limits.artimTimeout());
                yield Optional.empty();
            }
            case Decision.Accept accept ->
                Optional.of(new Accepted(established(transport, in, request, accept), accept.handler()));
        };
    }

    private AssociateRequest readRequest(PduInput in) throws IOException {
        long before = System.nanoTime();
        PduInput.Header header = in.nextPdu(limits.artimTimeout());
        if (header.type() != Pdu.ASSOCIATE_RQ) {
            throw new MalformedPduException(AbortReason.UNEXPECTED_PDU, "PDU type in this state");
        }
        in.tighten(limits.artimTimeout().toNanos() - (System.nanoTime() - before));
        Pdu pdu = PduDecoder.decode(header.type(), in.body(header), limits.maxVariableItems());
        if (pdu instanceof Pdu.Request(AssociateRequest request)) {
            return request;
        }
        throw new MalformedPduException(AbortReason.UNEXPECTED_PDU, "PDU type in this state");
    }

    private static Optional<Rejection> refusal(AssociateRequest request) {
        if ((request.protocolVersion() & 1) == 0) {
            return Optional.of(Rejection.PROTOCOL_VERSION_NOT_SUPPORTED);
        }
        if (!request.applicationContext().equals(AssociateRequest.DICOM_APPLICATION_CONTEXT)) {
            return Optional.of(Rejection.APPLICATION_CONTEXT_NOT_SUPPORTED);
        }
        long max = request.user().maxPduLengthBytes();
        return max != 0 && max < SendLength.LEAST_BYTES ? Optional.of(Rejection.NO_REASON) : Optional.empty();
    }

    private Association established(Transport transport, PduInput in, AssociateRequest request, Decision.Accept accept)
            throws IOException {
        UserInformation ours = new UserInformation(
                limits.maxPduLengthBytes(),
                UserInformation.IMPLEMENTATION_CLASS_UID,
                Optional.of(UserInformation.IMPLEMENTATION_VERSION),
                request.user().asyncWindow().map(_ -> UserInformation.AsyncWindow.SYNCHRONOUS),
                accept.roles(),
                accept.extended(),
                List.of(),
                Optional.empty(),
                request.user().identity().filter(UserIdentity::isConfirmed).isPresent());
        write(
                transport,
                new Pdu.Accept(
                        request.calledAeTitle(),
                        request.callingAeTitle(),
                        Optional.of(AssociateRequest.DICOM_APPLICATION_CONTEXT),
                        accept.contexts(),
                        ours));
        int sendLength = SendLength.of(request.user().maxPduLengthBytes(), limits);
        return new Association(
                transport,
                in,
                new PduOutput(transport, sendLength),
                limits,
                false,
                request,
                ours,
                contexts(request.contexts(), accept.contexts(), accept.roles()));
    }

    /** The contexts that both sides have agreed on; a missing role selection makes the requestor SCU only. */
    static Map<Integer, AcceptedContext> contexts(
            List<ProposedContext> proposed, List<ContextAnswer> answers, List<RoleSelection> roles) {
        Map<Integer, ProposedContext> byId =
                proposed.stream().collect(Collectors.toMap(ProposedContext::id, Function.identity()));
        Map<String, RoleSelection> byClass =
                roles.stream().collect(Collectors.toMap(RoleSelection::sopClass, Function.identity(), (a, _) -> a));
        Map<Integer, AcceptedContext> contexts = new HashMap<>();
        for (ContextAnswer answer : answers) {
            ProposedContext context = byId.get(answer.id());
            if (context != null && answer.result() == ContextAnswer.Result.ACCEPTANCE) {
                String sopClass = context.abstractSyntax();
                RoleSelection role = byClass.getOrDefault(sopClass, new RoleSelection(sopClass, true, false));
                contexts.put(
                        answer.id(),
                        new AcceptedContext(answer.id(), sopClass, answer.transferSyntax(), role.scu(), role.scp()));
            }
        }
        return contexts;
    }

    private static void write(Transport transport, Pdu pdu) throws IOException {
        byte[] encoded = PduEncoder.encode(pdu);
        transport.write(encoded, 0, encoded.length);
    }

    private void abort(Transport transport, AbortReason reason) throws IOException {
        write(transport, new Pdu.Abort(reason.source(), reason.reason()));
        transport.shutdownOutput();
        Closing.awaitPeer(transport, limits.artimTimeout());
    }
}
