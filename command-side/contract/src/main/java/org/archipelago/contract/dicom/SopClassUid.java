package org.archipelago.contract.dicom;

/** SOP Class UID (0008,0016); trimmed, at most 128 bytes of {@code [0-9A-Za-z.-]}, else INVALID_UID. */
public record SopClassUid(String value) {
    public SopClassUid {
        value = Uids.checked(value, "SopClassUid");
    }

    @Override
    public String toString() {
        return value;
    }
}
