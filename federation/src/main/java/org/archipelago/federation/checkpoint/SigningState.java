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
        NOT_CONFIRMED(
                "No peer has confirmed yet that this site's last checkpoint is the last that it has seen, so this log may be an"
                        + " older one. It is asked again and again; a peer that can be reached is enough, but after a recovery from peers, when every"
                        + " member has to answer that the operator has not said to go without. A site that was restored from a backup and that nobody"
                        + " follows: 'restore --unfollowed'"),
        PEERS_HOLD_MORE(
                "Peers hold records that this site has signed for and that its log has lost: it was restored from a backup. They"
                        + " are being taken back"),
        TAIL_PARTED(
                "Since it was restored from a backup, this site has recorded what is not in the history that it had signed before and"
                        + " that peers hold. Nothing is lost and nothing is signed; the records since then have to be decided anew"
                        + " after what peers hold. Or this site was started twice: stop the other one"),
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
