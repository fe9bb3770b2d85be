package org.archipelago.contract.dicom;

import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/** The one rule for UIDs that peers send (PS3.5 §9.1 is stricter; real senders are not). */
final class Uids {
    static final int MAX_LENGTH_BYTES = 128;

    private Uids() {}

    /**
     * Trims spaces and NULs at both ends.
     *
     * @throws ArchiveException INVALID_UID when empty, longer than 128 bytes, or not of {@code [0-9A-Za-z.-]}
     */
    static String checked(String raw, String attribute) {
        String uid = trimmed(raw);
        if (uid.isEmpty() || uid.length() > MAX_LENGTH_BYTES || !uid.chars().allMatch(Uids::allowed)) {
            throw new ArchiveException(ArchiveError.INVALID_UID, attribute);
        }
        return uid;
    }

    private static String trimmed(String raw) {
        int start = 0;
        int end = raw.length();
        while (start < end && raw.charAt(start) <= ' ') {
            start++;
        }
        while (end > start && raw.charAt(end - 1) <= ' ') {
            end--;
        }
        return raw.substring(start, end);
    }

    private static boolean allowed(int c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '-';
    }
}
