package org.archipelago.node.association;

/** Source and reason of an A-ABORT (PS3.8 §9.3.8 Table 9-26). */
public enum AbortReason {
    SERVICE_USER(0, 0),
    NOT_SPECIFIED(2, 0),
    UNRECOGNIZED_PDU(2, 1),
    UNEXPECTED_PDU(2, 2),
    UNRECOGNIZED_PDU_PARAMETER(2, 4),
    UNEXPECTED_PDU_PARAMETER(2, 5),
    INVALID_PDU_PARAMETER_VALUE(2, 6);

    private final int source;
    private final int reason;

    AbortReason(int source, int reason) {
        this.source = source;
        this.reason = reason;
    }

    int source() {
        return source;
    }

    int reason() {
        return reason;
    }
}
