package org.archipelago.domain;

import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/** The bound on what people write into commands: reasons, purposes, queries as asked. */
public final class RequestText {
    public static final int MAX_CHARS = 4096;

    private RequestText() {}

    /** @throws ArchiveException INVALID_REQUEST when it is longer than {@link #MAX_CHARS} */
    public static String checked(String text, String subject) {
        if (text.length() > MAX_CHARS) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, subject);
        }
        return text;
    }
}
