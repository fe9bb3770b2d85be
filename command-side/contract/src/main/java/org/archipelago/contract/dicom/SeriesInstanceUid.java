package org.archipelago.contract.dicom;

/** Series Instance UID (0020,000E); trimmed, at most 128 bytes of {@code [0-9A-Za-z.-]}, else INVALID_UID. */
public record SeriesInstanceUid(String value) {
    public SeriesInstanceUid {
        value = Uids.checked(value, "SeriesInstanceUid");
    }

    @Override
    public String toString() {
        return value;
    }
}
