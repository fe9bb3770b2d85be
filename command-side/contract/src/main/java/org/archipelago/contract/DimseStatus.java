package org.archipelago.contract;

/**
 * Values of Status (0000,0900): PS3.7 Annex C; for C-STORE PS3.4 Table B.2-1, C-FIND Table C.4-1, C-MOVE Table C.4-2,
 * C-GET Table C.4-3. Those of a refusal are in {@link ArchiveError}.
 */
public final class DimseStatus {
    public static final int SUCCESS = 0x0000;
    public static final int PENDING = 0xFF00;
    /** C-FIND: matches go on, and one or more optional keys were not supported for matching. */
    public static final int PENDING_UNSUPPORTED_KEYS = 0xFF01;

    public static final int CANCELLED = 0xFE00;

    public static final int PROCESSING_FAILURE = 0x0110;
    public static final int NO_SUCH_SOP_INSTANCE = 0x0112;
    public static final int INVALID_ARGUMENT_VALUE = 0x0115;
    public static final int CLASS_INSTANCE_CONFLICT = 0x0119;
    public static final int SOP_CLASS_NOT_SUPPORTED = 0x0122;
    public static final int NO_SUCH_ACTION = 0x0123;
    public static final int NOT_AUTHORIZED = 0x0124;
    public static final int UNRECOGNIZED_OPERATION = 0x0211;
    public static final int RESOURCE_LIMITATION = 0x0213;

    /** C-STORE and C-FIND. */
    public static final int OUT_OF_RESOURCES = 0xA700;
    /** C-MOVE and C-GET: out of resources, the number of matches cannot be calculated. */
    public static final int MATCHES_NOT_COUNTED = 0xA701;
    /** C-MOVE and C-GET: out of resources, sub-operations cannot be performed. */
    public static final int SUBOPERATIONS_NOT_PERFORMED = 0xA702;

    public static final int MOVE_DESTINATION_UNKNOWN = 0xA801;
    /** C-STORE: data set does not match the SOP Class; C-FIND, C-MOVE, C-GET: identifier does not. */
    public static final int DOES_NOT_MATCH_SOP_CLASS = 0xA900;
    /** C-MOVE and C-GET: complete, one or more sub-operations failed or warned. */
    public static final int SUBOPERATIONS_INCOMPLETE = 0xB000;
    /** C-STORE: the data set does not match the SOP Class (and, here, the announced instance); it was stored. */
    public static final int STORED_ALTHOUGH_NO_MATCH = 0xB007;

    private DimseStatus() {}

    /** More responses follow. */
    public static boolean isPending(int status) {
        return status == PENDING || status == PENDING_UNSUPPORTED_KEYS;
    }

    /** PS3.7 §C.2 and §C.3: done, with a remark: 0001H, 0107H, 0116H and Bxxx. */
    public static boolean isWarning(int status) {
        return status == 0x0001 || status == 0x0107 || status == 0x0116 || (status & 0xF000) == 0xB000;
    }
}
