package org.archipelago.node.dicom.dataset;

import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dictionary.TransferSyntax.Encoding;

/**
 * An element's header as it lies in the data set.
 *
 * @param vr as encoded; from the dictionary in Implicit VR; UN when unknown
 * @param encoding of this element, which may be Implicit VR inside an Explicit VR data set (PS3.5 §6.2.2)
 * @param headerOffset of its tag, in plain (inflated) bytes
 * @param length of the value; {@link #UNDEFINED} for FFFFFFFFH
 */
public record Element(int tag, Vr vr, Encoding encoding, long headerOffset, long valueOffset, long length) {
    public static final long UNDEFINED = -1;
    public static final int ITEM = 0xFFFEE000;
    public static final int ITEM_DELIMITATION = 0xFFFEE00D;
    public static final int SEQUENCE_DELIMITATION = 0xFFFEE0DD;
    public static final int TRAILING_PADDING = 0xFFFCFFFC;

    public static boolean isPixelData(int tag) {
        return tag == Tags.PIXEL_DATA || tag == 0x7FE00008 || tag == 0x7FE00009;
    }
}
