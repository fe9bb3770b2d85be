package org.archipelago.contract.quarantine;

/** Why an object belongs to no study copy. */
public enum QuarantineReason {
    /** No Study Instance UID (0020,000D). */
    NO_STUDY,
    /** No Series Instance UID (0020,000E). */
    NO_SERIES,
    /** A SOP Class of PS3.4 Annex GG (Non-Patient Object Storage). */
    NON_PATIENT_OBJECT
}
