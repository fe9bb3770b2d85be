package org.archipelago.federation.replica;

/** Whether a replica takes in what its origin signs. */
public sealed interface ReplicaState {
    /** It does, from any peer. */
    record Following() implements ReplicaState {}

    /**
     * Its origin has signed two histories. Nothing more is taken in, by whomever, until a person has decided: an alarm. Both
     * notes are kept.
     */
    record Forked(ForkEvidence evidence) implements ReplicaState {}

    /**
     * Its origin has signed records that no log can hold: of another site, or out of their places in its streams. Nothing more
     * is taken in: an alarm.
     *
     * @param at origin position from which on they are
     */
    record Malformed(long at, String what) implements ReplicaState {}

    /**
     * A record of it that was taken in cannot be read here any more. Nothing more is taken in before it is whole; what is before it is
     * served. Its origin has done nothing wrong. Found out anew at each start.
     *
     * @param at origin position of the record
     */
    record Damaged(long at) implements ReplicaState {}
}
