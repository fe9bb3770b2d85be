package org.archipelago.node.association;

import java.util.List;

/**
 * An A-ASSOCIATE-RQ (PS3.8 §9.3.2).
 *
 * @param protocolVersion bit 0 set for version 1
 * @param calledAeTitle as sent, spaces at both ends removed; may be no valid AE title
 * @param callingAeTitle likewise
 */
public record AssociateRequest(
        int protocolVersion,
        String calledAeTitle,
        String callingAeTitle,
        String applicationContext,
        List<ProposedContext> contexts,
        UserInformation user) {
    /** PS3.7 §A.2.1. */
    public static final String DICOM_APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1";

    public AssociateRequest {
        contexts = List.copyOf(contexts);
    }
}
