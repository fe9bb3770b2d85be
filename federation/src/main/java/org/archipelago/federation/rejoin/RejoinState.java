package org.archipelago.federation.rejoin;

import org.archipelago.federation.note.SignedNote;

/** How a site stands to what its peers have seen of it. */
public sealed interface RejoinState {
    /** No peer has said anything that tells. */
    record Unconfirmed() implements RejoinState {}

    /** It signs: a peer has its last checkpoint, and none that answered has a larger one. */
    record Confirmed() implements RejoinState {}

    /**
     * Peers hold records that this site has lost, which are being taken back. It signs nothing.
     *
     * @param size of its largest checkpoint that was seen
     */
    record TakingBack(long size) implements RejoinState {}

    /**
     * What peers hold is not how this log goes on. It signs nothing. An alarm.
     *
     * @param common origin position up to which both are the same
     * @param seen this site's own note, of the other history
     */
    record Parted(long common, SignedNote seen) implements RejoinState {}
}
