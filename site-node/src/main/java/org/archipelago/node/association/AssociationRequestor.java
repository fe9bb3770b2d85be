package org.archipelago.node.association;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.AeTitle;

/** Opens associations (PS3.8 §7.1, §9.2.3 AE-1 to AE-4). */
public final class AssociationRequestor {
    private AssociationRequestor() {}

    /**
     * What is asked for.
     *
     * @param contexts 1 to 128, ids odd and distinct
     * @param tls present: TLS is spoken, and the peer must show a trusted certificate
     */
    public record Proposal(
            String host,
            int port,
            AeTitle calling,
            AeTitle called,
            List<ProposedContext> contexts,
            List<RoleSelection> roles,
            List<ExtendedNegotiation> extended,
            List<CommonExtendedNegotiation> commonExtended,
            Optional<UserIdentity> identity,
            Optional<TlsContext> tls) {
        public Proposal {
            contexts = List.copyOf(contexts);
            roles = List.copyOf(roles);
            extended = List.copyOf(extended);
            commonExtended = List.copyOf(commonExtended);
            if (contexts.isEmpty() || contexts.size() > ProposedContext.MOST_PER_ASSOCIATION) {
                throw new IllegalArgumentException("an association has 1 to 128 presentation contexts");
            }
        }

        public static Proposal of(
                String host, int port, AeTitle calling, AeTitle called, List<ProposedContext> contexts) {
            return new Proposal(
                    host,
                    port,
                    calling,
                    called,
                    contexts,
                    List.of(),
                    List.of(),
                    List.of(),
                    Optional.empty(),
                    Optional.empty());
        }

        public Proposal withRoles(List<RoleSelection> selections) {
            return new Proposal(
                    host, port, calling, called, contexts, selections, extended, commonExtended, identity, tls);
        }

        public Proposal withCommonExtended(List<CommonExtendedNegotiation> common) {
            return new Proposal(host, port, calling, called, contexts, roles, extended, common, identity, tls);
        }

        public Proposal withExtended(List<ExtendedNegotiation> negotiations) {
            return new Proposal(
                    host, port, calling, called, contexts, roles, negotiations, commonExtended, identity, tls);
        }

        public Proposal withIdentity(UserIdentity asserted) {
            return new Proposal(
                    host, port, calling, called, contexts, roles, extended, commonExtended, Optional.of(asserted), tls);
        }

        public Proposal withTls(Optional<TlsContext> context) {
            return new Proposal(
                    host, port, calling, called, contexts, roles, extended, commonExtended, identity, context);
        }
    }

    /**
     * @throws AssociationRejectedException the peer said no
     * @throws AssociationLostException the peer aborted, broke the protocol, or did not answer within ARTIM
     * @throws IOException no connection
     */
    public static Association open(Proposal proposal, AssociationLimits limits) throws IOException {
        Socket socket = new Socket();
        boolean opened = false;
        try {
            socket.connect(new InetSocketAddress(proposal.host(), proposal.port()), (int)
                    limits.connectTimeout().toMillis());
            Transport transport = proposal.tls().isPresent()
                    ? new Transport(socket, proposal.tls().get().connect(socket), limits)
                    : new Transport(socket, limits);
            try {
                Association association = negotiate(transport, proposal, limits);
                opened = true;
                return association;
            } finally {
                if (!opened) {
                    transport.close();
                }
            }
        } finally {
            if (!opened) {
                socket.close();
            }
        }
    }

    private static Association negotiate(Transport transport, Proposal proposal, AssociationLimits limits)
            throws IOException {
        AssociateRequest request = new AssociateRequest(
                1,
                proposal.called().value(),
                proposal.calling().value(),
                AssociateRequest.DICOM_APPLICATION_CONTEXT,
                proposal.contexts(),
                new UserInformation(
                        limits.maxPduLengthBytes(),
                        UserInformation.IMPLEMENTATION_CLASS_UID,
                        Optional.of(UserInformation.IMPLEMENTATION_VERSION),
                        Optional.empty(),
                        proposal.roles(),
                        proposal.extended(),
                        proposal.commonExtended(),
                        proposal.identity(),
                        false));
        byte[] encoded = PduEncoder.encode(new Pdu.Request(request));
        transport.write(encoded, 0, encoded.length);
        PduInput in = new PduInput(transport, limits);
        return switch (answer(transport, in, limits)) {
            case Pdu.Accept accept -> established(transport, in, limits, request, accept);
            case Pdu.Reject(Rejection rejection) -> throw new AssociationRejectedException(rejection);
            case Pdu.Abort _ -> throw new AssociationLostException("the peer aborted the association");
            case Pdu.Request _, Pdu.ReleaseRequest _, Pdu.ReleaseResponse _ ->
                throw abort(transport, AbortReason.UNEXPECTED_PDU);
        };
    }

    private static Pdu answer(Transport transport, PduInput in, AssociationLimits limits) throws IOException {
        try {
            PduInput.Header header = in.nextPdu(limits.artimTimeout());
            if (header.type() == Pdu.P_DATA_TF) {
                throw abort(transport, AbortReason.UNEXPECTED_PDU);
            }
            return PduDecoder.decode(header.type(), in.body(header), limits.maxVariableItems());
        } catch (MalformedPduException e) {
            throw abort(transport, e.reason());
        } catch (SocketTimeoutException e) {
            throw new AssociationLostException("the peer did not answer the association request in time", e);
        } catch (EOFException e) {
            throw new AssociationLostException("the peer closed the connection", e);
        }
    }

    private static Association established(
            Transport transport, PduInput in, AssociationLimits limits, AssociateRequest request, Pdu.Accept accept)
            throws IOException {
        long announced = accept.user().maxPduLengthBytes();
        if (announced != 0 && announced < SendLength.LEAST_BYTES) {
            throw abort(transport, AbortReason.INVALID_PDU_PARAMETER_VALUE);
        }
        Map<Integer, AcceptedContext> contexts = Acceptance.contexts(
                request.contexts(), accept.contexts(), accept.user().roles());
        return new Association(
                transport,
                in,
                new PduOutput(transport, SendLength.of(announced, limits)),
                limits,
                true,
                request,
                accept.user(),
                contexts);
    }

    private static AssociationLostException abort(Transport transport, AbortReason reason) throws IOException {
        byte[] encoded = PduEncoder.encode(new Pdu.Abort(reason.source(), reason.reason()));
        transport.write(encoded, 0, encoded.length);
        return new AssociationLostException("the peer's answer breaks the protocol");
    }
}
