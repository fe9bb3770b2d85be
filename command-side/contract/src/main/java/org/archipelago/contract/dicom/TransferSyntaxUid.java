package org.archipelago.contract.dicom;

/** Transfer Syntax UID (0002,0010), PS3.5 §10; trimmed, at most 128 bytes of {@code [0-9A-Za-z.-]}, else INVALID_UID. */
public record TransferSyntaxUid(String value) {
    public static final TransferSyntaxUid IMPLICIT_VR_LITTLE_ENDIAN = new TransferSyntaxUid("1.2.840.10008.1.2");
    public static final TransferSyntaxUid EXPLICIT_VR_LITTLE_ENDIAN = new TransferSyntaxUid("1.2.840.10008.1.2.1");
    public static final TransferSyntaxUid DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN =
            new TransferSyntaxUid("1.2.840.10008.1.2.1.99");
    public static final TransferSyntaxUid EXPLICIT_VR_BIG_ENDIAN = new TransferSyntaxUid("1.2.840.10008.1.2.2");

    public TransferSyntaxUid {
        value = Uids.checked(value, "TransferSyntaxUid");
    }

    @Override
    public String toString() {
        return value;
    }
}
