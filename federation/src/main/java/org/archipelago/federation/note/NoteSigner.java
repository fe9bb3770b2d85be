package org.archipelago.federation.note;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.archipelago.federation.ed25519.Ed25519KeyPair;

/** Signs under one name. The caller answers for what the text says. */
public final class NoteSigner {
    private final String name;
    private final Ed25519KeyPair keys;

    public NoteSigner(String name, Ed25519KeyPair keys) {
        KeyNames.require(name);
        this.name = name;
        this.keys = keys;
    }

    public VerifierKey verifierKey(SignatureType type) {
        return new VerifierKey(name, type, keys.publicKey());
    }

    /** @param text of a note, with its last newline */
    public NoteSignature sign(String text) {
        byte[] signature = keys.sign(text.getBytes(StandardCharsets.UTF_8));
        return new NoteSignature(name, verifierKey(SignatureType.ED25519).keyId(), signature);
    }

    /**
     * States that the checkpoint is the largest that the signer has seen of its origin, and consistent with all others of it that
     * it has seen.
     *
     * @param text of a checkpoint, with its last newline
     * @param at whole seconds of it are signed; not before 1970
     */
    public NoteSignature cosign(String text, Instant at) {
        long seconds = at.getEpochSecond();
        if (seconds < 0) {
            throw new IllegalArgumentException("cosigned before 1970");
        }
        byte[] signature = keys.sign(Cosignature.message(text, seconds));
        return new NoteSignature(
                name, verifierKey(SignatureType.COSIGNATURE).keyId(), Cosignature.of(seconds, signature));
    }
}
