package org.archipelago.node.dicom.dataset;

import org.archipelago.contract.dicom.Vr;
import org.jspecify.annotations.Nullable;

/** The two letters of a VR as an index, since a data set has thousands of them. */
final class VrCodes {
    private static final @Nullable Vr[] BY_LETTERS = new Vr[26 * 26];

    static {
        for (Vr vr : Vr.values()) {
            BY_LETTERS[(vr.name().charAt(0) - 'A') * 26 + vr.name().charAt(1) - 'A'] = vr;
        }
    }

    private VrCodes() {}

    static @Nullable Vr of(byte first, byte second) {
        if (first < 'A' || first > 'Z' || second < 'A' || second > 'Z') {
            return null;
        }
        return BY_LETTERS[(first - 'A') * 26 + second - 'A'];
    }
}
