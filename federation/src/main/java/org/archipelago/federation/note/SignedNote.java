package org.archipelago.federation.note;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/**
 * A text and signatures of it (C2SP signed-note, "Format"). Nothing of the text is to be believed before
 * {@link #verifiedBy} has told whose it is.
 *
 * @param text with its last newline; no control characters but newlines
 * @param signatures at least one; of keys that are known here and of others
 */
public record SignedNote(String text, List<NoteSignature> signatures) {
    /** Sixteen signatures of 5 KB each and some text, which every reader is to take. */
    public static final int MAX_LENGTH_BYTES = 128 * 1024;

    public static final int MAX_SIGNATURES = 128;

    /** @throws ArchiveException INVALID_REQUEST, REQUEST_TOO_LARGE */
    public SignedNote {
        require(text.endsWith("\n"), "text of a note without a newline at its end");
        require(text.chars().allMatch(c -> c >= ' ' || c == '\n'), "control character in a note");
        require(!signatures.isEmpty(), "note without signatures");
        if (signatures.size() > MAX_SIGNATURES) {
            throw new ArchiveException(
                    ArchiveError.REQUEST_TOO_LARGE, "note of more than " + MAX_SIGNATURES + " signatures");
        }
        signatures = List.copyOf(signatures);
    }

    /** @throws ArchiveException INVALID_REQUEST, REQUEST_TOO_LARGE */
    public static SignedNote parse(byte[] bytes) {
        if (bytes.length > MAX_LENGTH_BYTES) {
            throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "note of more than 128 KiB");
        }
        String note = decode(bytes);
        int blank = note.lastIndexOf("\n\n");
        require(blank >= 0 && note.endsWith("\n"), "note without signatures");
        String lines = note.substring(blank + 2);
        require(!lines.isEmpty(), "note without signatures");
        String[] all = lines.substring(0, lines.length() - 1).split("\n", MAX_SIGNATURES + 1);
        return new SignedNote(
                note.substring(0, blank + 1),
                Arrays.stream(all).map(NoteSignature::parse).toList());
    }

    private static String decode(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "note that is not UTF-8", e);
        }
    }

    public byte[] toBytes() {
        return toString().getBytes(StandardCharsets.UTF_8);
    }

    public SignedNote with(NoteSignature signature) {
        List<NoteSignature> more = new ArrayList<>(signatures);
        more.add(signature);
        return new SignedNote(text, more);
    }

    /**
     * This note with the signatures only that these keys have made, each once, in their order.
     *
     * @throws ArchiveException INVALID_REQUEST when there is none
     */
    public SignedNote signedOnlyBy(Collection<VerifierKey> keys) {
        return new SignedNote(
                text,
                keys.stream()
                        .flatMap(key -> signatures.stream()
                                .filter(signature -> key.hasMade(signature) && key.verifies(text, signature)))
                        .distinct()
                        .toList());
    }

    /**
     * Whether a key has signed it.
     *
     * @throws ArchiveException NOT_VERIFIED when a signature claims to be of this key, and is not
     */
    public boolean verifiedBy(VerifierKey key) {
        return !of(key).isEmpty();
    }

    /**
     * When a key cosigned it, at the latest.
     *
     * @throws ArchiveException NOT_VERIFIED when a signature claims to be of this key, and is not
     */
    public Optional<Instant> cosignedBy(VerifierKey key) {
        if (key.type() != SignatureType.COSIGNATURE) {
            throw new IllegalArgumentException("not a key for cosignatures: " + key);
        }
        return of(key).stream()
                .map(signature -> Cosignature.time(signature.signature()))
                .max(Instant::compareTo);
    }

    private List<NoteSignature> of(VerifierKey key) {
        List<NoteSignature> own = signatures.stream().filter(key::hasMade).toList();
        if (!own.stream().allMatch(signature -> key.verifies(text, signature))) {
            throw new ArchiveException(ArchiveError.NOT_VERIFIED, "signature of " + key.name());
        }
        return own;
    }

    private static void require(boolean condition, String subject) {
        if (!condition) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, subject);
        }
    }

    /** The note itself. */
    @Override
    public String toString() {
        return signatures.stream()
                .map(signature -> signature.line() + "\n")
                .collect(Collectors.joining("", text + "\n", ""));
    }
}
