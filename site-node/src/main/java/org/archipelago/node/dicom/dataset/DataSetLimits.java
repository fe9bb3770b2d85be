package org.archipelago.node.dicom.dataset;

/**
 * Bounds on what one data set may make this node do; past any of them: DATASET_LIMIT.
 *
 * @param maxHeaderBytes of memory for a header, by estimate: its values, and 200 for each element and item
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
            new DataSetLimits(64 << 20, 1_000_000, 64, 1024, 64 << 10, 1 << 20, 8L << 30, 250);

    /** For what is stored, and so was within the limits when it came: only what a deflated byte can give (RFC 1951). */
    static final DataSetLimits STORED =
            new DataSetLimits(64 << 20, 1_000_000, 64, 1024, 64 << 10, 1 << 20, Long.MAX_VALUE, 1032);

    /** Nothing becomes bulk: for identifiers and other data sets of commands, which are small. */
    public DataSetLimits inMemory() {
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
}
