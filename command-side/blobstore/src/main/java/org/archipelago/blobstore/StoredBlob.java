package org.archipelago.blobstore;

import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;

/**
 * A blob that is durable.
 *
 * @param key opens it; kept nowhere else
 * @param plainDigest SHA-256 of the plain bytes
 */
public record StoredBlob(BlobId id, BlobKey key, Digest plainDigest, long plainLengthBytes, long storedLengthBytes) {}
