package org.archipelago.node.association;

/** How long our P-DATA-TF PDUs may be, from what the peer announced (PS3.8 §D.1.1: 0 is no limit). */
final class SendLength {
    /** Below this a peer's maximum is taken for a mistake: each PDU costs 12 bytes of headers. */
    static final int LEAST_BYTES = 64;

    private SendLength() {}

    static int of(long announcedBytes, AssociationLimits limits) {
        return announcedBytes == 0
                ? limits.maxSendPduLengthBytes()
                : (int) Math.min(announcedBytes, limits.maxSendPduLengthBytes());
    }
}
