package org.archipelago.contract.log;

import java.util.Arrays;
import java.util.Optional;

/** What a key protects, and so who may be granted it and how long it lives (architecture sections 4 and 6). */
public enum KeyClass {
    /** Metadata of a study copy or of a quarantined object. */
    INDEX(0),
    /** Wraps the blobs' own keys. */
    PIXEL(1),
    /** One patient record. */
    PATIENT(2),
    /** Access records of one audit subject, with their own retention. */
    AUDIT(3),
    /** What happens to the node itself. */
    SITE(4),
    /** What one other site was granted of this one's keys; that site has it, too. */
    GRANT(5);

    private final int code;

    KeyClass(int code) {
        this.code = code;
    }

    /** What keystores have on disk, in one byte: never changed or used again. */
    public int code() {
        return code;
    }

    public static Optional<KeyClass> ofCode(int code) {
        return Arrays.stream(values()).filter(one -> one.code == code).findFirst();
    }
}
