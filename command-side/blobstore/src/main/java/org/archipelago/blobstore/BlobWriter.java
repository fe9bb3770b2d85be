package org.archipelago.blobstore;

import java.nio.channels.WritableByteChannel;

/**
 * Takes the plain bytes of one blob. For one thread. A write that cannot be done is refused with an
 * {@link org.archipelago.contract.ArchiveException}, BLOB_STORE_FULL or OVERLOADED among others, and ends the writer.
 */
public interface BlobWriter extends WritableByteChannel {
    /**
     * Hands the blob over to be made durable, so that the caller can prepare its record meanwhile. Ends the writer.
     * Closing without it leaves nothing behind.
     *
     * @throws org.archipelago.contract.ArchiveException BLOB_STORE_FULL, OVERLOADED, INTERNAL or SHUTTING_DOWN; nothing was kept
     */
    PendingBlob submit();

    /** As {@link #submit}, and waits: on return the bytes survive power loss; on failure none are visible. */
    default StoredBlob commit() {
        try (PendingBlob pending = submit()) {
            return pending.await();
        }
    }

    /** Never throws; after submit it does nothing. */
    @Override
    void close();
}
