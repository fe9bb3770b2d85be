package org.archipelago.contract.dicom;

/** SOP Instance UID (0008,0018); trimmed, at most 128 bytes of {@code [0-9A-Za-z.-]}, else INVALID_UID. */
public record SopInstanceUid(String value) {
    public SopInstanceUid {
        value = Uids.checked(value, "SopInstanceUid");
    }

    @Override
    public String toString() {
        return value;
    }
}
