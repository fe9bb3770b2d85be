package org.archipelago.node.dimse;

import java.io.IOException;
import java.io.InputStream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.DimseService;
import org.archipelago.contract.DimseStatus;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.association.Association;
import org.archipelago.node.association.AssociationState;
import org.archipelago.node.association.CommandField;
import org.archipelago.node.association.CommandSet;
import org.archipelago.node.association.DimseMessage;

/** One request and the answers to it. */
final class Exchange {
    private static final System.Logger LOG = System.getLogger(Exchange.class.getName());

    private final Association association;
    private final Caller caller;
    private final DimseMessage message;
    private final IdentifierCodec codec;
    private volatile boolean finished;

    Exchange(Association association, Caller caller, DimseMessage message, IdentifierCodec codec) {
        this.association = association;
        this.caller = caller;
        this.message = message;
        this.codec = codec;
    }

    Association association() {
        return association;
    }

    Caller caller() {
        return caller;
    }

    DimseMessage message() {
        return message;
    }

    CommandSet command() {
        return message.command();
    }

    TransferSyntaxUid syntax() {
        return new TransferSyntaxUid(message.context().transferSyntax());
    }

    /** @throws ArchiveException NOT_A_DATASET, REQUEST_TOO_LARGE */
    AttributeSet readDataSet(int maxBytes) throws IOException {
        InputStream data = message.data()
                .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_A_DATASET, "no data set in the request"));
        byte[] bytes = data.readNBytes(maxBytes + 1);
        if (bytes.length > maxBytes) {
            throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "length of the data set");
        }
        return codec.decode(bytes, syntax(), caller.defaultCharacterSet());
    }

    void respond(int status) throws IOException {
        respond(command().response(status).build());
    }

    void respond(CommandSet response) throws IOException {
        note(response);
        association.send(message.context().id(), response);
    }

    void respond(CommandSet response, AttributeSet data) throws IOException {
        byte[] encoded = codec.encode(data, syntax());
        note(response);
        association.send(message.context().id(), response, out -> out.write(encoded));
    }

    private void note(CommandSet response) {
        finished = finished || !DimseStatus.isPending(response.status());
    }

    /**
     * Answers with the error's status for this service and a comment; what is left of the request is dropped first. A
     * request that has had its last answer gets no other.
     */
    void refuse(ArchiveException refusal) throws IOException {
        if (finished) {
            LOG.log(System.Logger.Level.WARNING, "a failure after the last answer: {0}", refusal.getMessage());
            return;
        }
        association.discardRest();
        respond(command()
                .response(refusal.error().dimseStatus(service()))
                .errorComment(refusal.error() + ": " + refusal.subject())
                .build());
    }

    /** Answers with a status that is no refusal of the archive's but of the message service (PS3.7 Annex C). */
    void refuse(int status, String comment) throws IOException {
        association.discardRest();
        respond(command().response(status).errorComment(comment).build());
    }

    private DimseService service() {
        return switch (command().commandField()) {
            case CommandField.C_FIND_RQ -> DimseService.C_FIND;
            case CommandField.C_MOVE_RQ -> DimseService.C_MOVE;
            case CommandField.C_GET_RQ -> DimseService.C_GET;
            case CommandField.N_ACTION_RQ -> DimseService.N_ACTION;
            default -> DimseService.C_STORE;
        };
    }

    /** Whether the peer has asked to cancel this request (PS3.7 §9.3.2.3); anything else it sends now is out of turn. */
    boolean cancelled() throws IOException {
        if (association.state() != AssociationState.ESTABLISHED) {
            throw new PeerLeftException("the asker is gone");
        }
        return association.readable() && isCancel(receiveWhileBusy());
    }

    private DimseMessage receiveWhileBusy() throws IOException {
        return association
                .receive()
                .orElseThrow(() -> new PeerLeftException("the peer released while its request was being served"));
    }

    boolean isCancel(DimseMessage received) throws PeerLeftException {
        CommandSet other = received.command();
        if (other.commandField() != CommandField.C_CANCEL_RQ) {
            throw new PeerLeftException("the peer sent a request while another was being served");
        }
        return other.messageIdRespondedTo() == command().messageId();
    }
}
