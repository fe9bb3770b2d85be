package org.archipelago.contract.study;

/** Why two things cannot both be right. */
public enum ConflictKind {
    /** Same SOP Instance UID and series, attributes or pixels differ. */
    DIFFERENT_CONTENT,
    /** Same SOP Instance UID, pixels that cannot be decoded for comparison. */
    NOT_COMPARABLE,
    /** Same SOP Instance UID in another series of this study. */
    DIFFERENT_SERIES,
    /** Same SOP Instance UID in another study: current in both, flagged in both. */
    DIFFERENT_STUDY,
    /** One Study Instance UID with two patients. */
    TWO_PATIENTS
}
