package org.archipelago.node.portal;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import org.archipelago.contract.dicom.TransferSyntaxUid;

/** Port: small pictures of images. */
public interface Thumbnails {
    /**
     * A JPEG of one frame from the middle, its longer edge as asked.
     *
     * @throws org.archipelago.contract.ArchiveException NOT_FOUND without pixels, TRANSCODING_FAILED when they cannot be decoded
     */
    byte[] jpeg(SeekableByteChannel plain, TransferSyntaxUid transferSyntax, int edgePixels) throws IOException;
}
