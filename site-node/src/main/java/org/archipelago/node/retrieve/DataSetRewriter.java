package org.archipelago.node.retrieve;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.SeekableByteChannel;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.study.StoredObject;

/** Port: a stored data set in another form. */
public interface DataSetRewriter {
    /** Whether nothing but the order of bytes and of lengths is lost or gained in this syntax. */
    boolean isUncompressed(TransferSyntaxUid transferSyntax);

    /**
     * Makes ready to write; what can fail because of the pixels fails here, before the first byte.
     *
     * @param plain the stored object's bytes
     * @param replacements attributes of the main data set in place of the object's own, complete for each tag
     * @param target the stored syntax, or an uncompressed one
     * @throws org.archipelago.contract.ArchiveException TRANSCODING_FAILED
     */
    Rewritten rewrite(
            SeekableByteChannel plain, StoredObject stored, AttributeSet replacements, TransferSyntaxUid target)
            throws IOException;

    /** Ready to be written, also more than once. Reads from the channel meanwhile. */
    interface Rewritten {
        void writeTo(OutputStream out) throws IOException;
    }
}
