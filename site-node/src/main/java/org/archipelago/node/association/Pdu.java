package org.archipelago.node.association;

import java.util.List;
import java.util.Optional;

/** The protocol data units of PS3.8 §9.3 that are read whole; P-DATA-TF is streamed ({@link PduInput}). */
sealed interface Pdu {
    int ASSOCIATE_RQ = 1;
    int ASSOCIATE_AC = 2;
    int ASSOCIATE_RJ = 3;
    int P_DATA_TF = 4;
    int RELEASE_RQ = 5;
    int RELEASE_RP = 6;
    int ABORT = 7;

    /** Bytes of type, reserved byte and length before the body. */
    int HEADER_BYTES = 6;

    record Request(AssociateRequest request) implements Pdu {}

    record Accept(
            String calledAeTitle,
            String callingAeTitle,
            Optional<String> applicationContext,
            List<ContextAnswer> contexts,
            UserInformation user)
            implements Pdu {}

    record Reject(Rejection rejection) implements Pdu {}

    record ReleaseRequest() implements Pdu {}

    record ReleaseResponse() implements Pdu {}

    record Abort(int source, int reason) implements Pdu {}
}
