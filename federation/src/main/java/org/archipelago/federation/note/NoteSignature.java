package org.archipelago.federation.note;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/**
 * One signature of a note, by whatever key. Equal by value. Callers do not change the array.
 *
 * @param keyName up to 255 characters, no spaces, no plus
 * @param keyId what tells a signer's keys and types apart; no more than that
 * @param signature at least one byte
 */
public record NoteSignature(String keyName, int keyId, byte[] signature) {
    private static final String BEGINNING = "\u2014 ";

    /** @throws ArchiveException INVALID_REQUEST */
    public NoteSignature {
        KeyNames.require(keyName);
        if (signature.length == 0) {
            throw malformed();
        }
    }

    /** @param line without its newline */
    static NoteSignature parse(String line) {
        int space = line.lastIndexOf(' ');
        if (!line.startsWith(BEGINNING) || space < BEGINNING.length()) {
            throw malformed();
        }
        byte[] bytes = StrictBase64.decode(line.substring(space + 1), "signature of a note");
        if (bytes.length <= Integer.BYTES) {
            throw malformed();
        }
        return new NoteSignature(
                line.substring(BEGINNING.length(), space),
                ByteBuffer.wrap(bytes).getInt(),
                Arrays.copyOfRange(bytes, Integer.BYTES, bytes.length));
    }

    /** Without a newline. */
    String line() {
        byte[] bytes = ByteBuffer.allocate(Integer.BYTES + signature.length)
                .putInt(keyId)
                .put(signature)
                .array();
        return BEGINNING + keyName + " " + StrictBase64.encode(bytes);
    }

    private static ArchiveException malformed() {
        return new ArchiveException(ArchiveError.INVALID_REQUEST, "signature line of a note");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NoteSignature that
                && keyName.equals(that.keyName)
                && keyId == that.keyId
                && Arrays.equals(signature, that.signature);
    }

    @Override
    public int hashCode() {
        return 31 * keyId + Arrays.hashCode(signature);
    }
}
