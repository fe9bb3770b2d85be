package org.archipelago.eventstore.body;

/** UIDs of digits and dots (PS3.5 §9.1) in four bits a character: 0-9, A for the dot, F after an odd last one. */
final class PackedUid {
    private static final int DOT = 0xa;
    private static final int PAD = 0xf;

    private PackedUid() {}

    static boolean packable(String uid) {
        for (int i = 0; i < uid.length(); i++) {
            char c = uid.charAt(i);
            if ((c < '0' || c > '9') && c != '.') {
                return false;
            }
        }
        return !uid.isEmpty();
    }

    static byte[] pack(String uid) {
        byte[] packed = new byte[(uid.length() + 1) / 2];
        for (int i = 0; i < uid.length(); i += 2) {
            int low = i + 1 < uid.length() ? nibble(uid.charAt(i + 1)) : PAD;
            packed[i / 2] = (byte) (nibble(uid.charAt(i)) << 4 | low);
        }
        return packed;
    }

    /** @throws IllegalArgumentException for bytes that {@link #pack} never makes */
    static String unpack(byte[] packed) {
        StringBuilder uid = new StringBuilder(2 * packed.length);
        for (int i = 0; i < packed.length; i++) {
            uid.append(character(packed[i] >> 4 & 0xf));
            int low = packed[i] & 0xf;
            if (low != PAD || i < packed.length - 1) {
                uid.append(character(low));
            }
        }
        return uid.toString();
    }

    private static int nibble(char c) {
        return c == '.' ? DOT : c - '0';
    }

    private static char character(int nibble) {
        if (nibble > DOT) {
            throw new IllegalArgumentException("no packed UID");
        }
        return nibble == DOT ? '.' : (char) ('0' + nibble);
    }
}
