package org.archipelago.contract.dicom;

/** Study Instance UID (0020,000D); trimmed, at most 128 bytes of {@code [0-9A-Za-z.-]}, else INVALID_UID. */
public record StudyInstanceUid(String value) {
    public StudyInstanceUid {
        value = Uids.checked(value, "StudyInstanceUid");
    }

    @Override
    public String toString() {
        return value;
    }
}
