package org.archipelago.blobstore;

import java.nio.channels.WritableByteChannel;

/** Takes the plain bytes of one blob. For one thread. */
public interface BlobWriter extends WritableByteChannel {
    /**
     * On return the bytes survive power loss; on failure none are visible. Closing without commit leaves nothing behind.
     *
     * @throws org.archipelago.contract.ArchiveException BLOB_STORE_FULL, nothing was kept
     */
    StoredBlob commit();

    /** Never throws; after commit it does nothing. */
    @Override
    void close();
}
