package org.archipelago.contract.study;

/** What became of one incoming instance; all of them are success to the sender. */
public enum StoreOutcome {
    /** Also when the very same blob is kept already: the command is carried out once however often it is sent. */
    STORED,
    /** It was kept, and its blob was lost or damaged: the new one takes its place. What is known of the object stays as it was. */
    RESTORED,
    /** Equal digest and transfer syntax: nothing was recorded, the new blob is not needed. */
    RETRANSMITTED,
    OTHER_RENDITION,
    NEWER_VERSION,
    /** A version that its sender corrected came again, and a steward is to look; it is kept already, so the new blob is not needed. */
    EARLIER_VERSION,
    CONFLICT
}
