package org.archipelago.federation.note;

import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/** Names of keys (C2SP signed-note, "Format"): not empty, no Unicode space, no plus. */
final class KeyNames {
    static final int MAX_LENGTH_CHARS = 255;

    private static final int NEXT_LINE = 0x85;

    private KeyNames() {}

    /** @throws ArchiveException INVALID_REQUEST */
    static void require(String name) {
        boolean valid = !name.isEmpty()
                && name.length() <= MAX_LENGTH_CHARS
                && name.codePoints().noneMatch(KeyNames::isRefused);
        if (!valid) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "name of a key");
        }
    }

    private static boolean isRefused(int c) {
        return c == '+'
                || c == NEXT_LINE
                || c < ' '
                || Character.isWhitespace(c)
                || Character.isSpaceChar(c)
                || Character.getType(c) == Character.SURROGATE;
    }
}
