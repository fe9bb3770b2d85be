package org.archipelago.contract;

/**
 * An Application Entity Title (PS3.5 §6.2, VR AE; PS3.8 §9.3.2): 1 to 16 characters of the default repertoire without
 * backslash or control characters, leading and trailing spaces not significant.
 */
public record AeTitle(String value) {
    public static final int MAX_LENGTH_CHARS = 16;

    public AeTitle {
        value = value.strip();
        if (value.isEmpty()
                || value.length() > MAX_LENGTH_CHARS
                || !value.chars().allMatch(AeTitle::allowed)) {
            throw new ArchiveException(ArchiveError.INVALID_AE_TITLE, "AE title");
        }
    }

    private static boolean allowed(int c) {
        return c >= 0x20 && c < 0x7f && c != 0x5c;
    }

    @Override
    public String toString() {
        return value;
    }
}
