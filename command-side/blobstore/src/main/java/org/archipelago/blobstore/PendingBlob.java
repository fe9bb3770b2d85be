package org.archipelago.blobstore;

/** A blob on its way to the disk and into the log: until it is closed it is no orphan. Thread-safe. */
public interface PendingBlob extends AutoCloseable {
    /** What it is once it is durable: nothing may be acknowledged, and no record may refer to it, before {@link #await}. */
    StoredBlob blob();

    /**
     * On return the bytes survive power loss; on failure none are visible. May be called again.
     *
     * @throws org.archipelago.contract.ArchiveException BLOB_STORE_FULL, OVERLOADED, INTERNAL or SHUTTING_DOWN; nothing was kept
     */
    StoredBlob await();

    /** What was to become of the blob is settled: recorded, deleted, or left to the log to tell. Does not wait. */
    @Override
    void close();
}
