package org.archipelago.blobstore;

import java.nio.channels.WritableByteChannel;

/**
 * Takes the plain bytes of one blob. For one thread. A write that cannot be done is refused with an
 * {@link org.archipelago.contract.ArchiveException}, BLOB_STORE_FULL or OVERLOADED among others, and ends the writer.
 */
public interface BlobWriter extends WritableByteChannel {
    /**
     * On return the bytes survive power loss; on failure none are visible. Closing without commit leaves nothing behind.
     *
     * @throws org.archipelago.contract.ArchiveException BLOB_STORE_FULL, OVERLOADED, INTERNAL or SHUTTING_DOWN; nothing was kept
     */
    StoredBlob commit();

    /** Never throws; after commit it does nothing. */
    @Override
    void close();
}
