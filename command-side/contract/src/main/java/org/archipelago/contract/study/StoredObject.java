package org.archipelago.contract.study;

import org.archipelago.contract.Digest;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;

/**
 * One data set exactly as its sender encoded it, without file meta information; durable in the blob store.
 *
 * @param digest SHA-256 of the plain data set bytes
 * @param lengthBytes length of the plain data set
 */
public record StoredObject(
        SopInstanceUid sopInstanceUid,
        SopClassUid sopClassUid,
        TransferSyntaxUid transferSyntax,
        Digest digest,
        long lengthBytes,
        BlobRef blob) {
    public VersionId version() {
        return VersionId.of(transferSyntax, digest);
    }
}
