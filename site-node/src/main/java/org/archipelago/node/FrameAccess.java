package org.archipelago.node;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.SeekableByteChannel;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.dicom.pixel.Frames;
import org.archipelago.node.dicomweb.FrameSource;

/** DICOMweb counts frames from 1. */
final class FrameAccess implements FrameSource {
    @Override
    public FrameSource.Frames open(SeekableByteChannel plain, TransferSyntaxUid transferSyntax) throws IOException {
        Frames frames = Frames.open(plain, transferSyntax);
        return new FrameSource.Frames() {
            @Override
            public int count() {
                return frames.count();
            }

            @Override
            public void stored(int number, OutputStream out) throws IOException {
                out.write(frames.stored(number - 1));
            }

            @Override
            public void decoded(int number, OutputStream out) throws IOException {
                out.write(frames.decoded(number - 1).pixels());
            }
        };
    }
}
