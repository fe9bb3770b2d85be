package org.archipelago.node.dicom.dataset;

import org.archipelago.contract.dicom.Vr;

/** Where top-level pixel data is, in plain (inflated) bytes of the data set. */
public sealed interface PixelDataLocation {
    /** (7FE0,0010), or (7FE0,0008) and (7FE0,0009) for float pixels. */
    int tag();

    Vr vr();

    record Native(int tag, Vr vr, long offsetBytes, long lengthBytes) implements PixelDataLocation {}

    record Encapsulated(int tag, Vr vr, FragmentIndex fragments) implements PixelDataLocation {}
}
