package org.archipelago.node.dicom.dataset;

/**
 * Bounds on what one data set may make this node do; past any of them: DATASET_LIMIT.
 *
 * @param maxHeaderBytes of memory for a header, by estimate: its values as they came and as they are read, and 200 for each
 *     element and item
 * @param maxElements elements and items, nested ones included
 * @param maxDepth nested sequences
 * @param maxInlineBinaryBytes a longer binary value becomes bulk
 * @param maxTextBytes a longer value of any other VR becomes bulk
 * @param maxFragments fragments of encapsulated pixel data that are indexed
 * @param maxInflatedBytes length of a deflated data set once inflated
 * @param maxInflateRatio inflated bytes per deflated byte, beyond the first 16 MiB
 */
public record DataSetLimits(
        int maxHeaderBytes,
        int maxElements,
        int maxDepth,
        int maxInlineBinaryBytes,
        int maxTextBytes,
        int maxFragments,
        long maxInflatedBytes,
        int maxInflateRatio) {
    public static final DataSetLimits DEFAULT =
            new DataSetLimits(256 << 20, 1_000_000, 64, 1024, 64 << 10, 1 << 20, 8L << 30, 250);

    /** Memory for a byte of a command's data set: the items of a commitment request take 8. */
    private static final int COMMAND_HEADER_RATIO = 16;

    private static final int LEAST_COMMAND_HEADER_BYTES = 1 << 20;

    /** For what is stored, and so was within the limits when it came: only what a deflated byte can give (RFC 1951). */
    static final DataSetLimits STORED =
            new DataSetLimits(256 << 20, 1_000_000, 64, 1024, 64 << 10, 1 << 20, Long.MAX_VALUE, 1032);

    /** The header of one object may take this part of the heap. */
    private static final int HEADERS_OF_HEAP = 16;

    /** With a header of no more than a sixteenth of the heap. */
    public DataSetLimits withinHeap(long heapBytes) {
        return new DataSetLimits(
                (int) Math.min(maxHeaderBytes, Math.max(1, heapBytes / HEADERS_OF_HEAP)),
                maxElements,
                maxDepth,
                maxInlineBinaryBytes,
                maxTextBytes,
                maxFragments,
                maxInflatedBytes,
                maxInflateRatio);
    }

    /** Nothing becomes bulk: for identifiers and other data sets of commands, which are small. */
    DataSetLimits inMemory() {
        return new DataSetLimits(
                maxHeaderBytes,
                maxElements,
                maxDepth,
                maxHeaderBytes,
                maxHeaderBytes,
                maxFragments,
                maxInflatedBytes,
                maxInflateRatio);
    }

    /** For so many bytes that are in memory: no length in them is believed beyond that. */
    static DataSetLimits ofCommand(int lengthBytes) {
        return new DataSetLimits(
                Math.clamp(
                        (long) lengthBytes * COMMAND_HEADER_RATIO, LEAST_COMMAND_HEADER_BYTES, DEFAULT.maxHeaderBytes),
                DEFAULT.maxElements,
                DEFAULT.maxDepth,
                lengthBytes,
                lengthBytes,
                DEFAULT.maxFragments,
                (long) lengthBytes * DEFAULT.maxInflateRatio,
                DEFAULT.maxInflateRatio);
    }
}
