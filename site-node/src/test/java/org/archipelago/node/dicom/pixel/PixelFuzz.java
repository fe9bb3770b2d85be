package org.archipelago.node.dicom.pixel;

import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.dicom.DataSetFile;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.dataset.Part10;
import org.archipelago.node.dicom.output.ContentDigests;
import org.archipelago.node.dicom.pixel.ImageRenderer.Format;
import org.archipelago.node.dicom.pixel.ImageRenderer.Wish;
import org.archipelago.node.fuzz.Corpus;
import org.archipelago.node.fuzz.FuzzTarget;

/** Images: a frame as stored, as a small picture, and the digest by which two versions are compared. */
public final class PixelFuzz implements FuzzTarget {
    private static final int SHORT = 4000;

    @Override
    public String name() {
        return "pixels";
    }

    /** Small ones, and also of each file its head with a few pixels. */
    @Override
    public List<byte[]> corpus() {
        List<byte[]> corpus = new ArrayList<>(Corpus.files());
        Corpus.files().stream()
                .filter(file -> file.length > SHORT)
                .map(file -> Arrays.copyOf(file, SHORT))
                .forEach(corpus::add);
        return corpus;
    }

    @Override
    public boolean take(byte[] input) throws Exception {
        try {
            Part10.FileStart start = Part10.read(input);
            TransferSyntaxUid syntax = start.transferSyntax();
            byte[] dataset = Arrays.copyOfRange(input, (int) start.datasetOffsetBytes(), input.length);
            new ContentDigests(DataSetLimits.DEFAULT).of(channel(dataset), syntax);
            Frames frames = Frames.open(channel(dataset), syntax, DataSetLimits.DEFAULT);
            frames.stored(frames.count() - 1);
            ImageRenderer.render(frames, frames.count() / 2, Wish.thumbnail(64, Format.JPEG));
            return true;
        } catch (ArchiveException e) {
            return switch (e.error()) {
                case NOT_A_DATASET, DATASET_LIMIT, INVALID_UID, TRANSCODING_FAILED, NOT_FOUND -> false;
                default -> throw e;
            };
        }
    }

    private static SeekableByteChannel channel(byte[] dataset) {
        return DataSetFile.channel(dataset);
    }
}
