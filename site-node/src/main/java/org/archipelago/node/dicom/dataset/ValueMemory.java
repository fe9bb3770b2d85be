package org.archipelago.node.dicom.dataset;

import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dictionary.Dictionary;

/** What an element's value takes on the heap, by estimate: its bytes, and the values that are made of them. */
final class ValueMemory {
    /** A value with its text or number, and its place in the list. */
    private static final int VALUE_BYTES = 72;
    /** A name of three groups. */
    private static final int NAME_BYTES = 200;
    /** For each byte of a sequence that came as unknown: an empty item has 8 of them. */
    private static final int BYTES_OF_AN_UNKNOWN_ITEM = 8;

    private static final int ITEM_BYTES = 200;

    private ValueMemory() {}

    static long bytes(Element element, byte[] value) {
        Vr vr = element.vr() == Vr.UN ? Dictionary.vr(element.tag()) : element.vr();
        long length = value.length;
        return switch (vr) {
            case OB, OD, OF, OL, OV, OW, UN -> length;
            case AT, FL, FD, SL, SS, SV, UL, US, UV -> length + length / ValueDecoder.unitBytes(vr) * VALUE_BYTES;
            case LT, ST, UR, UT -> 3 * length + VALUE_BYTES;
            case AE, AS, CS, DA, DS, DT, IS, LO, SH, TM, UC, UI -> 3 * length + count(value) * VALUE_BYTES;
            case PN -> 3 * length + count(value) * NAME_BYTES;
            case SQ -> length + length / BYTES_OF_AN_UNKNOWN_ITEM * ITEM_BYTES;
        };
    }

    /** Values between backslashes; more where one is half of a character. */
    private static long count(byte[] value) {
        long count = 1;
        for (byte b : value) {
            count += b == '\\' ? 1 : 0;
        }
        return count;
    }
}
