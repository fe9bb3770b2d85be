package org.archipelago.contract.access;

import org.archipelago.contract.ArchiveError;

/** How an access ended. */
public enum AccessOutcome {
    COMPLETED,
    PARTIAL,
    FAILED,
    REFUSED;

    /** Of an access that an error ended: what the caller could not have had is a refusal, what went wrong here is not. */
    public static AccessOutcome of(ArchiveError error) {
        return switch (error) {
            case NOT_FOUND,
                    ERASED,
                    KEY_LOST,
                    NOT_AUTHORIZED,
                    NOT_ACCEPTABLE,
                    UNSUPPORTED_MEDIA,
                    INVALID_REQUEST,
                    INVALID_QUERY,
                    INVALID_UID,
                    INVALID_AE_TITLE,
                    REQUEST_TOO_LARGE,
                    IDENTIFIER_MISMATCH,
                    MOVE_DESTINATION_UNKNOWN -> REFUSED;
            case NOT_A_DATASET,
                    DATASET_LIMIT,
                    STUDY_LIMIT,
                    SOP_CLASS_MISMATCH,
                    SOP_CLASS_NOT_SUPPORTED,
                    BLOB_STORE_FULL,
                    OVERLOADED,
                    LOG_UNAVAILABLE,
                    BLOBS_UNAVAILABLE,
                    SEARCH_UNAVAILABLE,
                    POSITION_NOT_REACHED,
                    NEWER_PROGRAM,
                    SHUTTING_DOWN,
                    CORRUPT,
                    TRANSCODING_FAILED,
                    CONFLICTING_STATE,
                    UNKNOWN_CONFLICT,
                    NOT_VERIFIED,
                    SIGNING_WITHHELD,
                    PEER_UNAVAILABLE,
                    NETWORK_INCOMPLETE,
                    PEER_MISBEHAVED,
                    INTERNAL -> FAILED;
        };
    }
}
