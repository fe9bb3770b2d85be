package org.archipelago.contract.study;

import java.util.Optional;
import org.archipelago.contract.Digest;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;

/**
 * One data set exactly as its sender encoded it, without file meta information; durable in the blob store.
 *
 * @param digest SHA-256 of the plain data set bytes
 * @param lengthBytes length of the plain data set
 * @param assumedCharacterSet Specific Character Set (0008,0005) by which its text was read because the data set names none,
 *     as configured for its source, values separated by backslash; empty when it names one, or nothing is configured.
 *     Recorded, since the configuration may change and the bytes still have to be read as they were
 */
public record StoredObject(
        SopInstanceUid sopInstanceUid,
        SopClassUid sopClassUid,
        TransferSyntaxUid transferSyntax,
        Digest digest,
        long lengthBytes,
        BlobRef blob,
        Optional<String> assumedCharacterSet) {
    /** One whose text is read by what its data set says. */
    public StoredObject(
            SopInstanceUid sopInstanceUid,
            SopClassUid sopClassUid,
            TransferSyntaxUid transferSyntax,
            Digest digest,
            long lengthBytes,
            BlobRef blob) {
        this(sopInstanceUid, sopClassUid, transferSyntax, digest, lengthBytes, blob, Optional.empty());
    }

    /** The same object, read as ever, from where its bytes are now. */
    public StoredObject movedTo(BlobRef other) {
        return new StoredObject(
                sopInstanceUid, sopClassUid, transferSyntax, digest, lengthBytes, other, assumedCharacterSet);
    }

    public VersionId version() {
        return VersionId.of(transferSyntax, digest);
    }
}
