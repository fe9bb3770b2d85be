package org.archipelago.contract.log;

/**
 * What an event of another site reads back as while this site cannot read it: neither damage nor erasure, and it may become
 * readable. Its stream and type are known.
 */
public record Unreadable(StreamId stream, String type, Reason reason) {
    public enum Reason {
        /** The body is not here: by policy, or since its origin has it no more. */
        BODY_WITHHELD,
        /** Nobody has granted this site the key. */
        KEY_NOT_GRANTED,
        /** Its origin sealed what is no event of that stream. */
        NOT_OF_ITS_STREAM,
        /** It does not open under the key that its origin named. */
        DOES_NOT_OPEN
    }
}
