package org.archipelago.node.dicomweb;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;

/** Port: the DICOM file format around a data set (PS3.10 §7). */
public interface Part10Codec {
    /**
     * Reads preamble and File Meta Information; the stream is then at the first byte of the data set.
     *
     * @throws org.archipelago.contract.ArchiveException NOT_A_DATASET, DATASET_LIMIT
     */
    FileMeta read(InputStream in) throws IOException;

    /** Writes preamble and File Meta Information; the data set follows. */
    void write(OutputStream out, FileMeta meta) throws IOException;

    record FileMeta(
            TransferSyntaxUid transferSyntax,
            Optional<SopClassUid> sopClassUid,
            Optional<SopInstanceUid> sopInstanceUid) {}
}
