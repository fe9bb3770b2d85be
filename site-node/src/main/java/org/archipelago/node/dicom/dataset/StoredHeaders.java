package org.archipelago.node.dicom.dataset;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.Optional;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.DatasetHeaders;
import org.archipelago.contract.dicom.TransferSyntaxUid;

/** Reads the headers of stored data sets, stepping over long bulk values. Thread-safe. */
public final class StoredHeaders implements DatasetHeaders {
    private static final int BUFFER_BYTES = 64 << 10;

    private final DataSetLimits limits;

    public StoredHeaders(DataSetLimits limits) {
        this.limits = limits;
    }

    @Override
    public AttributeSet read(
            SeekableByteChannel plain, TransferSyntaxUid transferSyntax, Optional<String> assumedCharacterSet)
            throws IOException {
        return collect(plain, transferSyntax, assumedCharacterSet).attributes();
    }

    /**
     * As {@link #read}, with where the pixel data is. Reads from the channel's start.
     *
     * @throws org.archipelago.contract.ArchiveException NOT_A_DATASET, DATASET_LIMIT
     */
    public CollectedHeader collect(
            SeekableByteChannel plain, TransferSyntaxUid transferSyntax, Optional<String> defaultCharacterSet)
            throws IOException {
        try (HeaderCollector collector = new HeaderCollector(transferSyntax, defaultCharacterSet, limits)) {
            long size = plain.size();
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
            plain.position(0);
            while (plain.read(buffer.clear()) > 0) {
                collector.feed(buffer.array(), 0, buffer.position());
                long step = Math.min(collector.skippable(), size - plain.position());
                if (step > BUFFER_BYTES) {
                    plain.position(plain.position() + step);
                    collector.skipped(step);
                }
            }
            return collector.finish();
        }
    }
}
