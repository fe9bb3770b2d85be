package org.archipelago.node.dicom.dataset;

import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/**
 * What one data set after another takes on the heap, by estimate, while it is read from text (JSON, XML): within the limits
 * of a header, and within what all headers on their way in share. Not thread-safe.
 */
public final class ReadingMemory implements TextReading, AutoCloseable {
    /** An element or item, with its place in the set. */
    private static final int ELEMENT_BYTES = 200;
    /** A value as read and as typed, with their places in lists. */
    private static final int VALUE_BYTES = 160;
    /** Each character is in two texts, at most two bytes in each, and in the encoded element. */
    private static final int BYTES_PER_CHARACTER = 6;

    private final DataSetLimits limits;
    private final HeaderMemory.Share share;
    private long bytes;
    private int elements;

    public ReadingMemory(DataSetLimits limits, HeaderMemory memory) {
        this.limits = limits;
        this.share = memory.share();
    }

    @Override
    public void dataSet() {
        bytes = 0;
        elements = 0;
    }

    @Override
    public void element() {
        if (++elements > limits.maxElements()) {
            throw new ArchiveException(ArchiveError.DATASET_LIMIT, "elements");
        }
        take(ELEMENT_BYTES);
    }

    @Override
    public void value(int characters) {
        take(VALUE_BYTES + (long) characters * BYTES_PER_CHARACTER);
    }

    private void take(long more) {
        bytes += more;
        if (bytes > limits.maxHeaderBytes()) {
            throw new ArchiveException(ArchiveError.DATASET_LIMIT, "size of header");
        }
        share.reach(bytes);
    }

    @Override
    public void close() {
        share.close();
    }
}
