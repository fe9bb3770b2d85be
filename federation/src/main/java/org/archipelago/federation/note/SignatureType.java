package org.archipelago.federation.note;

import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/** The types of signature that are made and verified here. Notes may carry others, which are kept and never looked at. */
public enum SignatureType {
    /** Of the text: C2SP signed-note, "Ed25519 signatures". */
    ED25519(0x01),
    /** Of a checkpoint at a time: C2SP tlog-cosignature, "Ed25519 signed message". */
    COSIGNATURE(0x04);

    private final byte identifier;

    SignatureType(int identifier) {
        this.identifier = (byte) identifier;
    }

    byte identifier() {
        return identifier;
    }

    /** @throws ArchiveException INVALID_REQUEST */
    static SignatureType of(byte identifier) {
        for (SignatureType type : values()) {
            if (type.identifier == identifier) {
                return type;
            }
        }
        throw new ArchiveException(ArchiveError.INVALID_REQUEST, "signature type " + identifier);
    }
}
