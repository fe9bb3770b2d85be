package org.archipelago.contract;

/**
 * Every refusal once, with what each protocol says of it. C-STORE statuses: PS3.4 Table B.2-1; C-FIND: PS3.4 Table
 * C.4-1; C-MOVE: PS3.4 Table C.4-2; C-GET: PS3.4 Table C.4-3; general DIMSE statuses: PS3.7 Annex C.
 */
public enum ArchiveError {
    NOT_A_DATASET(
            0xC000, 400, Retry.USELESS, "The object is not a readable DICOM data set; check the sender's export."),
    INVALID_UID(
            0xC000,
            400,
            Retry.USELESS,
            "A UID is missing, longer than 128 bytes or has characters other than 0-9, A-Z, a-z, dot and hyphen; correct it at the sender."),
    INVALID_AE_TITLE(
            0x0117, 400, Retry.USELESS, "An AE title has 1 to 16 printable characters and no backslash; correct it."),
    DATASET_LIMIT(
            0xC001,
            413,
            Retry.USELESS,
            "The object exceeds a configured bound (length, nesting or size of header); raise the bound or correct the object."),
    SOP_CLASS_MISMATCH(
            0xA900,
            409,
            Retry.USELESS,
            "The data set's SOP Class differs from the one that was negotiated; correct the sender."),
    SOP_CLASS_NOT_SUPPORTED(
            0x0122,
            409,
            Retry.USELESS,
            "This SOP Class is not accepted here; add it to the configuration if it should be."),
    NOT_AUTHORIZED(
            0x0124,
            403,
            Retry.USELESS,
            "The caller may not do this; an operator can permit it in the node's configuration."),
    BLOB_STORE_FULL(0xA700, 503, Retry.LATER, "The archive is out of space; send again later."),
    OVERLOADED(0xA700, 503, Retry.LATER, "The archive is busy; send again later."),
    LOG_UNAVAILABLE(0xA700, 503, Retry.LATER, "The event log cannot record at the moment; send again later."),
    SEARCH_UNAVAILABLE(
            0xA700,
            503,
            Retry.LATER,
            "Search is not available at the moment; images can still be stored and opened. Try again later."),
    POSITION_NOT_REACHED(
            0xA700, 503, Retry.LATER, "The index has not yet reached the position that was asked for; try again."),
    SHUTTING_DOWN(0xA700, 503, Retry.LATER, "The archive is shutting down; send again when it is back."),
    NOT_FOUND(0xC002, 404, Retry.USELESS, "There is no such object in this archive."),
    ERASED(0xC003, 410, Retry.USELESS, "This was erased on purpose; its key is destroyed."),
    CORRUPT(
            0xC004,
            500,
            Retry.USELESS,
            "Stored data does not match its digest and was not served; run 'archipelago verify' and restore it."),
    INVALID_QUERY(0xC005, 400, Retry.USELESS, "The query cannot be understood; correct the named key or parameter."),
    IDENTIFIER_MISMATCH(
            0xA900,
            400,
            Retry.USELESS,
            "The identifier does not match the SOP Class or query level; correct the request."),
    INVALID_REQUEST(0x0115, 400, Retry.USELESS, "The request is malformed; correct the named part."),
    REQUEST_TOO_LARGE(
            0xA702, 413, Retry.USELESS, "The request exceeds a configured bound; split it or raise the bound."),
    NOT_ACCEPTABLE(
            0xC006,
            406,
            Retry.USELESS,
            "None of the media types or transfer syntaxes asked for can be produced without loss; ask for the stored one."),
    UNSUPPORTED_MEDIA(
            0x0122, 415, Retry.USELESS, "This content type is not supported here; see the conformance statement."),
    TRANSCODING_FAILED(
            0xC007,
            406,
            Retry.USELESS,
            "The pixels cannot be decoded for the transfer syntaxes that the receiver accepts; ask for the stored one."),
    MOVE_DESTINATION_UNKNOWN(
            0xA801, 404, Retry.USELESS, "The move destination is not configured; add it to the node's AEs."),
    CONFLICTING_STATE(
            0x0110,
            409,
            Retry.USELESS,
            "The study or patient is in a state that does not allow this; look at its history."),
    UNKNOWN_CONFLICT(0x0112, 404, Retry.USELESS, "There is no such open conflict; it may be resolved already."),
    INTERNAL(
            0x0110, 500, Retry.LATER, "The archive failed unexpectedly and recorded why in its log; nothing was lost.");

    public enum Retry {
        LATER,
        USELESS
    }

    private final int dimseStatus;
    private final int httpStatus;
    private final Retry retry;
    private final String advice;

    ArchiveError(int dimseStatus, int httpStatus, Retry retry, String advice) {
        this.dimseStatus = dimseStatus;
        this.httpStatus = httpStatus;
        this.retry = retry;
        this.advice = advice;
    }

    public int dimseStatus() {
        return dimseStatus;
    }

    public int httpStatus() {
        return httpStatus;
    }

    public Retry retry() {
        return retry;
    }

    /** One sentence that tells a person what to do. */
    public String advice() {
        return advice;
    }
}
