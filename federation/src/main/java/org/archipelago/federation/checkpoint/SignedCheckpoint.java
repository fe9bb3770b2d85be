package org.archipelago.federation.checkpoint;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.federation.note.NoteSignature;
import org.archipelago.federation.note.NoteSigner;
import org.archipelago.federation.note.SignedNote;
import org.archipelago.federation.note.VerifierKey;

/** A checkpoint that its origin's key was found to have signed, in the note that shows it. */
public final class SignedCheckpoint {
    private final Checkpoint checkpoint;
    private final SignedNote note;

    private SignedCheckpoint(Checkpoint checkpoint, SignedNote note) {
        this.checkpoint = checkpoint;
        this.note = note;
    }

    static SignedCheckpoint sign(Checkpoint checkpoint, NoteSigner origin) {
        String text = checkpoint.text();
        return new SignedCheckpoint(checkpoint, new SignedNote(text, List.of(origin.sign(text))));
    }

    /**
     * @param origin the origin's key; its name is the origin line
     * @throws ArchiveException INVALID_REQUEST or REQUEST_TOO_LARGE when it is no checkpoint; NOT_VERIFIED when this key has not
     *     signed it, or another origin is stated
     */
    public static SignedCheckpoint verify(byte[] note, VerifierKey origin) {
        return verify(SignedNote.parse(note), origin);
    }

    /** As {@link #verify(byte[], VerifierKey)}. */
    public static SignedCheckpoint verify(SignedNote note, VerifierKey origin) {
        if (!note.verifiedBy(origin)) {
            throw new ArchiveException(ArchiveError.NOT_VERIFIED, "checkpoint that is not signed by " + origin.name());
        }
        Checkpoint checkpoint = Checkpoint.parse(note.text());
        if (!checkpoint.origin().equals(origin.name())) {
            throw new ArchiveException(ArchiveError.NOT_VERIFIED, "checkpoint of another origin than " + origin.name());
        }
        return new SignedCheckpoint(checkpoint, note);
    }

    public Checkpoint checkpoint() {
        return checkpoint;
    }

    public long size() {
        return checkpoint.size();
    }

    public SignedNote note() {
        return note;
    }

    /**
     * With the statement of another that, as of now, it has seen no larger checkpoint of this origin and none that is
     * inconsistent. The caller has verified that.
     */
    public SignedCheckpoint cosign(NoteSigner cosigner, Instant now) {
        return with(cosigner.cosign(note.text(), now));
    }

    /** With a signature that somebody else made. */
    public SignedCheckpoint with(NoteSignature signature) {
        return new SignedCheckpoint(checkpoint, note.with(signature));
    }

    /**
     * When a cosigner stated so, if it did.
     *
     * @throws ArchiveException NOT_VERIFIED when a signature claims to be of this key, and is not
     */
    public Optional<Instant> cosignedBy(VerifierKey cosigner) {
        return note.cosignedBy(cosigner);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SignedCheckpoint that && note.equals(that.note);
    }

    @Override
    public int hashCode() {
        return note.hashCode();
    }

    /** The note. */
    @Override
    public String toString() {
        return note.toString();
    }
}
