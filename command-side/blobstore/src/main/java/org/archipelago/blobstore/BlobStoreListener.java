package org.archipelago.blobstore;

/** Hears what a blob store does, for metrics. Called on its own threads: return quickly, never throw. */
public interface BlobStoreListener {
    BlobStoreListener NONE = new BlobStoreListener() {};

    /** One sync of a segment returned. */
    default void segmentSynced(int records, long bytes, long writeNanos, long syncNanos) {}

    /** A blob with a file of its own is durable. */
    default void ownFileStored(long bytes) {}

    /** A write or a sync failed; the commits that waited for it were refused. */
    default void writeFailed() {}

    /** @param freedBytes of a segment that is gone */
    default void compacted(long copiedBytes, long freedBytes) {}
}
