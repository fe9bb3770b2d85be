package org.archipelago.node.cli.transfer;

import java.io.IOException;
import java.io.InputStream;
import org.archipelago.contract.ArchiveException;
import org.archipelago.node.dicom.dataset.Part10;

/**
 * What the file meta information of a DICOM file says (PS3.10 §7.1), and where its data set begins.
 *
 * @param datasetAt where the data set begins
 */
public record FileHeader(String sopClassUid, String sopInstanceUid, String transferSyntaxUid, long datasetAt) {
    /** Media Storage Directory: an index of other files, not an object to keep. */
    public static final String DIRECTORY = "1.2.840.10008.1.3.10";

    private static final int HEAD_BYTES = 64 * 1024;
    private static final int MEDIA_SOP_CLASS = 0x00020002;
    private static final int MEDIA_SOP_INSTANCE = 0x00020003;

    /** @throws NotDicomException with a sentence that says why */
    public static FileHeader read(InputStream file) throws IOException, NotDicomException {
        Part10.FileStart start;
        try {
            start = Part10.read(file.readNBytes(HEAD_BYTES));
        } catch (ArchiveException e) {
            throw new NotDicomException("not a DICOM file (PS3.10)");
        }
        return new FileHeader(
                required(start, MEDIA_SOP_CLASS, "Media Storage SOP Class UID"),
                required(start, MEDIA_SOP_INSTANCE, "Media Storage SOP Instance UID"),
                start.transferSyntax().value(),
                start.datasetOffsetBytes());
    }

    private static String required(Part10.FileStart start, int tag, String name) throws NotDicomException {
        return start.meta()
                .text(tag)
                .map(String::strip)
                .filter(value -> !value.isEmpty())
                .orElseThrow(() -> new NotDicomException("its file meta information has no " + name));
    }

    /** The file cannot be sent; the message says why. */
    public static final class NotDicomException extends Exception {
        private static final long serialVersionUID = 1L;

        NotDicomException(String why) {
            super(why);
        }
    }
}
