package org.archipelago.node.dicom.dataset;

import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.dicom.dictionary.TransferSyntax;
import org.archipelago.node.dicom.text.CharacterSet;
import org.jspecify.annotations.Nullable;

/**
 * Collects the header attributes of a data set while its bytes stream by, in one pass and in memory bounded by
 * {@link DataSetLimits}. Not thread-safe; used once. Closing releases the inflater of an abandoned data set.
 */
public final class HeaderCollector implements AutoCloseable {
    private final TransferSyntax transferSyntax;
    private final CharacterSet defaultCharacterSet;
    private final RawCollector raw;
    private final DataSetTokenizer tokenizer;
    private final @Nullable Inflation inflation;

    /** @param defaultCharacterSet of text when the data set has no Specific Character Set (0008,0005) */
    public HeaderCollector(
            TransferSyntaxUid transferSyntax, Optional<String> defaultCharacterSet, DataSetLimits limits) {
        this(transferSyntax, defaultCharacterSet, limits, bytes -> {});
    }

    /**
     * As the other, of an object on its way in.
     *
     * @param share stays open while the header is in use
     */
    public HeaderCollector(
            TransferSyntaxUid transferSyntax,
            Optional<String> defaultCharacterSet,
            DataSetLimits limits,
            HeaderMemory.Share share) {
        this(transferSyntax, defaultCharacterSet, limits, share::reach);
    }

    private HeaderCollector(
            TransferSyntaxUid transferSyntax,
            Optional<String> defaultCharacterSet,
            DataSetLimits limits,
            LongConsumer keeping) {
        this.transferSyntax = TransferSyntax.of(transferSyntax);
        this.defaultCharacterSet = CharacterSet.of(defaultCharacterSet
                .map(terms -> List.of(terms.split("\\\\", -1)))
                .orElse(List.of()));
        this.raw = new RawCollector(limits, keeping);
        this.tokenizer = new DataSetTokenizer(this.transferSyntax.encoding(), raw, limits);
        this.inflation = this.transferSyntax.deflated() ? new Inflation(tokenizer::feed, limits) : null;
    }

    /**
     * Takes the next bytes of the data set; they may be changed afterwards.
     *
     * @throws org.archipelago.contract.ArchiveException NOT_A_DATASET, DATASET_LIMIT, OVERLOADED; the collector is of no use then
     */
    public void feed(byte[] bytes, int offset, int length) {
        if (inflation != null) {
            inflation.feed(bytes, offset, length);
        } else {
            tokenizer.feed(bytes, offset, length);
        }
    }

    /** How many of the next bytes need not be fed, when the reader can step over them. */
    long skippable() {
        return inflation != null ? 0 : tokenizer.skippable();
    }

    void skipped(long bytes) {
        tokenizer.skipped(bytes);
    }

    /** @throws org.archipelago.contract.ArchiveException NOT_A_DATASET when the bytes fed are not one whole data set */
    public CollectedHeader finish() {
        if (inflation != null) {
            inflation.finish();
        }
        tokenizer.finish();
        AttributeSet attributes = new AttributeDecoder(defaultCharacterSet).decode(raw.root());
        close();
        return new CollectedHeader(
                attributes,
                tokenizer.encoding().bigEndian(),
                tokenizer.encoding() != transferSyntax.encoding(),
                tokenizer.position(),
                raw.pixelData());
    }

    @Override
    public void close() {
        if (inflation != null) {
            inflation.close();
        }
    }
}
