package org.archipelago.node.dicomweb;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.SeekableByteChannel;
import org.archipelago.contract.dicom.TransferSyntaxUid;

/** Port: the frames of an image's pixel data. */
public interface FrameSource {
    /**
     * Reads what is needed to find frames; the channel stays the caller's.
     *
     * @throws org.archipelago.contract.ArchiveException NOT_FOUND when there is no pixel data, NOT_ACCEPTABLE when it has no frames that can be told apart
     */
    Image open(SeekableByteChannel plain, TransferSyntaxUid transferSyntax) throws IOException;

    interface Image {
        int count();

        /** One frame as stored; numbers are from 1. */
        void stored(int number, OutputStream out) throws IOException;

        /**
         * One frame uncompressed, little endian, in the colour and arrangement that the metadata tells of as far as there is native
         * pixel data of that kind.
         *
         * @param number from 1
         * @throws org.archipelago.contract.ArchiveException TRANSCODING_FAILED, before the first byte
         */
        void decoded(int number, OutputStream out) throws IOException;
    }
}
