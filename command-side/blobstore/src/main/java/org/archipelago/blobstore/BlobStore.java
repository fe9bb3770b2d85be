package org.archipelago.blobstore;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.util.Collection;
import java.util.function.Predicate;
import org.archipelago.contract.BlobId;

/**
 * Immutable bytes, encrypted from the first one under a random key of their own, addressed by the digest of what is
 * stored. Minimal: every store implements, and passes the contract of, all of it. Thread-safe.
 */
public interface BlobStore extends AutoCloseable {
    /**
     * Starts a blob whose length and digest are not yet known. Nothing is visible until commit.
     *
     * @throws org.archipelago.contract.ArchiveException BLOB_STORE_FULL below the low-water mark of free space
     */
    BlobWriter begin();

    /**
     * The plain bytes. Every read is authenticated: altered bytes are never returned.
     *
     * @throws org.archipelago.contract.ArchiveException NOT_FOUND; from this or a later read CORRUPT
     */
    SeekableByteChannel open(BlobId id, BlobKey key);

    /** The encrypted bytes as stored, whose digest is the id. @throws org.archipelago.contract.ArchiveException NOT_FOUND */
    SeekableByteChannel openStored(BlobId id);

    boolean contains(BlobId id);

    /**
     * Whether the blob is here and its stored bytes still have the digest that names them: reads all of them. False when it is
     * unknown, deleted, altered, cut short, or cannot be read from the medium.
     */
    boolean isIntact(BlobId id);

    /** Unreadable on return, also after power loss; the space comes back later. An unknown id is passed over. */
    void delete(BlobId id);

    /** As {@link #delete} for several, with one sync where the store can. */
    default void deleteAll(Collection<BlobId> ids) {
        ids.forEach(this::delete);
    }

    /**
     * Deletes blobs that were committed but that nothing refers to: left when the node dies between the blob's commit
     * and its record's. Looks only at blobs of which {@link #adopt} has not been heard, and passes over those whose record
     * may still be on its way: not closed yet ({@link PendingBlob}), or committed since the store was opened, and not long ago. Those that are referred to it adopts.
     * Takes any number of blobs in bounded memory, beside reads and writes.
     *
     * @param referenced asks the log
     * @return how many were deleted
     */
    long reclaimOrphans(Predicate<BlobId> referenced);

    /** A record that refers to these blobs is durable. May be lost in a crash: it only spares work. */
    void adopt(Iterable<BlobId> ids);

    /** Reads and checks every blob against its id. */
    void verify(VerifyListener listener) throws IOException;

    BlobStoreStatus status();

    @Override
    void close();

    /** Hears of each blob that was checked. */
    interface VerifyListener {
        void checked(BlobId id, long storedBytes, boolean intact);
    }
}
