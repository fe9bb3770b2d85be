package org.archipelago.blobstore;

import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;

/**
 * What the record of another site says of an object that it stored, and what its stored bytes are proven by.
 *
 * @param key opens the blob
 * @param plainDigest SHA-256 of the plain bytes
 */
public record ForeignObject(ForeignBlobId blob, BlobKey key, Digest plainDigest, long plainLengthBytes) {
    /** No object is nearly as long; what another site writes may say anything. */
    private static final long MAX_LENGTH_BYTES = 1L << 40;

    /** @throws ArchiveException DATASET_LIMIT */
    public ForeignObject {
        requirePossible(plainLengthBytes);
    }

    private static void requirePossible(long plainLengthBytes) {
        if (plainLengthBytes < 0 || plainLengthBytes > MAX_LENGTH_BYTES) {
            throw new ArchiveException(ArchiveError.DATASET_LIMIT, "length of another site's object");
        }
    }

    /** How long the stored bytes are if the record is true. */
    public long storedLengthBytes() {
        return storedLengthBytes(plainLengthBytes);
    }

    /** The same for every key. */
    static long storedLengthBytes(long plainLengthBytes) {
        requirePossible(plainLengthBytes);
        return BlobEncryption.storedLengthBytes(plainLengthBytes);
    }
}
