package org.archipelago.contract;

import static org.archipelago.contract.DimseStatus.CLASS_INSTANCE_CONFLICT;
import static org.archipelago.contract.DimseStatus.DOES_NOT_MATCH_SOP_CLASS;
import static org.archipelago.contract.DimseStatus.INVALID_ARGUMENT_VALUE;
import static org.archipelago.contract.DimseStatus.MATCHES_NOT_COUNTED;
import static org.archipelago.contract.DimseStatus.NO_SUCH_SOP_INSTANCE;
import static org.archipelago.contract.DimseStatus.OUT_OF_RESOURCES;
import static org.archipelago.contract.DimseStatus.PROCESSING_FAILURE;
import static org.archipelago.contract.DimseStatus.RESOURCE_LIMITATION;
import static org.archipelago.contract.DimseStatus.SUBOPERATIONS_NOT_PERFORMED;

/**
 * Every refusal once, with what each protocol says of it. DIMSE statuses in the order C-STORE (PS3.4 Table B.2-1), C-FIND
 * (PS3.4 Table C.4-1), C-MOVE and C-GET (PS3.4 Tables C.4-2 and C.4-3), N-ACTION (PS3.7 §10.1.4.1.10); Cxxx is each
 * C-service's "cannot understand" or "unable to process", the last digits tell refusals apart. Storage commitment takes
 * those of N-ACTION as Failure Reasons (PS3.3 §C.14.1.1), STOW-RS those of C-STORE (PS3.18 Table I.2-2).
 */
public enum ArchiveError {
    NOT_A_DATASET(
            statuses(0xC000, 0xC000, 0xC000, INVALID_ARGUMENT_VALUE),
            400,
            Retry.USELESS,
            "The object is not a readable DICOM data set; check the sender's export."),
    INVALID_UID(
            statuses(0xC000, 0xC000, 0xC000, INVALID_ARGUMENT_VALUE),
            400,
            Retry.USELESS,
            "A UID is missing, longer than 128 bytes or has characters other than 0-9, A-Z, a-z, dot and hyphen;"
                    + " correct it at the sender."),
    INVALID_AE_TITLE(
            statuses(0xC009, 0xC009, 0xC009, INVALID_ARGUMENT_VALUE),
            400,
            Retry.USELESS,
            "An AE title has 1 to 16 printable characters and no backslash; correct it."),
    DATASET_LIMIT(
            statuses(0xC001, 0xC001, 0xC001, RESOURCE_LIMITATION),
            413,
            Retry.USELESS,
            "The object exceeds a configured bound (length, nesting or size of header); raise the bound or correct the"
                    + " object."),
    STUDY_LIMIT(
            statuses(0xC00D, 0xC00D, 0xC00D, RESOURCE_LIMITATION),
            413,
            Retry.USELESS,
            "The study has as many series, instances, versions of this instance or patients as one may have here; see"
                    + " whether its sender gives one UID to everything, else raise the bound."),
    SOP_CLASS_MISMATCH(
            statuses(
                    DOES_NOT_MATCH_SOP_CLASS,
                    DOES_NOT_MATCH_SOP_CLASS,
                    DOES_NOT_MATCH_SOP_CLASS,
                    CLASS_INSTANCE_CONFLICT),
            409,
            Retry.USELESS,
            "The data set's SOP Class differs from the one that was negotiated; correct the sender."),
    SOP_CLASS_NOT_SUPPORTED(
            everywhere(DimseStatus.SOP_CLASS_NOT_SUPPORTED),
            409,
            Retry.USELESS,
            "This SOP Class is not accepted here; add it to the configuration if it should be."),
    NOT_AUTHORIZED(
            everywhere(DimseStatus.NOT_AUTHORIZED),
            403,
            Retry.USELESS,
            "The caller may not do this; an operator can permit it in the node's configuration."),
    BLOB_STORE_FULL(
            statuses(OUT_OF_RESOURCES, OUT_OF_RESOURCES, SUBOPERATIONS_NOT_PERFORMED, RESOURCE_LIMITATION),
            503,
            Retry.LATER,
            "The archive is out of space; send again later."),
    OVERLOADED(
            statuses(OUT_OF_RESOURCES, OUT_OF_RESOURCES, MATCHES_NOT_COUNTED, RESOURCE_LIMITATION),
            503,
            Retry.LATER,
            "The archive is busy; send again later."),
    LOG_UNAVAILABLE(
            statuses(OUT_OF_RESOURCES, OUT_OF_RESOURCES, SUBOPERATIONS_NOT_PERFORMED, RESOURCE_LIMITATION),
            503,
            Retry.LATER,
            "The event log cannot record at the moment; send again later."),
    BLOBS_UNAVAILABLE(
            statuses(OUT_OF_RESOURCES, OUT_OF_RESOURCES, SUBOPERATIONS_NOT_PERFORMED, RESOURCE_LIMITATION),
            503,
            Retry.LATER,
            "Where objects are stored cannot be looked up until this node has been restarted, which repairs it; try"
                    + " again then."),
    SEARCH_UNAVAILABLE(
            statuses(OUT_OF_RESOURCES, OUT_OF_RESOURCES, MATCHES_NOT_COUNTED, RESOURCE_LIMITATION),
            503,
            Retry.LATER,
            "Search is not available at the moment; images can still be stored and opened. Try again later."),
    POSITION_NOT_REACHED(
            statuses(OUT_OF_RESOURCES, OUT_OF_RESOURCES, MATCHES_NOT_COUNTED, RESOURCE_LIMITATION),
            503,
            Retry.LATER,
            "The index has not yet reached the position that was asked for; try again."),
    NEWER_PROGRAM(
            statuses(OUT_OF_RESOURCES, OUT_OF_RESOURCES, SUBOPERATIONS_NOT_PERFORMED, RESOURCE_LIMITATION),
            503,
            Retry.LATER,
            "A newer version of this program recorded something here that this one cannot read; upgrade this node,"
                    + " then try again."),
    SHUTTING_DOWN(
            statuses(OUT_OF_RESOURCES, OUT_OF_RESOURCES, SUBOPERATIONS_NOT_PERFORMED, RESOURCE_LIMITATION),
            503,
            Retry.LATER,
            "The archive is shutting down; send again when it is back."),
    NOT_FOUND(
            statuses(0xC002, 0xC002, 0xC002, NO_SUCH_SOP_INSTANCE),
            404,
            Retry.USELESS,
            "There is no such object in this archive."),
    ERASED(
            statuses(0xC003, 0xC003, 0xC003, NO_SUCH_SOP_INSTANCE),
            410,
            Retry.USELESS,
            "This was erased on purpose; its key is destroyed."),
    KEY_LOST(
            statuses(0xC00E, 0xC00E, 0xC00E, NO_SUCH_SOP_INSTANCE),
            410,
            Retry.USELESS,
            "Its key was lost when this site was destroyed, and no other site gave it back: what is under it cannot be"
                    + " opened, and takes in nothing more. Ask the operator for a backup of the keys."),
    CORRUPT(
            statuses(0xC004, 0xC004, 0xC004, PROCESSING_FAILURE),
            500,
            Retry.USELESS,
            "Stored data does not match its digest and was not served; run 'archipelago verify' and restore it."),
    INVALID_QUERY(
            statuses(0xC005, 0xC005, 0xC005, INVALID_ARGUMENT_VALUE),
            400,
            Retry.USELESS,
            "The query cannot be understood; correct the named key or parameter."),
    IDENTIFIER_MISMATCH(
            statuses(
                    DOES_NOT_MATCH_SOP_CLASS,
                    DOES_NOT_MATCH_SOP_CLASS,
                    DOES_NOT_MATCH_SOP_CLASS,
                    INVALID_ARGUMENT_VALUE),
            400,
            Retry.USELESS,
            "The identifier does not match the SOP Class or query level; correct the request."),
    INVALID_REQUEST(
            statuses(0xC00A, 0xC00A, 0xC00A, INVALID_ARGUMENT_VALUE),
            400,
            Retry.USELESS,
            "The request is malformed; correct the named part."),
    REQUEST_TOO_LARGE(
            statuses(0xA702, 0xC008, 0xC008, RESOURCE_LIMITATION),
            413,
            Retry.USELESS,
            "The request exceeds a configured bound; split it or raise the bound."),
    NOT_ACCEPTABLE(
            statuses(0xC006, 0xC006, 0xC006, PROCESSING_FAILURE),
            406,
            Retry.USELESS,
            "None of the media types or transfer syntaxes asked for can be produced without loss; ask for the stored"
                    + " one."),
    UNSUPPORTED_MEDIA(
            everywhere(DimseStatus.SOP_CLASS_NOT_SUPPORTED),
            415,
            Retry.USELESS,
            "This content type is not taken here; store DICOM files (PS3.10), as multipart/related with"
                    + " type=\"application/dicom\" or one as application/dicom, or metadata with bulk data as"
                    + " multipart/related with type=\"application/dicom+json\" or \"application/dicom+xml\"; without a"
                    + " Content-Encoding."),
    TRANSCODING_FAILED(
            statuses(0xC007, 0xC007, 0xC007, PROCESSING_FAILURE),
            406,
            Retry.USELESS,
            "The pixels cannot be decoded for the transfer syntaxes that the receiver accepts; ask for the stored"
                    + " one."),
    MOVE_DESTINATION_UNKNOWN(
            statuses(0xC00B, 0xC00B, DimseStatus.MOVE_DESTINATION_UNKNOWN, INVALID_ARGUMENT_VALUE),
            404,
            Retry.USELESS,
            "The move destination is not configured; add it to the node's AEs."),
    CONFLICTING_STATE(
            statuses(PROCESSING_FAILURE, 0xC110, 0xC110, PROCESSING_FAILURE),
            409,
            Retry.USELESS,
            "The study or patient is in a state that does not allow this; look at its history."),
    UNKNOWN_CONFLICT(
            statuses(0xC002, 0xC002, 0xC002, NO_SUCH_SOP_INSTANCE),
            404,
            Retry.USELESS,
            "There is no such open conflict; it may be resolved already."),
    NOT_VERIFIED(
            statuses(0xC00C, 0xC00C, 0xC00C, PROCESSING_FAILURE),
            422,
            Retry.USELESS,
            "A signature or proof does not hold, so nothing of it was believed; get it from its origin again and"
                    + " compare the fingerprint."),
    SIGNING_WITHHELD(
            statuses(OUT_OF_RESOURCES, OUT_OF_RESOURCES, SUBOPERATIONS_NOT_PERFORMED, RESOURCE_LIMITATION),
            503,
            Retry.LATER,
            "This site signs no checkpoint of its log at the moment, since that would contradict an earlier one;"
                    + " 'status' tells why."),
    PEER_UNAVAILABLE(
            statuses(OUT_OF_RESOURCES, OUT_OF_RESOURCES, SUBOPERATIONS_NOT_PERFORMED, RESOURCE_LIMITATION),
            503,
            Retry.LATER,
            "The other site does not answer at the moment; what it has will come once it can be reached again."),
    NETWORK_INCOMPLETE(
            statuses(OUT_OF_RESOURCES, OUT_OF_RESOURCES, SUBOPERATIONS_NOT_PERFORMED, RESOURCE_LIMITATION),
            503,
            Retry.LATER,
            "What other sites hold is not all known here at the moment; what was found is right, and more may exist."),
    PEER_MISBEHAVED(
            statuses(PROCESSING_FAILURE, 0xC110, 0xC110, PROCESSING_FAILURE),
            502,
            Retry.LATER,
            "The other site answered what no node answers, so nothing of it was used; tell whoever runs it."),
    INTERNAL(
            statuses(PROCESSING_FAILURE, 0xC110, 0xC110, PROCESSING_FAILURE),
            500,
            Retry.LATER,
            "The archive failed unexpectedly and recorded why in its log; nothing was lost.");

    public enum Retry {
        LATER,
        USELESS
    }

    private record Statuses(int store, int find, int retrieve, int action) {}

    private static Statuses statuses(int store, int find, int retrieve, int action) {
        return new Statuses(store, find, retrieve, action);
    }

    private static Statuses everywhere(int status) {
        return new Statuses(status, status, status, status);
    }

    private final Statuses dimse;
    private final int httpStatus;
    private final Retry retry;
    private final String advice;

    ArchiveError(Statuses dimse, int httpStatus, Retry retry, String advice) {
        this.dimse = dimse;
        this.httpStatus = httpStatus;
        this.retry = retry;
        this.advice = advice;
    }

    public int dimseStatus(DimseService service) {
        return switch (service) {
            case C_STORE -> dimse.store();
            case C_FIND -> dimse.find();
            case C_MOVE, C_GET -> dimse.retrieve();
            case N_ACTION -> dimse.action();
        };
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
