package org.archipelago.node.dimse;

import java.io.IOException;
import java.io.InputStream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.association.Association;
import org.archipelago.node.association.AssociationState;
import org.archipelago.node.association.CommandField;
import org.archipelago.node.association.CommandSet;
import org.archipelago.node.association.DimseMessage;

/** One request and the answers to it. */
record Exchange(Association association, Caller caller, DimseMessage message, IdentifierCodec codec) {
    static final int SUCCESS = 0x0000;
    static final int PENDING = 0xFF00;
    static final int PENDING_UNSUPPORTED_KEYS = 0xFF01;
    static final int CANCELLED = 0xFE00;

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
        return codec.decode(bytes, syntax());
    }

    void respond(int status) throws IOException {
        respond(command().response(status).build());
    }

    void respond(CommandSet response) throws IOException {
        association.send(message.context().id(), response);
    }

    void respond(CommandSet response, AttributeSet data) throws IOException {
        byte[] encoded = codec.encode(data, syntax());
        association.send(message.context().id(), response, out -> out.write(encoded));
    }

    /** Answers with the error's status and a comment; what is left of the request is dropped first. */
    void refuse(ArchiveException refusal) throws IOException {
        association.discardRest();
        respond(command()
                .response(refusal.error().dimseStatus())
                .errorComment(refusal.error() + ": " + refusal.subject())
                .build());
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
