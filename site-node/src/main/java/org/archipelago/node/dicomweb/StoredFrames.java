package org.archipelago.node.dicomweb;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.SeekableByteChannel;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.pixel.FrameMemory;
import org.archipelago.node.dicom.pixel.Frames;

/** Frames of stored data sets, as far as {@link FrameMemory} allows. */
public final class StoredFrames implements FrameSource {
    private final DataSetLimits limits;

    public StoredFrames(DataSetLimits limits) {
        this.limits = limits;
    }

    @Override
    public FrameSource.Image open(SeekableByteChannel plain, TransferSyntaxUid transferSyntax) throws IOException {
        return new Bounded(Frames.open(plain, transferSyntax, limits));
    }

    private static final class Bounded implements FrameSource.Image {
        private final Frames frames;

        Bounded(Frames frames) {
            this.frames = frames;
        }

        @Override
        public int count() {
            return frames.count();
        }

        @Override
        public void stored(int number, OutputStream out) throws IOException {
            try (FrameMemory.Held _ = FrameMemory.OF_NODE.hold(frames.storedMemoryBytes(number - 1))) {
                out.write(frames.stored(number - 1));
            }
        }

        @Override
        public void decoded(int number, OutputStream out) throws IOException {
            try (FrameMemory.Held _ = FrameMemory.OF_NODE.hold(frames.memoryBytes(number - 1))) {
                out.write(frames.asDescribed(number - 1));
            }
        }
    }
}
