package org.archipelago.node.association;

/** How long our P-DATA-TF PDUs may be, from what the peer announced (PS3.8 §D.1.1: 0 is no limit). */
final class SendLength {
    /** Below this a peer's maximum is taken for a mistake: each PDU costs 12 bytes of headers. */
    static final int LEAST_BYTES = 64;

    private SendLength() {}

    /** Even, so that every fragment but a data set's last is: some programs (DCMTK) read no others. */
    static int of(long announcedBytes, AssociationLimits limits) {
        long most = announcedBytes == 0
                ? limits.maxSendPduLengthBytes()
                : Math.min(announcedBytes, limits.maxSendPduLengthBytes());
        return (int) (most & ~1L);
    }
}
