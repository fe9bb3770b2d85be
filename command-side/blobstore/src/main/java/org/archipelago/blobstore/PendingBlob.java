package org.archipelago.blobstore;

/** A blob on its way to the disk. Thread-safe. */
public interface PendingBlob {
    /** What it is once it is durable: nothing may be acknowledged, and no record may refer to it, before {@link #await}. */
    StoredBlob blob();

    /**
     * On return the bytes survive power loss; on failure none are visible. May be called again.
     *
     * @throws org.archipelago.contract.ArchiveException BLOB_STORE_FULL, OVERLOADED, INTERNAL or SHUTTING_DOWN; nothing was kept
     */
    StoredBlob await();
}
