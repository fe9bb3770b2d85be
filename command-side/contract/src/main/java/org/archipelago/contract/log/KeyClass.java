package org.archipelago.contract.log;

/** What a key protects, and so who may be granted it and how long it lives (architecture sections 4 and 6). */
public enum KeyClass {
    /** Metadata of a study copy or of a quarantined object. */
    INDEX,
    /** Wraps the blobs' own keys. */
    PIXEL,
    /** One patient record. */
    PATIENT,
    /** Access records of one audit subject, with their own retention. */
    AUDIT,
    /** What happens to the node itself. */
    SITE
}
