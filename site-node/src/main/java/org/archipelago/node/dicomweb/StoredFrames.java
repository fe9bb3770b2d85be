package org.archipelago.node.dicomweb;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.SeekableByteChannel;
import java.util.concurrent.Semaphore;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.pixel.Frames;

/**
 * Frames of stored data sets. A frame is in memory whole, so the frames that all requests hold at once share a quarter
 * of the heap; who comes later waits.
 */
public final class StoredFrames implements FrameSource {
    private static final int MIB = 1 << 20;
    /** Codestream and pixels, and what the codec needs between them. */
    private static final int COPIES = 3;

    private final int maxMib = (int) Math.max(1, Runtime.getRuntime().maxMemory() / 4 / MIB);
    private final Semaphore memory = new Semaphore(maxMib, true);
    private final DataSetLimits limits;

    public StoredFrames(DataSetLimits limits) {
        this.limits = limits;
    }

    @Override
    public FrameSource.Image open(SeekableByteChannel plain, TransferSyntaxUid transferSyntax) throws IOException {
        return new Bounded(Frames.open(plain, transferSyntax, limits));
    }

    private final class Bounded implements FrameSource.Image {
        private final Frames frames;
        private final int mib;

        Bounded(Frames frames) {
            this.frames = frames;
            this.mib = (int) Math.min(maxMib, 1 + (long) COPIES * frames.image().frameBytes() / MIB);
        }

        @Override
        public int count() {
            return frames.count();
        }

        @Override
        public void stored(int number, OutputStream out) throws IOException {
            memory.acquireUninterruptibly(mib);
            try {
                out.write(frames.stored(number - 1));
            } finally {
                memory.release(mib);
            }
        }

        @Override
        public void decoded(int number, OutputStream out) throws IOException {
            memory.acquireUninterruptibly(mib);
            try {
                // Native pixels keep the arrangement that the metadata tells of.
                out.write(frames.encapsulated() ? frames.decoded(number - 1).pixels() : frames.stored(number - 1));
            } finally {
                memory.release(mib);
            }
        }
    }
}
