package org.archipelago.federation.note;

import java.util.Base64;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/** RFC 4648 §4, with padding, and each value in its one encoding only: the JDK's decoder takes others, too. */
public final class StrictBase64 {
    private StrictBase64() {}

    public static String encode(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** @throws ArchiveException INVALID_REQUEST */
    public static byte[] decode(String text, String subject) {
        try {
            byte[] bytes = Base64.getDecoder().decode(text);
            if (encode(bytes).equals(text)) {
                return bytes;
            }
        } catch (IllegalArgumentException e) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, subject + " is not base64", e);
        }
        throw new ArchiveException(ArchiveError.INVALID_REQUEST, subject + " is not base64");
    }
}
