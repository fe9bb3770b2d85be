package org.archipelago.federation.replica;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveException;
import org.archipelago.federation.checkpoint.SignedCheckpoint;
import org.archipelago.federation.note.SignedNote;
import org.archipelago.federation.note.VerifierKey;
import org.archipelago.federation.replica.Replica.Witness;

/** The checkpoints of one origin that are known here, all of them signed by it. One thread changes them, any may read. */
final class ReplicaNotes {
    private static final String ACCEPTED = "accepted";
    private static final String COMPLETE = "complete";
    private static final String SMALLER = "smaller";
    private static final int MAX_LAST_VERIFIED = 16;

    private final ReplicaFiles files;
    private final VerifierKey originKey;
    private final Witness witness;
    private volatile Optional<SignedCheckpoint> accepted;
    private volatile Optional<SignedCheckpoint> complete;
    private volatile Optional<SignedCheckpoint> smaller;
    private volatile Optional<SignedCheckpoint> heard = Optional.empty();
    private final Map<SignedNote, SignedCheckpoint> lastVerified = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<SignedNote, SignedCheckpoint> eldest) {
            return size() > MAX_LAST_VERIFIED;
        }
    };

    /** @param here how many records there are: a note of more is not complete */
    ReplicaNotes(ReplicaFiles files, VerifierKey originKey, Witness witness, long here) throws IOException {
        this.files = files;
        this.originKey = originKey;
        this.witness = witness;
        this.accepted = files.checkpoint(ACCEPTED, originKey);
        this.smaller = files.checkpoint(SMALLER, originKey);
        this.complete = files.checkpoint(COMPLETE, originKey).filter(signed -> signed.size() <= here);
        if (accepted.isPresent()) {
            complete(accepted.get(), here);
        }
    }

    /** The largest that was verified; its records may be missing yet. */
    Optional<SignedCheckpoint> accepted() {
        return accepted;
    }

    /** The largest all of whose records are here. */
    Optional<SignedCheckpoint> complete() {
        return complete;
    }

    /** These, and the largest that somebody has told of, of which only the signature was verified. */
    List<SignedCheckpoint> all() {
        return Stream.concat(verified().stream(), heard.stream()).toList();
    }

    Optional<SignedCheckpoint> largest() {
        return larger(heard, largestVerified());
    }

    Optional<SignedCheckpoint> largestVerified() {
        return larger(accepted, complete);
    }

    private static Optional<SignedCheckpoint> larger(Optional<SignedCheckpoint> one, Optional<SignedCheckpoint> other) {
        return one.isPresent()
                        && (other.isEmpty() || one.get().size() > other.get().size())
                ? one
                : other;
    }

    /**
     * A note that the origin has signed, with the signatures of members only. Quiet peers give the same notes again and again: each is
     * looked at once.
     *
     * @throws ArchiveException INVALID_REQUEST, REQUEST_TOO_LARGE, NOT_VERIFIED
     */
    SignedCheckpoint verified(SignedNote note) {
        SignedCheckpoint known = lastVerified.get(note);
        if (known != null) {
            return known;
        }
        List<VerifierKey> keys = new ArrayList<>(List.of(originKey));
        keys.addAll(witness.known().get());
        SignedCheckpoint signed = SignedCheckpoint.verify(note.signedOnlyBy(keys), originKey);
        lastVerified.put(note, signed);
        return signed;
    }

    void hear(SignedCheckpoint told) {
        heard = larger(Optional.of(told), heard);
    }

    /**
     * That records are taken in under this checkpoint; durable on return. One that is smaller than the largest is kept beside it: nobody
     * has shown yet that both are of one history.
     */
    void accept(SignedCheckpoint verified) throws IOException {
        if (accepted.isEmpty() || verified.size() > accepted.get().size()) {
            files.write(ACCEPTED, verified);
            accepted = Optional.of(verified);
        } else if (verified.size() < accepted.get().size()
                && smaller.filter(known -> known.checkpoint().equals(verified.checkpoint()))
                        .isEmpty()) {
            files.write(SMALLER, verified);
            smaller = Optional.of(verified);
        }
    }

    /** All under which records here were taken in, as far as they are kept; the smallest first. */
    List<SignedCheckpoint> verified() {
        return Stream.of(complete, smaller, accepted)
                .flatMap(Optional::stream)
                .sorted(Comparator.comparingLong(SignedCheckpoint::size))
                .toList();
    }

    /**
     * Not only the largest: while records of that are missing, others can have those up to a smaller one.
     *
     * @return whether it is one all of whose records are here, and larger than the last such
     */
    boolean complete(SignedCheckpoint verified, long here) throws IOException {
        boolean isNew =
                verified.size() == here && (complete.isEmpty() || complete.get().size() < verified.size());
        if (isNew) {
            SignedCheckpoint cosigned = cosigned(verified);
            files.write(COMPLETE, cosigned);
            complete = Optional.of(cosigned);
        }
        return isNew;
    }

    /** Not if a larger one is known: a cosignature says that none is. */
    private SignedCheckpoint cosigned(SignedCheckpoint checkpoint) {
        boolean isLargest =
                largest().filter(other -> other.size() > checkpoint.size()).isEmpty();
        boolean fits = checkpoint.note().signatures().size() < SignedNote.MAX_SIGNATURES;
        return isLargest && fits
                ? checkpoint.cosign(witness.signer(), witness.clock().instant())
                : checkpoint;
    }
}
