package org.archipelago.node.dicomweb;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Optional;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.dicom.dataset.Part10;

/**
 * A file that is being received (PS3.10 §7): its meta information, and its data set still to be read.
 *
 * @param sopClassUid Media Storage SOP Class UID (0002,0002), where it is a UID
 * @param sopInstanceUid Media Storage SOP Instance UID (0002,0003), where it is a UID
 */
record DicomFile(
        TransferSyntaxUid transferSyntax,
        Optional<SopClassUid> sopClassUid,
        Optional<SopInstanceUid> sopInstanceUid,
        InputStream dataset) {
    private static final int HEAD_BYTES = 64 * 1024;
    private static final int MEDIA_SOP_CLASS = 0x00020002;
    private static final int MEDIA_SOP_INSTANCE = 0x00020003;

    /** @throws ArchiveException NOT_A_DATASET */
    static DicomFile open(InputStream in) throws IOException {
        byte[] head = in.readNBytes(HEAD_BYTES);
        Part10.FileStart start = Part10.read(head);
        int offset = Math.toIntExact(start.datasetOffsetBytes());
        InputStream rest = new ByteArrayInputStream(head, offset, head.length - offset);
        return new DicomFile(
                start.transferSyntax(),
                start.meta().text(MEDIA_SOP_CLASS).flatMap(uid -> ifValid(() -> new SopClassUid(uid))),
                start.meta().text(MEDIA_SOP_INSTANCE).flatMap(uid -> ifValid(() -> new SopInstanceUid(uid))),
                head.length < HEAD_BYTES ? rest : new SequenceInputStream(rest, in));
    }

    private interface Uid<T> {
        T parse();
    }

    /** The data set's own UIDs decide; what announces them may be anything. */
    private static <T> Optional<T> ifValid(Uid<T> uid) {
        try {
            return Optional.of(uid.parse());
        } catch (ArchiveException e) {
            return Optional.empty();
        }
    }
}
