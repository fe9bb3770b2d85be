package org.archipelago.contract.dicom;

/** Value representations, PS3.5 §6.2 Table 6.2-1. */
public enum Vr {
    AE,
    AS,
    AT,
    CS,
    DA,
    DS,
    DT,
    FL,
    FD,
    IS,
    LO,
    LT,
    OB,
    OD,
    OF,
    OL,
    OV,
    OW,
    PN,
    SH,
    SL,
    SQ,
    SS,
    ST,
    SV,
    TM,
    UC,
    UI,
    UL,
    UN,
    UR,
    US,
    UT,
    UV;

    /** Whether values are encoded as bytes that the JSON model carries as InlineBinary or BulkDataURI (PS3.18 §F.2.2). */
    public boolean isBinary() {
        return switch (this) {
            case OB, OD, OF, OL, OV, OW, UN -> true;
            default -> false;
        };
    }
}
