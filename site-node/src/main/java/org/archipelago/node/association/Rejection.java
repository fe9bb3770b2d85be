package org.archipelago.node.association;

/** Result, source and reason of an A-ASSOCIATE-RJ (PS3.8 §9.3.4 Table 9-21). */
public record Rejection(int result, int source, int reason) {
    private static final int PERMANENT = 1;
    private static final int TRANSIENT = 2;
    private static final int BY_USER = 1;
    private static final int BY_ACSE = 2;
    private static final int BY_PRESENTATION = 3;

    public static final Rejection NO_REASON = new Rejection(PERMANENT, BY_USER, 1);
    public static final Rejection APPLICATION_CONTEXT_NOT_SUPPORTED = new Rejection(PERMANENT, BY_USER, 2);
    public static final Rejection CALLING_AE_NOT_RECOGNIZED = new Rejection(PERMANENT, BY_USER, 3);
    public static final Rejection CALLED_AE_NOT_RECOGNIZED = new Rejection(PERMANENT, BY_USER, 7);
    public static final Rejection PROTOCOL_VERSION_NOT_SUPPORTED = new Rejection(PERMANENT, BY_ACSE, 2);
    public static final Rejection TEMPORARY_CONGESTION = new Rejection(TRANSIENT, BY_PRESENTATION, 1);
    public static final Rejection LOCAL_LIMIT_EXCEEDED = new Rejection(TRANSIENT, BY_PRESENTATION, 2);

    /** Whether the same request may succeed later. */
    public boolean isTransient() {
        return result == TRANSIENT;
    }
}
