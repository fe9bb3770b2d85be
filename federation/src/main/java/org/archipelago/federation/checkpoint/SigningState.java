package org.archipelago.federation.checkpoint;

/** Whether a site signs checkpoints of its log. */
public sealed interface SigningState {
    /** It signs whenever the log has grown. */
    record Signing() implements SigningState {}

    /**
     * It signs nothing, since that would contradict what it has signed, or cannot be known not to. Records are taken and
     * searched as ever; peers get none that the last checkpoint does not cover.
     *
     * @param logSize how many records the log has, as far as they can be read
     * @param signedSize how many the last checkpoint states
     */
    record Withheld(Reason reason, long logSize, long signedSize) implements SigningState {
        /** Of an operator's log and status: no patient data. */
        public String sentence() {
            return reason.sentence + " (log: " + logSize + " records, signed: " + signedSize + ")";
        }
    }

    /** Why it signs nothing. */
    enum Reason {
        LOG_IS_SHORTER(
                "The log has fewer records than this site has signed for: it was restored from a backup that is older. What is"
                        + " missing has to come back from a peer before anything is signed"),
        LOG_DIFFERS(
                "The log has other records than this site has signed for: it was restored from a backup and written to since, or"
                        + " this site was started twice. Both histories are evidence; nothing is signed that would make a fork of them"),
        LAST_CHECKPOINT_UNREADABLE(
                "The last checkpoint that this site has signed cannot be read, or another key has signed it. Bring"
                        + " the file, or the key, back, and start again"),
        RECORD_DAMAGED(
                "A record of the log is damaged, and was not yet covered by a hash. What is before it is signed; run 'verify'"),
        NOT_STORED("A checkpoint could not be stored, so it is given to nobody; see the program's log");

        private final String sentence;

        Reason(String sentence) {
            this.sentence = sentence;
        }
    }
}
