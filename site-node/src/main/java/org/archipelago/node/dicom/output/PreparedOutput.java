package org.archipelago.node.dicom.output;

import java.io.IOException;
import java.io.OutputStream;
import org.archipelago.contract.dicom.TransferSyntaxUid;

/** A data set that is ready to leave: what can be known to fail has been tried. */
public interface PreparedOutput {
    TransferSyntaxUid transferSyntax();

    /** Whether the stored bytes leave as they are. */
    boolean verbatim();

    /**
     * Streams the data set, without file meta information; memory is bounded by a frame. May be called again.
     *
     * @throws org.archipelago.contract.ArchiveException TRANSCODING_FAILED when a later frame is damaged: what was
     *     written is then not a whole data set, and the transfer must be broken off
     */
    void writeTo(OutputStream out) throws IOException;
}
