package org.archipelago.node.dicom.dataset;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.dicom.dictionary.TransferSyntax;

/** Takes a stored data set through a handler, from its first byte to its last, stepping over what the handler skips. */
public final class StreamedDataSet {
    private static final int BUFFER_BYTES = 64 << 10;

    private StreamedDataSet() {}

    /**
     * @param plain as {@link PlainBytes#open} gives it
     * @return the tokenizer, at the data set's end
     * @throws org.archipelago.contract.ArchiveException NOT_A_DATASET, DATASET_LIMIT
     */
    public static DataSetTokenizer drive(
            SeekableByteChannel plain, TransferSyntaxUid transferSyntax, TokenHandler handler, DataSetLimits limits)
            throws IOException {
        DataSetTokenizer tokenizer =
                new DataSetTokenizer(TransferSyntax.of(transferSyntax).encoding(), handler, limits);
        drive(plain, tokenizer, TransferSyntax.of(transferSyntax).deflated());
        return tokenizer;
    }

    /** As the other method, for a handler that must know its tokenizer's position. */
    public static void drive(SeekableByteChannel plain, TransferSyntaxUid transferSyntax, DataSetTokenizer tokenizer)
            throws IOException {
        drive(plain, tokenizer, TransferSyntax.of(transferSyntax).deflated());
    }

    /** @param sequential whether stepping over bytes is no cheaper than reading them */
    private static void drive(SeekableByteChannel plain, DataSetTokenizer tokenizer, boolean sequential)
            throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        long at = 0;
        // A handler may read elsewhere in the channel between two pieces.
        plain.position(at);
        while (plain.read(buffer.clear()) > 0) {
            at += buffer.position();
            tokenizer.feed(buffer.array(), 0, buffer.position());
            if (!sequential && tokenizer.skippable() > BUFFER_BYTES) {
                long step = Math.min(tokenizer.skippable(), plain.size() - at);
                tokenizer.skipped(step);
                at += step;
            }
            plain.position(at);
        }
        tokenizer.finish();
    }
}
